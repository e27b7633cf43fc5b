"""Where a person is signed in."""

from __future__ import annotations

from fastapi import APIRouter

from asisso.api.deps import Paging, Person, ReadSession, State, WriteSession
from asisso.api.errors import errors
from asisso.api.schemas.base import PageOut
from asisso.api.schemas.users import SessionOut
from asisso.services import auth

router = APIRouter(prefix="/sessions", tags=["sessions"])


@router.get("", responses=errors(401, 403, 422))
async def list_sessions(
    state: State, session: ReadSession, principal: Person, paging: Paging
) -> PageOut[SessionOut]:
    """The browsers in which you are signed in."""
    page = await auth.list_sessions(session, principal, paging, state.clock.now())
    items = [
        SessionOut(
            **row.model_dump(exclude={"user_id", "token_hash"}), is_current=row.id == principal.session_id
        )
        for row in page.items
    ]
    return PageOut(items=items, next_cursor=page.next_cursor)


@router.delete("", status_code=204, responses=errors(401, 403))
async def end_other_sessions(session: WriteSession, principal: Person) -> None:
    """Sign out everywhere but here."""
    await auth.end_other_sessions(session, principal)


@router.delete("/{session_id}", status_code=204, responses=errors(401, 403, 404, 422))
async def end_session(session_id: str, session: WriteSession, principal: Person) -> None:
    """Sign one browser out."""
    await auth.end_session(session, principal, session_id)
