"""The people of an organization: inviting, joining, their roles, and how they leave."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypedDict

from sqlalchemy import func
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.db.engine import Database
from asisso.db.models import Role, User, UserSession
from asisso.errors import Conflict, NotFound
from asisso.security import hash_token, new_token
from asisso.services.paging import Page, PageRequest, fetch_page
from asisso.services.principal import Principal

FIRST_USER_LOCK = "first-user"
INVITATION_LIFETIME = timedelta(days=7)


class UserChanges(TypedDict, total=False):
    """What an administrator may change; an absent key leaves a field as it is."""

    role: Role
    is_enabled: bool


def normalize_email(email: str) -> str:
    """The form in which addresses are stored and compared."""
    return email.strip().lower()


async def add_user(
    session: AsyncSession, *, organization_id: str, email: str, password_hash: str, role: Role
) -> User:
    """Add a person who can sign in at once.

    Raises:
        Conflict: the email address is taken, in this organization or another.
    """
    if await find_user(session, email) is not None or await _member(session, organization_id, email):
        raise Conflict("There is a user with this email address already.", code="email_taken")
    user = User(
        organization_id=organization_id, email=normalize_email(email), password_hash=password_hash, role=role
    )
    session.add(user)
    await session.flush()
    return user


async def find_user(session: AsyncSession, email: str) -> User | None:
    """The person who joined with this email address."""
    statement = select(User).where(User.email == normalize_email(email))
    return (await session.exec(statement.where(col(User.password_hash).is_not(None)))).first()


async def invite(
    session: AsyncSession, principal: Principal, *, email: str, role: Role, now: datetime
) -> tuple[User, str]:
    """Invite a person. Returns their row and the token of the link, which cannot be had again.

    Raises:
        Conflict: they belong to the organization already.
    """
    if await _member(session, principal.organization_id, email):
        raise Conflict("This person belongs to your organization already.", code="email_taken")
    user = User(organization_id=principal.organization_id, email=normalize_email(email), role=role)
    session.add(user)
    return user, await _new_link(session, user, now)


async def invite_again(
    session: AsyncSession, principal: Principal, user_id: str, *, now: datetime
) -> tuple[User, str]:
    """Make a new link for somebody who lost theirs, or their password. The link before it stops working.

    Raises:
        NotFound: the organization has no such person.
        Conflict: they are disabled.
    """
    user = await get_user(session, principal, user_id)
    if not user.is_enabled:
        raise Conflict(f"{user.email} is disabled. Enable the account first.", code="user_disabled")
    return user, await _new_link(session, user, now)


async def invited_user(session: AsyncSession, token: str, now: datetime, *, for_update: bool = False) -> User:
    """The person an invitation link is for.

    Args:
        for_update: keep everybody else who uses the link waiting until this transaction ends.

    Raises:
        NotFound: it was used, has expired, was replaced or taken back.
    """
    statement = select(User).where(User.invitation_hash == hash_token(token))
    if for_update:
        statement = statement.with_for_update()
    user = (await session.exec(statement)).first()
    if user is None or user.invitation_expires_at is None or user.invitation_expires_at <= now:
        raise NotFound("invitation")
    if not user.is_enabled:
        raise NotFound("invitation")
    return user


async def take_up_invitation(session: AsyncSession, token: str, password_hash: str, now: datetime) -> User:
    """Give an invited person their password; the link works no more.

    Raises:
        NotFound: the link is not valid.
        Conflict: somebody joined another organization with this email address.
    """
    user = await invited_user(session, token, now, for_update=True)
    joined = await find_user(session, user.email)
    if joined is not None and joined.id != user.id:
        raise Conflict(
            "There is an account with this email address already; ask to be invited by another address.",
            code="email_taken",
        )
    user.invitation_hash = user.invitation_expires_at = None
    await give_password(session, user, password_hash)
    return user


async def list_users(session: AsyncSession, principal: Principal, page: PageRequest) -> Page[User]:
    """The organization's people, the first one first."""
    statement = select(User).where(User.organization_id == principal.organization_id)
    return await fetch_page(session, statement, User, page)


