"""Who is it: signing in and out, sessions, and telling the owner of a session token or an API key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.db.models import ApiKey, User, UserSession
from asisso.errors import NotAuthenticated, NotFound
from asisso.security import Passwords, hash_token, new_token
from asisso.services.paging import Page, PageRequest, fetch_page
from asisso.services.principal import Principal
from asisso.services.users import find_user

SESSION_LIFETIME = timedelta(days=14)
"""A browser stays signed in this long after it was last used."""

SESSION_END = timedelta(days=90)
"""After this long a person signs in again in any case."""

TOUCH_INTERVAL = timedelta(minutes=10)
"""How stale `last_seen_at` and `last_used_at` may be; a write for every request would cost more than it tells."""


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a request comes from: its address, and what the browser calls itself."""

    address: str = ""
    user_agent: str = ""


async def authenticate(session: AsyncSession, passwords: Passwords, email: str, password: str) -> User:
    """The person with this email address and password.

    Raises:
        NotAuthenticated: there is none, or they are disabled. It takes the same time whether the address is known
            or not, and only who knows the password learns that an account is disabled.
    """
    user = await find_user(session, email)
    if not await passwords.verify(password, user.password_hash if user else None) or user is None:
        raise NotAuthenticated("The email address or the password is wrong.", code="invalid_credentials")
    if not user.is_enabled:
        raise NotAuthenticated(
            "This account is disabled. Ask an administrator of your organization.", code="account_disabled"
        )
    return user


async def open_session(
    session: AsyncSession, user: User, now: datetime, browser: Browser, *, instead_of: str | None = None
) -> str:
    """Sign a browser in and clear away sessions that have expired. Returns the token for its cookie.

    Args:
        instead_of: the token the browser had before; it stops working.
    """
    token = new_token()
    await session.exec(delete(UserSession).where(col(UserSession.expires_at) <= now))
    if instead_of is not None:
        await close_session(session, instead_of)
    session.add(
        UserSession(
            user_id=user.id,
            token_hash=hash_token(token),
            expires_at=now + SESSION_LIFETIME,
            ends_at=now + SESSION_END,
            signed_in_at=now,
            last_seen_at=now,
            address=browser.address,
            user_agent=browser.user_agent,
        )
    )
    user.last_signed_in_at = now
    session.add(user)
    await session.flush()
    return token


async def close_session(session: AsyncSession, token: str) -> None:
    """Sign a browser out; nothing happens when it was not signed in."""
    await session.exec(delete(UserSession).where(col(UserSession.token_hash) == hash_token(token)))


async def list_sessions(
    session: AsyncSession, principal: Principal, page: PageRequest, now: datetime
) -> Page[UserSession]:
    """Where a person is signed in, the newest sign-in first."""
    statement = select(UserSession).where(UserSession.user_id == principal.require_person())
    statement = statement.where(col(UserSession.expires_at) > now)
    return await fetch_page(session, statement, UserSession, page, newest_first=True)


async def end_session(session: AsyncSession, principal: Principal, session_id: str) -> None:
    """Sign one of a person's browsers out.

    Raises:
        NotFound: they have no such session.
    """
    row = await session.get(UserSession, session_id)
    if row is None or row.user_id != principal.require_person():
        raise NotFound("session")
    await session.delete(row)


async def end_other_sessions(session: AsyncSession, principal: Principal) -> None:
    """Sign all of a person's browsers out but the one that asks."""
    await session.exec(
        delete(UserSession)
        .where(col(UserSession.user_id) == principal.require_person())
        .where(col(UserSession.id) != principal.session_id)
    )


async def principal_of_session(session: AsyncSession, token: str, now: datetime) -> tuple[Principal, bool]:
    """Who a cookie belongs to, and whether it is time to `touch_session`.

    Raises:
        NotAuthenticated: it belongs to nobody, or no longer.
    """
    statement = (
        select(UserSession, User)
        .join(User, col(User.id) == UserSession.user_id)
        .where(UserSession.token_hash == hash_token(token))
        .where(col(UserSession.expires_at) > now, col(User.is_enabled))
    )
    found = (await session.exec(statement)).first()
    if found is None:
        raise NotAuthenticated("Your session has ended; sign in again.", code="session_expired")
    row, user = found
    principal = Principal(
        user.organization_id, user.role, user_id=user.id, email=user.email, session_id=row.id
    )
    return principal, now - row.last_seen_at > TOUCH_INTERVAL


async def principal_of_api_key(session: AsyncSession, key: str, now: datetime) -> tuple[Principal, bool]:
    """Who an API key stands for, and whether it is time to `touch_api_key`.

    Raises:
        NotAuthenticated: there is no such key, or it has expired.
    """
    row = (await session.exec(select(ApiKey).where(ApiKey.key_hash == hash_token(key)))).first()
    if row is None:
        raise NotAuthenticated("This API key is not valid.", code="invalid_api_key")
    if row.expires_at is not None and row.expires_at <= now:
        raise NotAuthenticated("This API key has expired. Make a new one.", code="api_key_expired")
    is_stale = row.last_used_at is None or now - row.last_used_at > TOUCH_INTERVAL
    return Principal(row.organization_id, row.role, api_key_id=row.id, api_key_name=row.name), is_stale


async def touch_session(session: AsyncSession, token: str, now: datetime, address: str) -> None:
    """Note that a browser was used: it stays signed in for another while, but not beyond its end."""
    statement = select(UserSession).where(UserSession.token_hash == hash_token(token))
    row = (await session.exec(statement)).first()
    if row is not None:
        row.last_seen_at, row.address = now, address
        row.expires_at = min(now + SESSION_LIFETIME, row.ends_at)
        session.add(row)


async def touch_api_key(session: AsyncSession, key: str, now: datetime, _address: str) -> None:
    """Note that an API key was used."""
    statement = update(ApiKey).where(col(ApiKey.key_hash) == hash_token(key))
    await session.exec(statement.values(last_used_at=now))
