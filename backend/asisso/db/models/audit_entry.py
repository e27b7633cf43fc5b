"""The log of changes: who did what to what, and when."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from asisso.db.models.base import Record
from asisso.db.types import JsonDocument, text_enum
from asisso.vocabulary import ActorKind, AuditAction


class AuditEntry(Record, table=True):
    """One thing that was done. Written once, in the transaction of what it tells of; holds no secret.

    Attributes:
        actor_id: of the user or the API key; None for the server itself and for a failed sign-in.
        actor_name: as it was called then, because people and keys are removed.
        address: where the request came from.
        object_kind: the noun, such as `phone_number`; its id and name are those it had then.
        changes: `{"field", "before", "after", "is_hidden"}` each; hidden values are not in it.
    """

    __table_args__ = (Index(None, "organization_id", "created_at", "id"),)

    organization_id: str = Field(foreign_key="organization.id", ondelete="CASCADE")
    action: AuditAction = Field(sa_type=text_enum(AuditAction))
    actor_kind: ActorKind = Field(sa_type=text_enum(ActorKind))
    actor_id: str | None = Field(default=None, max_length=32)
    actor_name: str = Field(default="", max_length=320)
    address: str = Field(default="", max_length=64)
    object_kind: str = Field(max_length=64)
    object_id: str = Field(max_length=32)
    object_name: str = Field(default="", max_length=320)
    changes: list[dict[str, Any]] = Field(default_factory=list, sa_type=JsonDocument)
