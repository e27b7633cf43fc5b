"""People, and their signed-in browsers."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from asisso.clock import utc_now
from asisso.db.models.base import Record
from asisso.db.types import UtcDateTime, text_enum
from asisso.vocabulary import Role


class User(Record, table=True):
    """A person who can sign in. `email` is lower case and unique over all organizations."""

    organization_id: str = Field(foreign_key="organization.id", ondelete="CASCADE", index=True)
    email: str = Field(max_length=320, unique=True)
    password_hash: str = Field(max_length=255)
    role: Role = Field(sa_type=text_enum(Role))


class UserSession(Record, table=True):
    """A signed-in browser. Only the hash of its token is kept."""

    user_id: str = Field(foreign_key="user.id", ondelete="CASCADE", index=True)
    token_hash: str = Field(max_length=64, unique=True)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
