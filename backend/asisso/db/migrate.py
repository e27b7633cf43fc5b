"""Bringing a database to the newest schema. Safe to start on several nodes at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from asisso.db.engine import lock_key, make_folder_of

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS_DIR = Path(__file__).parent / "migrations"

# Alembic is loaded only where something has to be migrated: it would be a tenth of every start.


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, working on an open connection where one is given."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_DIR))
    if connection is not None:
        config.attributes["connection"] = connection
    return config


async def upgrade(url: str) -> None:
    """Apply every migration that is missing, in one transaction.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be reached or refused a step; nothing was changed.
    """
    make_folder_of(make_url(url))
    engine = create_async_engine(url)
    is_sqlite = engine.dialect.name == "sqlite"
    if is_sqlite:

        @event.listens_for(engine.sync_engine, "connect")
        def leave_transactions_to_us(connection: object, _record: object) -> None:
            connection.isolation_level = None  # type: ignore[attr-defined]

        @event.listens_for(engine.sync_engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    try:
        async with engine.begin() as connection:
            if not is_sqlite:
                await connection.execute(
                    text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock_key("migrate")}
                )
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    if _revision_of(connection) == newest_revision():
        return
    from alembic import command

    command.upgrade(alembic_config(connection), "head")


def newest_revision() -> str:
    """The revision no other one follows, read from the files themselves.

    Raises:
        ValueError: two revisions are the newest: somebody has to merge them.
    """
    files = [path.read_text() for path in (MIGRATIONS_DIR / "versions").glob("*.py")]
    revisions = {found[1] for text in files if (found := _REVISION.search(text))}
    followed = {found[1] for text in files if (found := _DOWN_REVISION.search(text))}
    (newest,) = revisions - followed
    return newest


_REVISION = re.compile(r'^revision = "(\w+)"', re.MULTILINE)
_DOWN_REVISION = re.compile(r'^down_revision = "(\w+)"', re.MULTILINE)


def _revision_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
