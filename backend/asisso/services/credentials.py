"""Whom a session token or an API key belongs to.

Every request asks, and a busy program asks a hundred times a second, so what was found is kept for a moment. It is
forgotten at once when this process commits a change to a person, a session or a key, so that taking one back takes
effect with the answer that says so; a change made by another server is seen within `KEPT_S`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, object_session
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.clock import Clock
from asisso.db.changes import Change, NoticingSession, note_change
from asisso.db.engine import Database
from asisso.db.models import ApiKey, User, UserSession
from asisso.errors import NotAuthenticated
from asisso.security import hash_token
from asisso.services.auth import SESSION_LIFETIME
from asisso.services.principal import Principal

KEPT_S = 1.0
"""How long another server may take to see that a credential was taken back."""

MAX_KEPT = 10_000

TOUCH_INTERVAL = timedelta(minutes=10)
"""How stale `last_seen_at` and `last_used_at` may be; a write for every request would cost more than it tells."""

_AT_ONCE = datetime.min.replace(tzinfo=UTC)
_TABLES = frozenset(str(model.__tablename__) for model in (User, UserSession, ApiKey))


class CredentialKind(StrEnum):
    SESSION = "session"
    API_KEY = "api_key"


@dataclass(frozen=True, slots=True)
class _Found:
    """What the database said of a credential.

    Attributes:
        expires_at: None: never.
        touch_at: when its use is to be noted again.
        forget_at_s: on the monotonic clock.
    """

    principal: Principal
    expires_at: datetime | None
    touch_at: datetime
    forget_at_s: float = 0.0


class Credentials:
    """Tells whom credentials belong to, and notes now and then that they were used."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._kept: dict[tuple[CredentialKind, str], _Found] = {}
        self._changes_heard = 0
        database.changes.listen(self._hear)

    async def holder_of(self, kind: CredentialKind, credential: str, address: str) -> Principal:
        """Whom a credential belongs to.

        Args:
            address: where the request comes from; noted with a session.

        Raises:
            NotAuthenticated: it belongs to nobody, or no longer.
        """
        now, token_hash = self._clock.now(), hash_token(credential)
        found = self._kept.get((kind, token_hash))
        if (
            found is None
            or found.forget_at_s <= self._clock.monotonic_s()
            or found.touch_at < now
            or (found.expires_at is not None and found.expires_at <= now)
        ):
            found = await self._look_up(kind, token_hash, now, address)
        return found.principal

    async def _look_up(self, kind: CredentialKind, token_hash: str, now: datetime, address: str) -> _Found:
        find, touch = _ACCESS[kind]
        heard = self._changes_heard
        async with self._database.lookup_session() as session:
            found = await find(session, token_hash, now)
        if found.touch_at < now:
            async with self._database.session() as session:
                await touch(session, token_hash, now, address)
        elif heard == self._changes_heard:
            # Otherwise it may have been taken back between being read and being kept.
            self._keep((kind, token_hash), found)
        return found

    def _keep(self, key: tuple[CredentialKind, str], found: _Found) -> None:
        if len(self._kept) >= MAX_KEPT:
            self._kept.clear()
        forget_at_s = self._clock.monotonic_s() + KEPT_S
        self._kept[key] = _Found(found.principal, found.expires_at, found.touch_at, forget_at_s)

    def _hear(self, changes: Iterable[Change]) -> None:
        if any(change.table in _TABLES for change in changes):
            self._changes_heard += 1
            self._kept.clear()


async def _holder_of_session(session: AsyncSession, token_hash: str, now: datetime) -> _Found:
    statement = (
        select(UserSession, User)
        .join(User, col(User.id) == UserSession.user_id)
        .where(UserSession.token_hash == token_hash)
        .where(col(UserSession.expires_at) > now, col(User.is_enabled))
    )
    found = (await session.exec(statement)).first()
    if found is None:
        raise NotAuthenticated("Your session has ended; sign in again.", code="session_expired")
    row, user = found
    principal = Principal(
        user.organization_id, user.role, user_id=user.id, email=user.email, session_id=row.id
    )
    return _Found(principal, row.expires_at, row.last_seen_at + TOUCH_INTERVAL)


async def _holder_of_api_key(session: AsyncSession, token_hash: str, now: datetime) -> _Found:
    row = (await session.exec(select(ApiKey).where(ApiKey.key_hash == token_hash))).first()
    if row is None:
        raise NotAuthenticated("This API key is not valid.", code="invalid_api_key")
    if row.expires_at is not None and row.expires_at <= now:
        raise NotAuthenticated("This API key has expired. Make a new one.", code="api_key_expired")
    principal = Principal(row.organization_id, row.role, api_key_id=row.id, api_key_name=row.name)
    touch_at = row.last_used_at + TOUCH_INTERVAL if row.last_used_at else _AT_ONCE
    return _Found(principal, row.expires_at, touch_at)


async def _touch_session(session: AsyncSession, token_hash: str, now: datetime, address: str) -> None:
    """Note that a browser was used: it stays signed in for another while, but not beyond its end."""
    row = (await session.exec(select(UserSession).where(UserSession.token_hash == token_hash))).first()
    if row is not None:
        row.last_seen_at, row.address = now, address
        row.expires_at = min(now + SESSION_LIFETIME, row.ends_at)
        session.add(row)


async def _touch_api_key(session: AsyncSession, token_hash: str, now: datetime, _address: str) -> None:
    """Note that an API key was used."""
    await session.exec(update(ApiKey).where(col(ApiKey.key_hash) == token_hash).values(last_used_at=now))


_ACCESS = {
    CredentialKind.SESSION: (_holder_of_session, _touch_session),
    CredentialKind.API_KEY: (_holder_of_api_key, _touch_api_key),
}


@event.listens_for(NoticingSession, "do_orm_execute")
def _notice_statement(state: ORMExecuteState) -> None:
    """Statements that go past a session's objects, such as `delete(UserSession)`."""
    if (state.is_update or state.is_delete) and state.bind_mapper is not None:
        table = str(state.bind_mapper.class_.__tablename__)
        if table in _TABLES:
            note_change(state.session, Change(table, "*"))


@event.listens_for(UserSession, "after_delete")
def _notice_session(_mapper: object, _connection: object, row: UserSession) -> None:
    """The one of the three without an organization, whose changes are not noticed otherwise."""
    session = object_session(row)
    if isinstance(session, NoticingSession):
        note_change(session, Change(str(row.__tablename__), row.id))
