"""Alembic's entry: runs migrations on the connection it was handed, or on `sqlalchemy.url` of alembic.ini."""

import asyncio
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, TypeDecorator
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

import asisso.db.models  # noqa: F401  (registers the tables)
from asisso.db.types import JsonDocument


def render_item(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Write our column types as what they are stored as: a migration must not change when a class does."""
    if kind == "type" and isinstance(item, JsonDocument):
        return 'sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")'
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        # SQLite cannot alter columns: Alembic copies the table instead.
        render_as_batch=True,
        compare_type=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_run(url: str) -> None:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


handed = context.config.attributes.get("connection")
if handed is not None:
    run(handed)
else:
    asyncio.run(connect_and_run(context.config.get_main_option("sqlalchemy.url", "")))
