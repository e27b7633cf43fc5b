"""Signing in, and API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from asisso.api.schemas.base import Input, Moment, Name, Output
from asisso.api.schemas.text import Form
from asisso.db.models import Role
from asisso.settings import MIN_PASSWORD_LENGTH

PLACEHOLDER_PASSWORD = "your_password"  # noqa: S105

Email = Annotated[
    str,
    Field(max_length=320, examples=["admin@example.com"]),
    Form(r"^\s*[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s\x00-\x1f\x7f-\x9f]+\s*$", "must look like name@example.com"),
]
NewPassword = Annotated[
    str, Field(min_length=MIN_PASSWORD_LENGTH, max_length=200, examples=[PLACEHOLDER_PASSWORD])
]


class SetupNeeded(Output):
    """Whether the first administrator is still to be made."""

    needed: bool = Field(examples=[False])


class Setup(Input):
    """The first administrator and their organization."""

    email: Email
    password: NewPassword
    organization_name: Annotated[Name, Field(examples=["Acme"])]


class Credentials(Input):
    """What a person signs in with."""

    email: Annotated[str, Field(max_length=320, examples=["admin@example.com"])]
    password: Annotated[str, Field(max_length=200, examples=[PLACEHOLDER_PASSWORD])]


class UserOut(Output):
    """A person who can sign in."""

    id: str
    email: str = Field(examples=["admin@example.com"])
    role: Role = Field(examples=["admin"])
    organization_id: str
    created_at: datetime


class SignedIn(Output):
    """Who is signed in now; the session's cookie comes with the answer."""

    user: UserOut


class Me(Output):
    """Who asks. `user` is null for an API key."""

    user: UserOut | None
    role: Role = Field(examples=["admin"])
    organization_id: str
    organization_name: str = Field(examples=["Acme"])


class NewApiKey(Input):
    """A key for a program, and what it may do. Without `expires_at` it works until it is deleted."""

    name: Annotated[Name, Field(examples=["CRM"])]
    role: Role
    expires_at: Moment | None = None


class ApiKeyOut(Output):
    """A key without itself: it is kept as a hash only. `key_prefix` is how its owner knows it again."""

    id: str
    name: str = Field(examples=["CRM"])
    role: Role
    key_prefix: str = Field(examples=["ask_AbCd"])
    created_at: datetime
    expires_at: datetime | None = Field(examples=[None])
    last_used_at: datetime | None = Field(examples=[None])


class CreatedApiKey(ApiKeyOut):
    """The only answer that has the key itself."""

    key: str = Field(examples=["your_api_key"])
