"""A database as the first release left it: its own schema, and rows written by it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import Connection, DateTime, MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from asisso.db.migrate import alembic_config

REVISION = "d14f5b8fec63"
SECRET_KEY = "k" * 32
API_KEY = "ask_first-release"
ROWS: dict[str, list[dict[str, Any]]] = json.loads(Path(__file__).with_suffix(".json").read_text())


async def make_database(url: str) -> None:
    """Fill an empty database with the first release's tables and rows."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(_fill)
    await engine.dispose()


def _fill(connection: Connection) -> None:
    command.upgrade(alembic_config(connection), REVISION)
    tables = MetaData()
    tables.reflect(connection)
    for name, rows in ROWS.items():
        table = tables.tables[name]
        times = [column.name for column in table.columns if isinstance(column.type, DateTime)]
        for row in rows:
            told = {key: datetime.fromisoformat(row[key]) for key in times if row[key]}
            connection.execute(table.insert().values(row | told))
