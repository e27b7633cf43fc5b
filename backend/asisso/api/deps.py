"""What routes ask for: the parts, a session that is a unit of work, and a principal with a role."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Query, Request
from fastapi.security import APIKeyCookie, APIKeyHeader
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.api.parameters import refuse_strange_parameters
from asisso.api.state import AppState, state_of
from asisso.db.models import ActorKind, Role
from asisso.errors import Forbidden, NotAuthenticated
from asisso.services import audit
from asisso.services.audit import SERVER, Actor
from asisso.services.auth import Browser
from asisso.services.credentials import CredentialKind
from asisso.services.paging import DEFAULT_LIMIT, MAX_LIMIT, PageRequest
from asisso.services.principal import Principal

SESSION_COOKIE = "asisso_session"
API_KEY_HEADER = "X-API-Key"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

cookie_scheme = APIKeyCookie(
    name=SESSION_COOKIE, scheme_name="SessionCookie", auto_error=False, description="A signed-in browser."
)
api_key_scheme = APIKeyHeader(
    name=API_KEY_HEADER, scheme_name="ApiKey", auto_error=False, description="A program's API key."
)
SCHEMES = (cookie_scheme, api_key_scheme)
"""How credentials are sent, for the API's description."""


async def get_state(request: Request) -> AppState:
    return state_of(request)


# Dependencies are coroutines even where they wait for nothing: plain functions are sent through a thread pool. They
# ask for the request alone, because solving a dependency of a dependency costs more than most of them do.
State = Annotated[AppState, Depends(get_state)]


async def _read_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with state_of(request).database.read_session() as session:
        yield session


@asynccontextmanager
async def recording_session(state: AppState, request: Request) -> AsyncIterator[AsyncSession]:
    """A unit of work whose changes are written into the log of changes, as the asker's."""
    async with state.database.session() as session:
        audit.record_as(session, lambda: actor_of(request))
        yield session


async def _write_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with recording_session(state_of(request), request) as session:
        yield session


# Scope "function": committed before the answer is sent, so that an answer never tells of what is not there yet.
ReadSession = Annotated[AsyncSession, Depends(_read_session, scope="function")]
WriteSession = Annotated[AsyncSession, Depends(_write_session, scope="function")]


def address_of(request: Request) -> str:
    """Where a request comes from. Behind a trusted proxy the server has put the browser's own address here."""
    return request.client.host[:64] if request.client else ""


def browser_of(request: Request) -> Browser:
    """Where a request comes from, and what the browser calls itself."""
    return Browser(address_of(request), request.headers.get("user-agent", "")[:300])


def act_as(request: Request, principal: Principal) -> None:
    """Have what the request changes recorded as this principal's doing."""
    request.state.principal = principal


def actor_of(request: Request) -> Actor:
    """Who changes what the request changes."""
    found: Principal | None = getattr(request.state, "principal", None)
    address = address_of(request)
    if found is None:
        return replace(SERVER, address=address)
    if found.user_id is not None:
        return Actor(ActorKind.USER, found.user_id, found.email or "", address)
    return Actor(ActorKind.API_KEY, found.api_key_id, found.api_key_name or "", address)


def refuse_cross_site(request: Request) -> None:
    """Keep other sites from using a browser's cookie (OWASP: fetch metadata, then the origin).

    Every current browser sends `Sec-Fetch-Site` or, where it does not, `Origin` with a request that changes
    something. A request with neither comes from a program, which no other site can steer; the cookie's
    SameSite=Lax stands behind that. An API key is never sent by a browser on its own.

    Raises:
        Forbidden: the request was made by another site.
    """
    if request.method in SAFE_METHODS or "x-api-key" in request.headers:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        is_ours = site in ("same-origin", "none")
    else:
        origin = request.headers.get("origin")
        ours = (
            request.headers.get("host", ""),
            urlsplit(state_of(request).settings.effective_public_url).netloc,
        )
        is_ours = origin is None or urlsplit(origin).netloc in ours
    if not is_ours:
        raise Forbidden("This request came from another site.", code="cross_site_request")


async def authenticated(request: Request) -> Principal:
    """Whoever the request's credentials belong to.

    Raises:
        NotAuthenticated: it has none, or wrong ones.
    """
    state = state_of(request)
    api_key = request.headers.get(API_KEY_HEADER)
    credential = api_key or request.cookies.get(SESSION_COOKIE)
    if not credential:
        raise NotAuthenticated
    kind = CredentialKind.API_KEY if api_key else CredentialKind.SESSION
    principal = await state.credentials.holder_of(kind, credential, address_of(request))
    act_as(request, principal)
    return principal


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may use an operation.

    Attributes:
        role: the least role; None lets everybody in, signed in or not.
        is_for_people: API keys are refused.
    """

    role: Role | None
    is_for_people: bool = False


RULES: dict[Callable[..., object], Rule] = {}
"""The rule behind each dependency that lets people in."""


def _holder_of(role: Role, *, is_for_people: bool = False) -> Callable[[Request], Awaitable[Principal]]:
    async def principal(request: Request) -> Principal:
        _refuse_strange(request)
        found = await authenticated(request)
        found.require(role)
        if is_for_people:
            found.require_person()
        return found

    RULES[principal] = Rule(role, is_for_people)
    return principal


def _refuse_strange(request: Request) -> None:
    refuse_cross_site(request)
    refuse_strange_parameters(request)


async def _anyone(request: Request) -> None:
    _refuse_strange(request)


async def _probe() -> None:
    return None


RULES[_anyone] = RULES[_probe] = Rule(None)

Anyone = Depends(_anyone)
"""For `dependencies=`: an operation that needs no credentials."""

Probe = Depends(_probe)
"""For `dependencies=`: an address outside the API, for machines; it reads no parameters and no cookies."""

Person = Annotated[Principal, Depends(_holder_of(Role.VIEWER, is_for_people=True))]
"""A signed-in person of any role, for what is their own."""

Viewer = Annotated[Principal, Depends(_holder_of(Role.VIEWER))]
Operator = Annotated[Principal, Depends(_holder_of(Role.OPERATOR))]
Admin = Annotated[Principal, Depends(_holder_of(Role.ADMIN))]


async def _page_request(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items at most.")] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
) -> PageRequest:
    return PageRequest(limit, cursor)


Paging = Annotated[PageRequest, Depends(_page_request)]
