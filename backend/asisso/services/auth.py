"""Who is it: signing in and out, and telling the owner of a session token or an API key."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.db.models import ApiKey, User, UserSession
from asisso.errors import NotAuthenticated
from asisso.security import Passwords, hash_token, new_token
from asisso.services.principal import Principal
from asisso.services.users import find_user

SESSION_LIFETIME = timedelta(days=14)
"""A browser stays signed in this long after it was last used."""

TOUCH_INTERVAL = timedelta(minutes=10)
"""How stale `last_seen_at` and `last_used_at` may be; a write for every request would cost more than it tells."""


async def authenticate(session: AsyncSession, passwords: Passwords, email: str, password: str) -> User:
    """The person with this email address and password.

    Raises:
        NotAuthenticated: there is none. It takes the same time whether the address is known or not.
    """
    user = await find_user(session, email)
    if not await passwords.verify(password, user.password_hash if user else None) or user is None:
        raise NotAuthenticated("The email address or the password is wrong.", code="invalid_credentials")
    return user


async def open_session(session: AsyncSession, user: User, now: datetime) -> str:
    """Sign a browser in and clear away sessions that have expired. Returns the token for its cookie."""
    token = new_token()
    await session.exec(delete(UserSession).where(col(UserSession.expires_at) <= now))
    session.add(
        UserSession(
            user_id=user.id,
            token_hash=hash_token(token),
            expires_at=now + SESSION_LIFETIME,
            last_seen_at=now,
        )
    )
    await session.flush()
    return token


async def close_session(session: AsyncSession, token: str) -> None:
    """Sign a browser out; nothing happens when it was not signed in."""
    await session.exec(delete(UserSession).where(col(UserSession.token_hash) == hash_token(token)))


async def principal_of_session(session: AsyncSession, token: str, now: datetime) -> tuple[Principal, bool]:
    """Who a cookie belongs to, and whether it is time to `touch_session`.

    Raises:
        NotAuthenticated: it belongs to nobody, or no longer.
    """
    statement = (
        select(UserSession, User)
        .join(User, col(User.id) == UserSession.user_id)
        .where(UserSession.token_hash == hash_token(token))
        .where(col(UserSession.expires_at) > now)
    )
    found = (await session.exec(statement)).first()
    if found is None:
        raise NotAuthenticated("Your session has ended; sign in again.", code="session_expired")
    row, user = found
    principal = Principal(user.organization_id, user.role, user_id=user.id, email=user.email)
    return principal, now - row.last_seen_at > TOUCH_INTERVAL


async def principal_of_api_key(session: AsyncSession, key: str, now: datetime) -> tuple[Principal, bool]:
    """Who an API key stands for, and whether it is time to `touch_api_key`.

    Raises:
        NotAuthenticated: there is no such key.
    """
    row = (await session.exec(select(ApiKey).where(ApiKey.key_hash == hash_token(key)))).first()
    if row is None:
        raise NotAuthenticated("This API key is not valid.", code="invalid_api_key")
    is_stale = row.last_used_at is None or now - row.last_used_at > TOUCH_INTERVAL
    return Principal(row.organization_id, row.role), is_stale


async def touch_session(session: AsyncSession, token: str, now: datetime) -> None:
    """Note that a browser was used: it stays signed in for another while."""
    statement = update(UserSession).where(col(UserSession.token_hash) == hash_token(token))
    await session.exec(statement.values(last_seen_at=now, expires_at=now + SESSION_LIFETIME))


async def touch_api_key(session: AsyncSession, key: str, now: datetime) -> None:
    """Note that an API key was used."""
    statement = update(ApiKey).where(col(ApiKey.key_hash) == hash_token(key))
    await session.exec(statement.values(last_used_at=now))
