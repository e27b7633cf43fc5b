"""Bringing a database to the newest schema. Safe to start on several nodes at once.

All missing steps are one transaction under a lock: either all of them are taken or none. The database is copied
before.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from asisso.db.copies import copy_beside, dump_into
from asisso.db.engine import lock_key, make_folder_of
from asisso.errors import ConfigurationError

if TYPE_CHECKING:
    from alembic.config import Config

log = structlog.get_logger(__name__)

MIGRATIONS_DIR = Path(__file__).parent / "migrations"
WAIT_FOR_ANOTHER_S = 300
"""How long a process waits for another one that migrates the same database."""

# Alembic is loaded only where something has to be migrated: it would be a tenth of every start.


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, working on an open connection where one is given."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_DIR))
    if connection is not None:
        config.attributes["connection"] = connection
    return config


async def upgrade(url: str, *, dumps: Path | None = None) -> None:
    """Apply every migration that is missing, in one transaction.

    Args:
        dumps: the folder a PostgreSQL is dumped into before; without one it is not. A SQLite file is copied always.

    Raises:
        ConfigurationError: the database is a newer program's, could not be copied, or refused a step. Nothing
            was changed, and the message says what to do.
        sqlalchemy.exc.SQLAlchemyError: it cannot be reached.
    """
    make_folder_of(make_url(url))
    engine = _engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade, dumps)
    finally:
        await engine.dispose()


def _engine(url: str) -> AsyncEngine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_async_engine(url)
    engine = create_async_engine(url, connect_args={"timeout": WAIT_FOR_ANOTHER_S})

    @event.listens_for(engine.sync_engine, "connect")
    def leave_transactions_to_us(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _upgrade(connection: Connection, dumps: Path | None) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT_FOR_ANOTHER_S}s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock_key("migrate")})
    found, newest = _revision_of(connection), newest_revision()
    if found == newest:
        return
    if found is not None:
        _refuse_unknown(found)
        log.info("migrating the database", from_revision=found, to_revision=newest)
    copy = _copy(connection.engine.url, found, dumps) if found else None
    from alembic import command
    from alembic.util import CommandError

    try:
        command.upgrade(alembic_config(connection), "head")
    except (SQLAlchemyError, CommandError) as error:
        raise _failed(found, error, copy) from error


def _refuse_unknown(revision: str) -> None:
    if revision not in _revisions():
        raise ConfigurationError(
            f"This database was written by a newer version of Asisso (revision {revision}). Start that version, "
            "or put back the copy of the database that was made before it was migrated."
        )


def _copy(url: URL, revision: str, dumps: Path | None) -> Path | None:
    if url.get_backend_name() == "sqlite":
        copy = copy_beside(Path(url.database), revision) if url.database else None
    else:
        copy = dump_into(dumps, url, revision) if dumps else None
    if copy is not None:
        log.info("copied the database before migrating it", copy=str(copy))
    else:
        log.warning("the database is migrated without a copy: there is no pg_dump here, or none was wanted")
    return copy


def _failed(found: str | None, error: Exception, copy: Path | None) -> ConfigurationError:
    cause = error.orig if isinstance(error, DBAPIError) else error
    reason = str(cause).partition("\n")[0]
    where = f" A copy of it lies at {copy}." if copy else ""
    return ConfigurationError(
        f"The database could not be migrated from revision {found or 'none'}: {reason}. Nothing in it was changed: "
        f"start the version you had before, and report this line.{where}"
    )


def newest_revision() -> str:
    """The revision no other one follows, read from the files themselves.

    Raises:
        ValueError: two revisions are the newest: somebody has to merge them.
    """
    revisions = _revisions()
    (newest,) = revisions.keys() - set(revisions.values())
    return newest


def _revisions() -> dict[str, str | None]:
    """Every revision, with the one it follows."""
    files = [path.read_text() for path in (MIGRATIONS_DIR / "versions").glob("*.py")]
    followed = {text: found[1] for text in files if (found := _DOWN_REVISION.search(text))}
    return {found[1]: followed.get(text) for text in files if (found := _REVISION.search(text))}


_REVISION = re.compile(r'^revision = "(\w+)"', re.MULTILINE)
_DOWN_REVISION = re.compile(r'^down_revision = "(\w+)"', re.MULTILINE)


def _revision_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
