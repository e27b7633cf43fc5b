"""An older volume under a newer image, and a backup put back, by the commands of docs/operations.md."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from containerlab.composition import Composition, eventually
from containerlab.engine import Engine, run

pytestmark = [pytest.mark.containers, pytest.mark.timeout(300)]

FIRST_REVISION = "d14f5b8fec63"
DATABASE_TIMEOUT_S = 60.0

FIRST_RELEASE = f"""
import asyncio
from alembic import command
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from asisso.db.migrate import alembic_config
from asisso.settings import load_settings

async def main():
    engine = create_async_engine(load_settings().effective_database_url)
    async with engine.begin() as connection:
        await connection.run_sync(lambda c: command.upgrade(alembic_config(c), "{FIRST_REVISION}"))
        await connection.execute(text(
            "INSERT INTO organization (id, name, created_at, updated_at) VALUES ('o1', 'Old and kept', now(), now())"
        ))

asyncio.run(main())
"""


@pytest.fixture
def database(built: Composition, engine: Engine) -> Iterator[Composition]:
    other = Composition(engine)
    try:
        other.compose("up", "--detach", "--no-build", "db")
        eventually(
            lambda: other.inspect("db")["State"]["Health"]["Status"],
            lambda status: status == "healthy",
            "the database",
            DATABASE_TIMEOUT_S,
        )
        yield other
    finally:
        other.compose("down", "--volumes", "--timeout", "20")


def organizations(composition: Composition) -> str:
    query = "SELECT string_agg(name, ',') FROM organization"
    return composition.engine.docker(
        "exec", composition.container("db"), "psql", "-U", "asisso", "-Atc", query
    ).strip()


def test_an_older_volume_is_dumped_and_migrated(database: Composition) -> None:
    database.compose("run", "--rm", "--no-deps", "--entrypoint", "python", "migrate", "-c", FIRST_RELEASE)
    database.compose("run", "--rm", "--no-deps", "migrate")
    listed = database.compose("run", "--rm", "--no-deps", "--entrypoint", "ls", "migrate", "/data/dumps")
    (dump,) = listed.split()
    assert dump.endswith(f"-{FIRST_REVISION}.dump")
    assert organizations(database) == "Old and kept"


def test_a_backup_can_be_put_back(database: Composition) -> None:
    database.compose("run", "--rm", "--no-deps", "migrate")
    container, environment = database.container("db"), database.engine.environment
    psql = ("docker", "exec", container, "psql", "-U", "asisso", "-c")
    run((*psql, "INSERT INTO organization (id, name, created_at, updated_at) VALUES ('o1', 'Kept', now(), now())"),
        environment=environment)  # fmt: skip
    dump = run_bytes(database, "pg_dump", "-U", "asisso", "-Fc", "asisso")
    run((*psql, "DROP SCHEMA public CASCADE; CREATE SCHEMA public"), environment=environment)
    restore = (
        "docker",
        "exec",
        "-i",
        container,
        "pg_restore",
        "-U",
        "asisso",
        "-d",
        "asisso",
        "--clean",
        "--if-exists",
    )
    run(restore, environment=environment, stdin=dump)
    assert organizations(database) == "Kept"


def run_bytes(composition: Composition, *command: str) -> bytes:
    """What a command in the database's container printed, as it is."""
    done = subprocess.run(
        ["docker", "exec", composition.container("db"), *command],
        env=composition.engine.environment,
        capture_output=True,
        check=True,
    )
    return done.stdout
