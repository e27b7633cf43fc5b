"""Who is it: signing in and out, and sessions. Whom a token or a key belongs to is told by `credentials`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.db.models import User, UserSession
from asisso.errors import NotAuthenticated, NotFound
from asisso.security import Passwords, hash_token, new_token
from asisso.services.paging import Page, PageRequest, fetch_page
from asisso.services.principal import Principal
from asisso.services.users import find_user

SESSION_LIFETIME = timedelta(days=14)
"""A browser stays signed in this long after it was last used."""

SESSION_END = timedelta(days=90)
"""After this long a person signs in again in any case."""


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
