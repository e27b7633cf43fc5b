"""People of an organization, their invitations and their sessions."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from asisso.api.schemas.auth import Email, NewPassword
from asisso.api.schemas.base import Input, Output, omitted
from asisso.db.models import Role, UserState


class NewUser(Input):
    """Whom to invite, and what they may do."""

    email: Email
    role: Role


class UserPatch(Input):
    role: Role = omitted()
    is_enabled: bool = omitted()


class MemberOut(Output):
    """A person of the organization. `invitation_expires_at` is null when no link is open."""

    id: str
    email: str
    role: Role
    state: UserState
    is_enabled: bool
    invitation_expires_at: datetime | None
    last_signed_in_at: datetime | None
    created_at: datetime


class InvitedUser(MemberOut):
    """The only answer that has the link. Hand it to the person yourself: it works once, for whoever has it."""

    invitation_url: str


class InvitationToken(Input):
    """What stands behind the # of an invitation link."""

    token: str = Field(min_length=1, max_length=100)


class InvitationOut(Output):
    """Whom the link is for. `is_new` is false when it gives somebody who joined before a new password."""

    email: str
    role: Role
    organization_name: str
    expires_at: datetime
    is_new: bool


class InvitationAcceptance(InvitationToken):
    password: NewPassword


class PasswordChange(Input):
    current_password: str = Field(max_length=200)
    new_password: NewPassword


class SessionOut(Output):
    """A browser in which the person is signed in."""

    id: str
    signed_in_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str
    user_agent: str
    is_current: bool
