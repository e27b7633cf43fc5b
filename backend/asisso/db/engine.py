"""The database: one engine, and sessions that are units of work.

`session()` commits when its block ends well and rolls back otherwise; nothing else in the product commits.
Works with `sqlite+aiosqlite` (one node) and `postgresql+psycopg` (several).
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.ext.asyncio import AsyncSession as SQLAlchemyAsyncSession
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.db.changes import Changes, NoticingSession, take_changes
from asisso.errors import ConfigurationError

SQLITE_BUSY_TIMEOUT_MS = 5000
"""How long a writer waits for another one before the statement fails."""

TURN_TIMEOUT_S = 10.0

_AFTER_COMMIT = "asisso_after_commit"
_BEGIN_OPTION = "asisso_sqlite_begin"


class Database:
    """An engine and its sessions.

    Args:
        url: a SQLAlchemy URL. The folder of a SQLite file is made when it is missing.

    Attributes:
        changes: tells what its sessions have changed.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        make_folder_of(self.url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._engine = create_async_engine(self.url, pool_pre_ping=not self.is_sqlite)
        if self.is_sqlite:
            _prepare_sqlite(self._engine)
        self.changes = Changes()
        self._turn = asyncio.Lock()
        self._write_engine = self._engine.execution_options(**{_BEGIN_OPTION: "IMMEDIATE"})

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A unit of work that may write: committed at the end of the block, rolled back on any error.

        SQLite takes its write lock at once (`BEGIN IMMEDIATE`): a deferred transaction that turns into a
        writer half way fails without waiting when another one wrote in between.
        """
        async with AsyncSession(
            self._write_engine, expire_on_commit=False, sync_session_class=NoticingSession
        ) as session:
            async with session.begin():
                yield session
            for callback in session.info.pop(_AFTER_COMMIT, []):
                callback()
            changed = take_changes(session)
        if changed:
            self.changes.tell(*changed)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Take turns with the process's other frequent writers, first come first served; go into it before `session`.

        SQLite lets its waiting writers in by lot, and the unlucky ones wait for seconds. PostgreSQL needs none of it.

        Raises:
            TimeoutError: the turn did not come within `TURN_TIMEOUT_S`.
        """
        if not self.is_sqlite:
            yield
            return
        async with asyncio.timeout(TURN_TIMEOUT_S):
            await self._turn.acquire()
        try:
            yield
        finally:
            self._turn.release()

    @asynccontextmanager
    async def read_session(self) -> AsyncIterator[AsyncSession]:
        """A consistent view for reading; whatever was changed in it is thrown away."""
        async with AsyncSession(self._engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    async def lock(self, session: AsyncSession, name: str) -> None:
        """Let one writer at a time past this point until its transaction ends.

        SQLite write sessions exclude each other already; PostgreSQL takes an advisory lock.
        """
        if not self.is_sqlite:
            connection = await session.connection()
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock_key(name)})

    async def ping(self) -> None:
        """Reach the database once.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: it cannot be reached.
        """
        async with self._engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close every pooled connection."""
        await self._engine.dispose()


def after_commit(session: SQLAlchemyAsyncSession, callback: Callable[[], None]) -> None:
    """Run `callback` once the session's work is committed; it is forgotten when the work is rolled back."""
    session.info.setdefault(_AFTER_COMMIT, []).append(callback)


def lock_key(name: str) -> int:
    """The number that stands for a named PostgreSQL advisory lock."""
    return zlib.crc32(f"asisso:{name}".encode())


def make_folder_of(url: URL) -> None:
    """Make the folder in which a SQLite file will lie.

    Raises:
        ConfigurationError: it cannot be made.
    """
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        folder = Path(url.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or error
            raise ConfigurationError(
                f"The folder of the database, {folder}, cannot be made: {reason}."
            ) from error


def _prepare_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:
        # The driver would begin transactions by itself, always deferred; `begin` below does it instead.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={SQLITE_BUSY_TIMEOUT_MS}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get(_BEGIN_OPTION, "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")
