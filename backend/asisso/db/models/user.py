"""People, and their signed-in browsers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from asisso.db.models.base import Record
from asisso.db.types import UtcDateTime, text_enum
from asisso.vocabulary import Role, UserState


class User(Record, table=True):
    """A person of an organization. `email` is lower case, and unique over all organizations among those who joined.

    Attributes:
        password_hash: None until the invitation was taken up.
        invitation_hash: of the link with which a person chooses a password, once, until `invitation_expires_at`.
    """

    __table_args__ = (
        UniqueConstraint("organization_id", "email"),
        Index(None, "organization_id", "created_at", "id"),
        # Not for the invited: an invitation must not tell who has an account in somebody else's organization.
        Index(
            "uq_user_joined_email",
            "email",
            unique=True,
            sqlite_where=text("password_hash IS NOT NULL"),
            postgresql_where=text("password_hash IS NOT NULL"),
        ),
    )

    organization_id: str = Field(foreign_key="organization.id", ondelete="CASCADE")
    email: str = Field(max_length=320)
    password_hash: str | None = Field(default=None, max_length=255)
    role: Role = Field(sa_type=text_enum(Role))
    is_enabled: bool = True
    invitation_hash: str | None = Field(default=None, max_length=64, unique=True)
    invitation_expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_signed_in_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def state(self) -> UserState:
        """Where the account stands."""
        if not self.is_enabled:
            return UserState.DISABLED
        return UserState.ACTIVE if self.password_hash else UserState.INVITED


class UserSession(Record, table=True):
    """A signed-in browser. Only the hash of its token is kept.

    Attributes:
        expires_at: when it ends unless it is used before; never later than `ends_at`.
        ends_at: when it ends in any case.
        address: where it was used last from.
        user_agent: what the browser called itself when it signed in.
    """

    __table_args__ = (Index(None, "user_id", "created_at", "id"),)

    user_id: str = Field(foreign_key="user.id", ondelete="CASCADE")
    token_hash: str = Field(max_length=64, unique=True)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    signed_in_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    address: str = Field(default="", max_length=64)
    user_agent: str = Field(default="", max_length=300)
