"""SQLite: many readers and one writer, whose turn comes in the order it was asked for.

SQLite itself lets its waiting writers in by lot, after naps that grow, and fails those that wait too long.
Inside a process they queue up here instead; its lock then only keeps other processes out (a backup, a shell).
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry
from sqlalchemy.util import await_only

BUSY_TIMEOUT_MS = 5000
"""How long the writer waits for another process before its statement fails."""

TURN_TIMEOUT_S = 10.0
"""How long a unit of work waits for its turn."""

READERS = 10

_SINGLE = "asisso_single_statement"

PRAGMAS = (
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    "journal_mode=WAL",
    # An answer must not outlive what it tells: every commit reaches the disk before it returns.
    "synchronous=FULL",
    "foreign_keys=ON",
)


# SQLAlchemy names a pool's logger after its class and tells everything on `info`, which is ours to hear.
logging.getLogger(f"{__name__}.WriterPool").setLevel(logging.WARNING)


class WriterPool(AsyncAdaptedQueuePool):
    """The connection of the one writer, handed on first come first served."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._turn = asyncio.Lock()

    def _do_get(self) -> ConnectionPoolEntry:
        await_only(self._take_turn())
        try:
            return super()._do_get()
        except BaseException:
            self._turn.release()
            raise

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        self._turn.release()

    async def _take_turn(self) -> None:
        try:
            async with asyncio.timeout(TURN_TIMEOUT_S):
                await self._turn.acquire()
        except TimeoutError:
            raise NoConnection(f"no turn to write within {TURN_TIMEOUT_S:g} s") from None


def writer(url: URL) -> AsyncEngine:
    """The engine of everything that may write.

    It takes SQLite's lock at once (`BEGIN IMMEDIATE`): a deferred transaction that turns into a writer half way
    fails without waiting when another process wrote in between.
    """
    # Of SQLAlchemy's own limits none is met: the pool has one connection, and whose turn it is gets it.
    return _prepared(create_async_engine(url, poolclass=WriterPool, pool_size=1, max_overflow=0), "IMMEDIATE")


def reader(url: URL) -> AsyncEngine:
    """The engine of everything that only reads: each transaction sees one moment, whoever writes meanwhile."""
    return _prepared(create_async_engine(url, pool_size=READERS, max_overflow=0), "DEFERRED")


def single(reading: AsyncEngine) -> AsyncEngine:
    """The readers' connections for one statement alone, which is a transaction by itself."""
    return reading.execution_options(**{_SINGLE: True})


def _prepared(engine: AsyncEngine, mode: str) -> AsyncEngine:
    @event.listens_for(engine.sync_engine, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:
        # The driver would begin transactions by itself, always deferred; `begin` below does it instead.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        if not connection.get_execution_options().get(_SINGLE):
            connection.exec_driver_sql(f"BEGIN {mode}")

    return engine