async def get_user(session: AsyncSession, principal: Principal, user_id: str) -> User:
    """One of the organization's people.

    Raises:
        NotFound: it has no such person.
    """
    user = await session.get(User, user_id)
    if user is None or user.organization_id != principal.organization_id:
        raise NotFound("user")
    return user


async def change_user(
    session: AsyncSession, principal: Principal, user_id: str, changes: UserChanges, *, database: Database
) -> User:
    """Change a person's role, or shut them out and let them in again. Disabling ends all their sessions.

    Raises:
        NotFound: the organization has no such person.
        Conflict: they are its last administrator.
    """
    await database.lock(session, _administrators_lock(principal))
    user = await get_user(session, principal, user_id)
    role, is_enabled = changes.get("role", user.role), changes.get("is_enabled", user.is_enabled)
    if role is not Role.ADMIN or not is_enabled:
        await _require_another_administrator(session, user)
    user.role, user.is_enabled = role, is_enabled
    session.add(user)
    if not is_enabled:
        await end_sessions(session, user.id)
    await session.flush()
    return user


async def remove_user(
    session: AsyncSession, principal: Principal, user_id: str, *, database: Database
) -> None:
    """Remove a person, or take an invitation back. Their sessions end at once.

    Raises:
        NotFound: the organization has no such person.
        Conflict: they are its last administrator.
    """
    await database.lock(session, _administrators_lock(principal))
    user = await get_user(session, principal, user_id)
    await _require_another_administrator(session, user)
    await session.delete(user)


async def give_password(session: AsyncSession, user: User, password_hash: str) -> None:
    """Give a person a new password and sign all their browsers out."""
    user.password_hash = password_hash
    session.add(user)
    await end_sessions(session, user.id)
    await session.flush()


async def set_password(session: AsyncSession, *, email: str, password_hash: str) -> None:
    """Give the person with an email address a new password and sign all their browsers out.

    Raises:
        NotFound: nobody has this email address.
    """
    user = await find_user(session, email)
    if user is None:
        raise NotFound("user")
    await give_password(session, user, password_hash)


async def end_sessions(session: AsyncSession, user_id: str) -> None:
    """Sign all of a person's browsers out."""
    await session.exec(delete(UserSession).where(col(UserSession.user_id) == user_id))


async def is_empty(session: AsyncSession) -> bool:
    """Whether nobody can sign in yet."""
    return (await session.exec(select(func.count()).select_from(User))).one() == 0


async def claim_first_user(database: Database, session: AsyncSession) -> None:
    """Let only one of several set-ups that run at the same time go on.

    Raises:
        Conflict: there is a user already.
    """
    await database.lock(session, FIRST_USER_LOCK)
    if not await is_empty(session):
        raise Conflict("The first administrator has been made already; sign in.", code="setup_done")


async def _member(session: AsyncSession, organization_id: str, email: str) -> User | None:
    statement = select(User).where(User.organization_id == organization_id)
    return (await session.exec(statement.where(User.email == normalize_email(email)))).first()


async def _new_link(session: AsyncSession, user: User, now: datetime) -> str:
    token = new_token()
    user.invitation_hash, user.invitation_expires_at = hash_token(token), now + INVITATION_LIFETIME
    session.add(user)
    await session.flush()
    return token


def _administrators_lock(principal: Principal) -> str:
    return f"administrators-{principal.organization_id}"


async def _require_another_administrator(session: AsyncSession, user: User) -> None:
    """Nobody could let anybody in again without one."""
    if user.role is not Role.ADMIN or not user.is_enabled or user.password_hash is None:
        return
    statement = (
        select(func.count())
        .select_from(User)
        .where(User.organization_id == user.organization_id)
        .where(User.id != user.id)
        .where(User.role == Role.ADMIN, col(User.is_enabled), col(User.password_hash).is_not(None))
    )
    if (await session.exec(statement)).one() == 0:
        raise Conflict(
            f"{user.email} is the last administrator. Make somebody else an administrator first.",
            code="last_administrator",
        )
