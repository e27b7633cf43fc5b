"""Setting up, signing in and out, and API keys."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response, Security

from asisso.api.deps import (
    SESSION_COOKIE,
    Admin,
    Paging,
    ReadSession,
    State,
    Viewer,
    WriteSession,
    cookie_scheme,
)
from asisso.api.errors import Responses, errors
from asisso.api.schemas.auth import (
    ApiKeyOut,
    CreatedApiKey,
    Credentials,
    Me,
    NewApiKey,
    Setup,
    SetupNeeded,
    SignedIn,
    UserOut,
)
from asisso.api.schemas.base import PageOut
from asisso.api.state import AppState
from asisso.db.models import User
from asisso.errors import NotAuthenticated
from asisso.services import api_keys, auth, organizations, users

router = APIRouter(prefix="/auth", tags=["auth"])
SESSION_COOKIE_SET: dict[str, Any] = {
    "description": "Signed in.",
    "headers": {
        "Set-Cookie": {"description": "The session.", "schema": {"type": "string"}, "required": True},
    },
}
COOKIE_TAKEN_AWAY: Responses = {
    204: {
        "description": "Signed out.",
        "headers": {
            "Set-Cookie": {"description": "No session.", "schema": {"type": "string"}, "required": True}
        },
    }
}
api_keys_router = APIRouter(prefix="/api-keys", tags=["api-keys"])


@router.get("/setup")
async def get_setup(session: ReadSession) -> SetupNeeded:
    """Whether the first administrator is still to be made."""
    return SetupNeeded(needed=await users.is_empty(session))


@router.post("/setup", status_code=201, responses=errors(403, 409, 422) | {201: SESSION_COOKIE_SET})
async def set_up(body: Setup, response: Response, state: State, session: WriteSession) -> SignedIn:
    """Make the first administrator and their organization, and sign them in. Works once."""
    # Before the first statement, so that nobody waits for the write lock while it is computed.
    password_hash = await state.passwords.hash(body.password)
    await users.claim_first_user(state.database, session)
    user = await organizations.create_organization(
        session, name=body.organization_name, admin_email=body.email, admin_password_hash=password_hash
    )
    _set_cookie(response, state, await auth.open_session(session, user, state.clock.now()))
    return SignedIn(user=UserOut.model_validate(user))


@router.post("/login", responses=errors(401, 403, 422, 429) | {200: SESSION_COOKIE_SET})
async def login(body: Credentials, request: Request, response: Response, state: State) -> SignedIn:
    """Sign a browser in by cookie. Too many failures have to wait."""
    user = await _authenticate(body, request, state)
    async with state.database.session() as session:
        token = await auth.open_session(session, user, state.clock.now())
    _set_cookie(response, state, token)
    return SignedIn(user=UserOut.model_validate(user))


@router.post(
    "/logout", status_code=204, responses=errors(403) | COOKIE_TAKEN_AWAY, openapi_extra={"security": [{}]}
)
async def logout(
    response: Response,
    state: State,
    session: WriteSession,
    token: Annotated[str | None, Security(cookie_scheme)],
) -> None:
    """Sign the browser out; it does not matter whether it was signed in."""
    if token is not None:
        await auth.close_session(session, token)
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax", secure=state.settings.is_https)


@router.get("/me", responses=errors(401))
async def get_me(session: ReadSession, principal: Viewer) -> Me:
    """Who the request's credentials belong to."""
    organization = await organizations.get_organization(session, principal)
    user = await session.get(User, principal.user_id) if principal.user_id else None
    return Me(
        user=UserOut.model_validate(user) if user else None,
        role=principal.role,
        organization_id=organization.id,
        organization_name=organization.name,
    )


@api_keys_router.post("", status_code=201, responses=errors(401, 403, 422))
async def create_api_key(body: NewApiKey, session: WriteSession, principal: Admin) -> CreatedApiKey:
    """Make a key for a program. The key itself is in this answer only."""
    row, key = await api_keys.create_api_key(session, principal, name=body.name, role=body.role)
    return CreatedApiKey(**ApiKeyOut.model_validate(row).model_dump(), key=key)


@api_keys_router.get("", responses=errors(401, 403, 422))
async def list_api_keys(session: ReadSession, principal: Admin, paging: Paging) -> PageOut[ApiKeyOut]:
    """The organization's keys."""
    page = await api_keys.list_api_keys(session, principal, paging)
    return PageOut[ApiKeyOut].model_validate(page)


@api_keys_router.delete("/{api_key_id}", status_code=204, responses=errors(401, 403, 404, 422))
async def delete_api_key(api_key_id: str, session: WriteSession, principal: Admin) -> None:
    """Take a key back."""
    await api_keys.delete_api_key(session, principal, api_key_id)


async def _authenticate(body: Credentials, request: Request, state: AppState) -> User:
    account = users.normalize_email(body.email)
    address = request.client.host if request.client else ""
    state.account_throttle.check(account)
    state.address_throttle.check(address)
    try:
        async with state.database.read_session() as session:
            user = await auth.authenticate(session, state.passwords, body.email, body.password)
    except NotAuthenticated:
        state.account_throttle.failed(account)
        state.address_throttle.failed(address)
        raise
    state.account_throttle.succeeded(account)
    return user


def _set_cookie(response: Response, state: AppState, token: str) -> None:
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(auth.SESSION_LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=state.settings.is_https,
    )
