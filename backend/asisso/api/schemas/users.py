"""People of an organization, their invitations and their sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StrictBool

from asisso.api.schemas.auth import PLACEHOLDER_PASSWORD, Email, NewPassword
from asisso.api.schemas.base import Input, Output, omitted
from asisso.db.models import Role, UserState


class NewUser(Input):
    """Whom to invite, and what they may do."""

    email: Annotated[Email, Field(examples=["newcomer@example.com"])]
    role: Role


class UserPatch(Input):
    """Another role, or whether the person may sign in."""

    role: Role = omitted()
    is_enabled: StrictBool = omitted()


class MemberOut(Output):
    """A person of the organization. `invitation_expires_at` is null when no link is open."""

    id: str
    email: str = Field(examples=["newcomer@example.com"])
    role: Role
    state: UserState
    is_enabled: bool
    invitation_expires_at: datetime | None = Field(examples=[None])
    last_signed_in_at: datetime | None = Field(examples=[None])
    created_at: datetime


class InvitedUser(MemberOut):
    """The only answer that has the link. Hand it to the person yourself: it works once, for whoever has it."""

    invitation_url: str = Field(examples=["https://voice.example.com/invitation#your_token"])


class InvitationToken(Input):
    """What stands behind the # of an invitation link."""

    token: str = Field(min_length=1, max_length=100, examples=["your_token"])


class InvitationOut(Output):
    """Whom the link is for. `is_new` is false when it gives somebody who joined before a new password."""

    email: str = Field(examples=["newcomer@example.com"])
    role: Role
    organization_name: str = Field(examples=["Acme"])
    expires_at: datetime
    is_new: bool


class InvitationAcceptance(InvitationToken):
    """The link's token, and the password of the person it is for."""

    password: NewPassword


class PasswordChange(Input):
    """The person's own password, the one there is and the one that is to be."""

    current_password: str = Field(max_length=200, examples=[PLACEHOLDER_PASSWORD])
    new_password: NewPassword


class SessionOut(Output):
    """A browser in which the person is signed in."""

    id: str
    signed_in_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str = Field(examples=["192.0.2.7"])
    user_agent: str = Field(examples=["Mozilla/5.0"])
    is_current: bool
