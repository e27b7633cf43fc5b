"""Signing in, and API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from asisso.api.schemas.base import Input, Moment, Name, Output
from asisso.db.models import Role
from asisso.settings import MIN_PASSWORD_LENGTH

Email = Annotated[str, Field(max_length=320, pattern=r"^\s*[^@\s]+@[^@\s]+\s*$")]
NewPassword = Annotated[str, Field(min_length=MIN_PASSWORD_LENGTH, max_length=200)]


class SetupNeeded(Output):
    needed: bool


class Setup(Input):
    """The first administrator and their organization."""

    email: Email
    password: NewPassword
    organization_name: Name


class Credentials(Input):
    email: Annotated[str, Field(max_length=320)]
    password: Annotated[str, Field(max_length=200)]


class UserOut(Output):
    id: str
    email: str
    role: Role
    organization_id: str
    created_at: datetime


class SignedIn(Output):
    user: UserOut


class Me(Output):
    """Who asks. `user` is null for an API key."""

    user: UserOut | None
    role: Role
    organization_id: str
    organization_name: str


class NewApiKey(Input):
    """Without `expires_at` the key works until it is deleted."""

    name: Name
    role: Role
    expires_at: Moment | None = None


class ApiKeyOut(Output):
    id: str
    name: str
    role: Role
    key_prefix: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class CreatedApiKey(ApiKeyOut):
    """The only answer that has the key itself."""

    key: str
