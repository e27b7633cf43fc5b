"""Both databases, for tests: made once, given empty to every test. New tables are picked up by themselves."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from asisso.api.state import AppState
from bench.postgresql import as_dsn

KINDS = ("sqlite", "postgresql")


def require_postgresql(reason: str) -> None:
    """There is none: the asking test is skipped, or fails where `CI=true`."""
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(f"no PostgreSQL: {reason}", pytrace=False)
    pytest.skip(f"no PostgreSQL: {reason}")


def empty(url: str) -> None:
    """Delete every row of a PostgreSQL database, quicker than it could be made anew."""
    tables = reversed(SQLModel.metadata.sorted_tables)
    with psycopg.connect(as_dsn(make_url(url)), autocommit=True) as connection:
        connection.execute("".join(f'DELETE FROM "{table.name}";' for table in tables).encode())


async def everything_stored(state: AppState) -> bytes:
    """All that the database holds, to look for what must not be in it."""
    if state.database.is_sqlite:
        return _with_its_log(Path(state.database.url.database or ""))
    async with state.database.read_session() as session:
        connection = await session.connection()
        rows = [(await connection.execute(table.select())).all() for table in SQLModel.metadata.sorted_tables]
    return repr(rows).encode()


def _with_its_log(path: Path) -> bytes:
    return path.read_bytes() + path.with_name(f"{path.name}-wal").read_bytes()
