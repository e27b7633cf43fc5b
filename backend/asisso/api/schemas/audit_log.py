"""The log of changes."""

from __future__ import annotations

from datetime import datetime

from asisso.api.schemas.base import Output
from asisso.db.models import ActorKind, AuditAction


class AuditChange(Output):
    """One field that was changed. Hidden ones, such as passwords, come without their values."""

    field: str
    before: str | None
    after: str | None
    is_hidden: bool


class AuditEntryOut(Output):
    """One thing that was done."""

    id: str
    created_at: datetime
    action: AuditAction
    actor_kind: ActorKind
    actor_id: str | None
    actor_name: str
    address: str
    object_kind: str
    object_id: str
    object_name: str
    changes: list[AuditChange]
