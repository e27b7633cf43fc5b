"""The database: one engine, and sessions that are units of work.

`session()` commits when its block ends well and rolls back otherwise; nothing else in the product commits.
Works with `sqlite+aiosqlite` (one node) and `postgresql+psycopg` (several).
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession as SQLAlchemyAsyncSession
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.db import postgresql, sqlite
from asisso.errors import ConfigurationError

_AFTER_COMMIT = "asisso_after_commit"


@dataclass(frozen=True, slots=True)
class Pooling:
    """How many connections to PostgreSQL, and how long a statement may take. SQLite has one writer, always.

    Attributes:
        size: open connections at most.
        statement_timeout_s: after this PostgreSQL gives a statement up.
    """

    size: int = 10
    statement_timeout_s: int = 30


class Database:
    """An engine and its sessions.

    Args:
        url: a SQLAlchemy URL. The folder of a SQLite file is made when it is missing.
    """

    def __init__(self, url: str, pooling: Pooling | None = None) -> None:
        self.url = make_url(url)
        make_folder_of(self.url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._read_engine, self._write_engine = sqlite.reader(self.url), sqlite.writer(self.url)
            self._single_engine = sqlite.single(self._read_engine)
        else:
            self._write_engine = postgresql.engine(self.url, pooling or Pooling())
            self._read_engine = postgresql.snapshots(self._write_engine)
            self._single_engine = postgresql.single(self._write_engine)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A unit of work that may write: committed at the end of the block, rolled back on any error.

        SQLite's writers take turns, first come first served, from their first statement to their end.
        """
        async with AsyncSession(self._write_engine, expire_on_commit=False) as session:
            async with session.begin():
                yield session
            for callback in session.info.pop(_AFTER_COMMIT, []):
                callback()

    @asynccontextmanager
    async def read_session(self) -> AsyncIterator[AsyncSession]:
        """A consistent view for reading; whatever was changed in it is thrown away."""
        async with AsyncSession(self._read_engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    @asynccontextmanager
    async def lookup_session(self) -> AsyncIterator[AsyncSession]:
        """For one statement that reads: without a transaction around it, it costs a third. Must not write."""
        async with AsyncSession(self._single_engine, expire_on_commit=False, autoflush=False) as session:
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
        async with self._read_engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close every pooled connection."""
        await self._write_engine.dispose()
        await self._read_engine.dispose()


def after_commit(session: SQLAlchemyAsyncSession, callback: Callable[[], None]) -> None:
    """Run `callback` once the session's work is committed; it is forgotten when the work is rolled back."""
    session.info.setdefault(_AFTER_COMMIT, []).append(callback)


def is_duplicate(error: IntegrityError) -> bool:
    """Whether a write was refused because the like of it is there already (SQLSTATE 23505)."""
    return getattr(error.orig, "sqlstate", None) == "23505" or "UNIQUE constraint failed" in str(error.orig)


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
