"""The people of an organization."""

from __future__ import annotations

from sqlalchemy import func
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.db.engine import Database
from asisso.db.models import Role, User, UserSession
from asisso.errors import Conflict, NotFound

FIRST_USER_LOCK = "first-user"


def normalize_email(email: str) -> str:
    """The form in which addresses are stored and compared."""
    return email.strip().lower()


async def add_user(
    session: AsyncSession, *, organization_id: str, email: str, password_hash: str, role: Role
) -> User:
    """Add a person to an organization.

    Raises:
        Conflict: the email address is taken, in this organization or another.
    """
    if await find_user(session, email) is not None:
        raise Conflict("There is a user with this email address already.", code="email_taken")
    user = User(
        organization_id=organization_id, email=normalize_email(email), password_hash=password_hash, role=role
    )
    session.add(user)
    await session.flush()
    return user


async def find_user(session: AsyncSession, email: str) -> User | None:
    """The person with this email address."""
    statement = select(User).where(User.email == normalize_email(email))
    return (await session.exec(statement)).first()


async def set_password(session: AsyncSession, *, email: str, password_hash: str) -> None:
    """Give a person a new password and sign all their browsers out.

    Raises:
        NotFound: nobody has this email address.
    """
    user = await find_user(session, email)
    if user is None:
        raise NotFound("user")
    user.password_hash = password_hash
    session.add(user)
    await session.exec(delete(UserSession).where(col(UserSession.user_id) == user.id))


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
