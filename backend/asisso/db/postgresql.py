"""PostgreSQL: a bounded pool whose every wait has an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

if TYPE_CHECKING:
    from asisso.db.engine import Pooling

CONNECT_TIMEOUT_S = 5
POOL_TIMEOUT_S = 10.0
"""How long a unit of work waits for a connection."""

LOCK_TIMEOUT_S = 10
"""How long a statement waits for another transaction."""

IDLE_TRANSACTION_TIMEOUT_S = 60
"""A transaction whose process has gone to sleep must not keep its locks for ever."""


def engine(url: URL, pooling: Pooling) -> AsyncEngine:
    """The engine of everything that may write.

    A connection is tried before it is used: one that a restarted server has forgotten is replaced unnoticed.
    """
    limits = {
        "statement_timeout": pooling.statement_timeout_s,
        "lock_timeout": min(LOCK_TIMEOUT_S, pooling.statement_timeout_s),
        "idle_in_transaction_session_timeout": IDLE_TRANSACTION_TIMEOUT_S,
    }
    options = " ".join(f"-c {name}={seconds}s" for name, seconds in limits.items())
    return create_async_engine(
        url,
        pool_pre_ping=True,
        pool_size=pooling.size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        # Connections that were used last are taken first, so that a burst's others may time out on the server.
        pool_use_lifo=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "options": options},
    )


def snapshots(writing: AsyncEngine) -> AsyncEngine:
    """The same connections for reading: every statement of a transaction sees the moment of its first one."""
    return writing.execution_options(isolation_level="REPEATABLE READ")


def single(writing: AsyncEngine) -> AsyncEngine:
    """The same connections for one statement alone, which is a transaction by itself."""
    return writing.execution_options(isolation_level="AUTOCOMMIT")
