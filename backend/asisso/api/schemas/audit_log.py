"""The log of changes."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from asisso.api.schemas.base import Output
from asisso.db.models import ActorKind, AuditAction


class AuditChange(Output):
    """One field that was changed. Hidden ones, such as passwords, come without their values."""

    field: str = Field(examples=["label"])
    before: str | None = Field(examples=["Reception"])
    after: str | None = Field(examples=["Front desk"])
    is_hidden: bool


class AuditEntryOut(Output):
    """One thing that was done."""

    id: str
    created_at: datetime
    action: AuditAction
    actor_kind: ActorKind
    actor_id: str | None
    actor_name: str = Field(examples=["admin@example.com"])
    address: str = Field(examples=["192.0.2.7"])
    object_kind: str = Field(examples=["phone_number"])
    object_id: str
    object_name: str = Field(examples=["8000"])
    changes: list[AuditChange]
