"""The people of the asker's organization."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter

from asisso.api.deps import Admin, Paging, ReadSession, State, WriteSession
from asisso.api.errors import errors
from asisso.api.schemas.base import PageOut
from asisso.api.schemas.users import InvitedUser, MemberOut, NewUser, UserPatch
from asisso.api.state import AppState
from asisso.db.models import User
from asisso.services import users
from asisso.services.users import UserChanges

router = APIRouter(prefix="/users", tags=["users"])

INVITATION_PAGE = "/invitation"


@router.get("", responses=errors(401, 403, 422))
async def list_users(session: ReadSession, principal: Admin, paging: Paging) -> PageOut[MemberOut]:
    """The organization's people, those who are only invited too."""
    return PageOut[MemberOut].model_validate(await users.list_users(session, principal, paging))


@router.post("", status_code=201, responses=errors(401, 403, 409, 422))
async def invite_user(body: NewUser, state: State, session: WriteSession, principal: Admin) -> InvitedUser:
    """Invite a person. The link is in this answer only: nothing is mailed, so hand it over yourself."""
    user, token = await users.invite(
        session, principal, email=body.email, role=body.role, now=state.clock.now()
    )
    return _invited(state, user, token)


@router.get("/{user_id}", responses=errors(401, 403, 404, 422))
async def get_user(user_id: str, session: ReadSession, principal: Admin) -> MemberOut:
    """One person."""
    return MemberOut.model_validate(await users.get_user(session, principal, user_id))


@router.patch("/{user_id}", responses=errors(401, 403, 404, 409, 422))
async def update_user(
    user_id: str, body: UserPatch, state: State, session: WriteSession, principal: Admin
) -> MemberOut:
    """Change a person's role, or shut them out. Refused for the last administrator."""
    changes = cast("UserChanges", body.model_dump(exclude_unset=True))
    user = await users.change_user(session, principal, user_id, changes, database=state.database)
    return MemberOut.model_validate(user)


@router.delete("/{user_id}", status_code=204, responses=errors(401, 403, 404, 409, 422))
async def remove_user(user_id: str, state: State, session: WriteSession, principal: Admin) -> None:
    """Remove a person, or take an invitation back. Refused for the last administrator."""
    await users.remove_user(session, principal, user_id, database=state.database)


@router.post("/{user_id}/invitation", status_code=201, responses=errors(401, 403, 404, 409, 422))
async def renew_invitation(
    user_id: str, state: State, session: WriteSession, principal: Admin
) -> InvitedUser:
    """A new link, for somebody who lost the first one or forgot the password. The link before it works no more."""
    user, token = await users.invite_again(session, principal, user_id, now=state.clock.now())
    return _invited(state, user, token)


def _invited(state: AppState, user: User, token: str) -> InvitedUser:
    # Behind a #, which browsers send to no server and write into no log.
    url = f"{state.settings.effective_public_url}{INVITATION_PAGE}#{token}"
    return InvitedUser(**MemberOut.model_validate(user).model_dump(), invitation_url=url)
