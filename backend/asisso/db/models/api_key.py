"""Keys with which programs use the API."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from asisso.db.models.base import Record
from asisso.db.types import UtcDateTime, text_enum
from asisso.vocabulary import Role


class ApiKey(Record, table=True):
    """A program's credential. Only its hash is kept; `key_prefix` lets a person recognise it."""

    __table_args__ = (Index(None, "organization_id", "created_at", "id"),)

    organization_id: str = Field(foreign_key="organization.id", ondelete="CASCADE")
    name: str = Field(max_length=100)
    role: Role = Field(sa_type=text_enum(Role))
    key_hash: str = Field(max_length=64, unique=True)
    key_prefix: str = Field(max_length=16)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
