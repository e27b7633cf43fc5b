"""Setting up, signing in and out, invitations taken up, and the own password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response, Security
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.api.deps import (
    SESSION_COOKIE,
    Anyone,
    Person,
    ReadSession,
    State,
    Viewer,
    WriteSession,
    act_as,
    address_of,
    browser_of,
    cookie_scheme,
    recording_session,
)
from asisso.api.errors import errors
from asisso.api.schemas.auth import (
    Credentials,
    Me,
    Setup,
    SetupNeeded,
    SignedIn,
    UserOut,
)
from asisso.api.schemas.users import (
    InvitationAcceptance,
    InvitationOut,
    InvitationToken,
    PasswordChange,
)
from asisso.api.state import AppState
from asisso.db.models import ActorKind, AuditAction, Organization, User
from asisso.errors import InvalidInput, NotAuthenticated
from asisso.services import audit, auth, organizations, users
from asisso.services.audit import Actor
from asisso.services.principal import Principal
from asisso.services.throttle import network_of

router = APIRouter(prefix="/auth", tags=["auth"])


@router.get("/setup", dependencies=[Anyone])
async def get_setup(session: ReadSession) -> SetupNeeded:
    """Whether the first administrator is still to be made."""
    return SetupNeeded(needed=await users.is_empty(session))


@router.post("/setup", dependencies=[Anyone], status_code=201, responses=errors(403, 409, 422))
async def set_up(
    body: Setup, request: Request, response: Response, state: State, session: WriteSession
) -> SignedIn:
    """Make the first administrator and their organization, and sign them in. Works once."""
    # Before the first statement, so that nobody waits for the write lock while it is computed.
    password_hash = await state.passwords.hash(body.password)
    await users.claim_first_user(state.database, session)
    user = await organizations.create_organization(
        session, name=body.organization_name, admin_email=body.email, admin_password_hash=password_hash
    )
    _set_cookie(request, response, state, await _sign_in(session, request, state, user))
    return SignedIn(user=UserOut.model_validate(user))


@router.post("/login", dependencies=[Anyone], responses=errors(401, 403, 422, 429))
async def login(body: Credentials, request: Request, response: Response, state: State) -> SignedIn:
    """Sign a browser in by cookie. Too many failures have to wait."""
    user = await _authenticate(body, request, state)
    async with recording_session(state, request) as session:
        token = await _sign_in(session, request, state, user)
    _set_cookie(request, response, state, token)
    return SignedIn(user=UserOut.model_validate(user))


@router.post("/logout", dependencies=[Anyone], status_code=204, responses=errors(403))
async def logout(
    request: Request,
    response: Response,
    state: State,
    session: WriteSession,
    token: Annotated[str | None, Security(cookie_scheme)],
) -> None:
    """Sign the browser out; it does not matter whether it was signed in."""
    if token is not None:
        await auth.close_session(session, token)
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax", secure=_is_secure(request, state))


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


@router.post("/password", status_code=204, responses=errors(401, 403, 422, 429))
async def change_password(
    body: PasswordChange, request: Request, response: Response, state: State, principal: Person
) -> None:
    """Choose a new password. All your other browsers are signed out, and this one gets a new session."""
    key = f"password of {principal.user_id}"
    state.account_throttle.attempt(key)
    async with state.database.read_session() as session:
        user = await users.get_user(session, principal, principal.require_person())
    if not await state.passwords.verify(body.current_password, user.password_hash):
        raise InvalidInput("This is not your password.", location=("body", "current_password"))
    state.account_throttle.forget(key)
    password_hash = await state.passwords.hash(body.new_password)
    async with recording_session(state, request) as session:
        await users.give_password(session, user, password_hash)
        token = await auth.open_session(session, user, state.clock.now(), browser_of(request))
    _set_cookie(request, response, state, token)


@router.post("/invitation", dependencies=[Anyone], responses=errors(403, 404, 422))
async def get_invitation(body: InvitationToken, state: State, session: ReadSession) -> InvitationOut:
    """Whom an invitation link is for. The token comes in the body, so that it stands in no log of addresses."""
    user = await users.invited_user(session, body.token, state.clock.now())
    organization = await session.get(Organization, user.organization_id)
    assert organization is not None
    assert user.invitation_expires_at is not None
    return InvitationOut(
        email=user.email,
        role=user.role,
        organization_name=organization.name,
        expires_at=user.invitation_expires_at,
        is_new=user.password_hash is None,
    )


@router.post(
    "/invitation/accept", dependencies=[Anyone], status_code=201, responses=errors(403, 404, 409, 422, 429)
)
async def accept_invitation(
    body: InvitationAcceptance, request: Request, response: Response, state: State
) -> SignedIn:
    """Choose a password and be signed in. The link works this once."""
    state.address_throttle.attempt(network_of(address_of(request)))
    async with state.database.read_session() as session:
        await users.invited_user(session, body.token, state.clock.now())
    password_hash = await state.passwords.hash(body.password)
    async with recording_session(state, request) as session:
        user = await users.take_up_invitation(session, body.token, password_hash, state.clock.now())
        token = await _sign_in(session, request, state, user)
    state.address_throttle.take_back(network_of(address_of(request)))
    _set_cookie(request, response, state, token)
    return SignedIn(user=UserOut.model_validate(user))


async def _authenticate(body: Credentials, request: Request, state: AppState) -> User:
    account, network = users.normalize_email(body.email), network_of(address_of(request))
    state.account_throttle.attempt(account)
    state.address_throttle.attempt(network)
    try:
        async with state.database.read_session() as session:
            user = await auth.authenticate(session, state.passwords, body.email, body.password)
    except NotAuthenticated:
        await _note_failure(account, request, state)
        raise
    state.account_throttle.forget(account)
    state.address_throttle.take_back(network)
    return user


async def _note_failure(account: str, request: Request, state: AppState) -> None:
    """Unknown accounts cost as much time as known ones, though there is no organization to tell."""
    async with state.database.session() as session:
        audit.record_as(session, lambda: Actor(ActorKind.USER, address=address_of(request)))
        user = await users.find_user(session, account)
        if user is not None:
            principal = Principal(user.organization_id, user.role)
            audit.note(
                session,
                AuditAction.SIGN_IN_FAILED,
                principal,
                kind="user",
                object_id=user.id,
                name=user.email,
            )


async def _sign_in(session: AsyncSession, request: Request, state: AppState, user: User) -> str:
    """Open a session in the place of the one the browser had, and write it down. Returns the cookie's token."""
    principal = Principal(user.organization_id, user.role, user_id=user.id, email=user.email)
    act_as(request, principal)
    audit.note(session, AuditAction.SIGNED_IN, principal, kind="user", object_id=user.id, name=user.email)
    return await auth.open_session(
        session,
        user,
        state.clock.now(),
        browser_of(request),
        instead_of=request.cookies.get(SESSION_COOKIE),
    )


def _set_cookie(request: Request, response: Response, state: AppState, token: str) -> None:
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(auth.SESSION_END.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=_is_secure(request, state),
    )


def _is_secure(request: Request, state: AppState) -> bool:
    """By what we are told to be, or by what a trusted proxy says of this request."""
    return state.settings.is_https or request.url.scheme == "https"
