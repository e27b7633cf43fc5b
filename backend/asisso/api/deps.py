"""What routes ask for: the parts, a session that is a unit of work, and a principal with a role."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Query, Request, Security
from fastapi.security import APIKeyCookie, APIKeyHeader
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.api.state import AppState, state_of
from asisso.db.models import Role
from asisso.errors import Forbidden, NotAuthenticated
from asisso.services import auth
from asisso.services.paging import DEFAULT_LIMIT, MAX_LIMIT, PageRequest
from asisso.services.principal import Principal

SESSION_COOKIE = "asisso_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

cookie_scheme = APIKeyCookie(
    name=SESSION_COOKIE, scheme_name="SessionCookie", auto_error=False, description="A signed-in browser."
)
api_key_scheme = APIKeyHeader(
    name="X-API-Key", scheme_name="ApiKey", auto_error=False, description="A program's API key."
)


async def get_state(request: Request) -> AppState:
    return state_of(request)


# Dependencies are coroutines even where they wait for nothing: plain functions are sent through a thread pool.
State = Annotated[AppState, Depends(get_state)]


async def _read_session(state: State) -> AsyncIterator[AsyncSession]:
    async with state.database.read_session() as session:
        yield session


async def _write_session(state: State) -> AsyncIterator[AsyncSession]:
    async with state.database.session() as session:
        yield session


# Scope "function": committed before the answer is sent, so that an answer never tells of what is not there yet.
ReadSession = Annotated[AsyncSession, Depends(_read_session, scope="function")]
WriteSession = Annotated[AsyncSession, Depends(_write_session, scope="function")]


async def refuse_cross_site(request: Request) -> None:
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


async def authenticated(
    state: State,
    cookie: Annotated[str | None, Security(cookie_scheme)],
    api_key: Annotated[str | None, Security(api_key_scheme)],
) -> Principal:
    """Whoever the request's credentials belong to.

    Raises:
        NotAuthenticated: it has none, or wrong ones.
    """
    credential = api_key or cookie
    if credential is None:
        raise NotAuthenticated
    find = auth.principal_of_api_key if api_key else auth.principal_of_session
    touch = auth.touch_api_key if api_key else auth.touch_session
    now = state.clock.now()
    async with state.database.read_session() as session:
        principal, is_stale = await find(session, credential, now)
    if is_stale:
        async with state.database.session() as session:
            await touch(session, credential, now)
    return principal


def _holder_of(role: Role) -> Callable[[Principal], Awaitable[Principal]]:
    async def principal(found: Annotated[Principal, Depends(authenticated)]) -> Principal:
        found.require(role)
        return found

    return principal


Viewer = Annotated[Principal, Depends(_holder_of(Role.VIEWER))]
Operator = Annotated[Principal, Depends(_holder_of(Role.OPERATOR))]
Admin = Annotated[Principal, Depends(_holder_of(Role.ADMIN))]


async def _page_request(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items at most.")] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
) -> PageRequest:
    return PageRequest(limit, cursor)


Paging = Annotated[PageRequest, Depends(_page_request)]
