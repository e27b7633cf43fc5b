"""Migrations on both databases: from nothing, from the first release with its data, and when they go wrong."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from asisso.app import create_app
from asisso.db import copies
from asisso.db.migrate import alembic_config, newest_revision, upgrade
from asisso.errors import ConfigurationError
from asisso.security import Passwords
from asisso.settings import Settings
from bench.postgresql import PostgresqlServer, find_binaries
from tests.conftest import BASE_URL, PASSWORD
from tests.databases import KINDS
from tests.fakes.telephony import FakeTelephony
from tests.integration import first_release
from tests.integration.first_release import ROWS

pytestmark = pytest.mark.integration

(ENDED_RUN, _) = ROWS["workflow_run"]


@pytest.fixture(params=KINDS)
def new_url(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[str]:
    """A database with nothing in it, on each kind."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{data_dir / 'asisso.db'}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    url = server.create_database()
    yield url
    server.drop_database(url)


@pytest.fixture
def sqlite_file(data_dir: Path) -> Path:
    return data_dir / "asisso.db"


async def revision_of(url: str) -> str | None:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()
    await engine.dispose()
    return found


async def run_sync(url: str, work: object) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(work)  # type: ignore[arg-type]
    await engine.dispose()


async def test_models_and_migrations_agree(new_url: str) -> None:
    await upgrade(new_url)
    await run_sync(new_url, lambda connection: command.check(alembic_config(connection)))


def test_the_newest_revision_is_alembics_head() -> None:
    assert newest_revision() == ScriptDirectory.from_config(alembic_config()).get_current_head()


async def test_every_step_can_be_taken_back(new_url: str) -> None:
    def down_and_up(connection: Connection) -> None:
        command.downgrade(alembic_config(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
        command.upgrade(alembic_config(connection), "head")

    await upgrade(new_url)
    await run_sync(new_url, down_and_up)


async def test_several_nodes_may_migrate_at_once(new_url: str) -> None:
    await first_release.make_database(new_url)
    await asyncio.gather(*(upgrade(new_url) for _ in range(4)))
    assert await revision_of(new_url) == newest_revision()


async def test_what_the_first_release_wrote_is_served(
    new_url: str, data_dir: Path, passwords: Passwords
) -> None:
    await first_release.make_database(new_url)
    async with served(new_url, data_dir, passwords) as client:
        login = {"email": "admin@acme.test", "password": PASSWORD}
        assert (await client.post("/api/v1/auth/login", json=login)).status_code == 200
        (configuration,) = (await client.get("/api/v1/telephony-configurations")).json()["items"]
        assert configuration["name"] == "Office"
        assert (configuration["on_failure"], configuration["channel_variables"]) == ("refuse", [])
        path = f"/api/v1/telephony-configurations/{configuration['id']}"
        files = (await client.get(f"{path}/asterisk-config")).text
        assert "a-password-for-media" in files, "the stored passwords open"
        (number,) = (await client.get(f"{path}/phone-numbers")).json()["items"]
        assert number["address"] == "8000"
        (workflow,) = (await client.get("/api/v1/workflows")).json()["items"]
        assert workflow["definition"] == ROWS["workflow"][0]["definition"]
        assert workflow["has_unpublished_changes"] is False
        listed = (await client.get("/api/v1/runs")).json()["items"]
        assert [run["outcome"] for run in listed] == ["refused_no_number", "caller_hung_up"]
        run = (await client.get(f"/api/v1/runs/{ENDED_RUN['id']}")).json()
        assert [turn["text"] for turn in run["transcript"]] == ["Hello there.", "Goodbye."]
        assert run["answered_at"] == "2026-11-22T22:31:01Z"
        timeline = (await client.get(f"/api/v1/runs/{ENDED_RUN['id']}/timeline")).json()["items"]
        assert [event["kind"] for event in timeline] == ["arrived", "ended"]


async def test_credentials_of_the_first_release_keep_working(
    new_url: str, data_dir: Path, passwords: Passwords
) -> None:
    await first_release.make_database(new_url)
    async with served(new_url, data_dir, passwords) as client:
        program = {"X-API-Key": first_release.API_KEY}
        assert (await client.get("/api/v1/auth/me", headers=program)).json()["role"] == "operator"
        browser = {"Cookie": "asisso_session=a-session-of-the-first-release"}
        assert (await client.get("/api/v1/auth/me", headers=browser)).json()["role"] == "admin"


@asynccontextmanager
async def served(url: str, data_dir: Path, passwords: Passwords) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(
        data_dir=data_dir,
        database_url=url,
        secret_key=SecretStr(first_release.SECRET_KEY),
        public_url=BASE_URL,
    )
    app = create_app(settings, telephony=FakeTelephony().running, passwords=passwords)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client,
    ):
        yield client


async def test_database_of_a_newer_program_is_left_alone(new_url: str) -> None:
    await upgrade(new_url)
    newer = text("UPDATE alembic_version SET version_num = 'fffffffffff0'")
    await run_sync(new_url, lambda connection: connection.execute(newer))
    with pytest.raises(
        ConfigurationError, match=r"newer version of Asisso \(revision fffffffffff0\)"
    ) as told:
        await upgrade(new_url)
    assert "\n" not in told.value.detail
    assert await revision_of(new_url) == "fffffffffff0"


async def test_failed_migration_changes_nothing_and_says_what_to_do(
    new_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await first_release.make_database(new_url)

    def upgrade_and_fail(config: object, revision: str) -> None:
        connection: Connection = config.attributes["connection"]  # type: ignore[attr-defined]
        real_upgrade(config, revision)  # type: ignore[arg-type]
        connection.execute(text("INSERT INTO organization (id) VALUES ('half of a row')"))

    real_upgrade = command.upgrade
    monkeypatch.setattr(command, "upgrade", upgrade_and_fail)
    with pytest.raises(ConfigurationError, match=r"could not be migrated.*Nothing in it was changed") as told:
        await upgrade(new_url)
    assert "\n" not in told.value.detail
    assert await revision_of(new_url) == first_release.REVISION

    monkeypatch.undo()
    await upgrade(new_url)
    assert await revision_of(new_url) == newest_revision()


class TestCopy:
    async def test_old_database_is_copied_before_it_is_migrated(self, sqlite_file: Path) -> None:
        url = f"sqlite+aiosqlite:///{sqlite_file}"
        await first_release.make_database(url)
        await asyncio.gather(*(upgrade(url) for _ in range(3)))
        (copy,) = copies.copies_of(sqlite_file)
        assert copy.name.endswith(f"-{first_release.REVISION}.db")
        assert copy.stat().st_mode & 0o077 == 0
        assert await revision_of(f"sqlite+aiosqlite:///{copy}") == first_release.REVISION
        assert names_in(copy) == ["Office"]
        await upgrade(f"sqlite+aiosqlite:///{copy}")

    async def test_new_and_migrated_databases_are_not_copied(self, sqlite_file: Path) -> None:
        for _ in range(2):
            await upgrade(f"sqlite+aiosqlite:///{sqlite_file}")
        assert copies.copies_of(sqlite_file) == []

    async def test_what_is_not_yet_in_the_file_itself_is_copied_too(self, sqlite_file: Path) -> None:
        await first_release.make_database(f"sqlite+aiosqlite:///{sqlite_file}")
        with closing(sqlite3.connect(sqlite_file, isolation_level=None)) as writer:
            writer.execute("PRAGMA journal_mode=WAL")
            writer.execute("UPDATE telephony_configuration SET name = 'in the log'")
            copy = copies.copy_beside(sqlite_file, "old")
        assert names_in(copy) == ["in the log"]

    def test_newest_few_are_kept_one_of_each_revision(self, sqlite_file: Path) -> None:
        with closing(sqlite3.connect(sqlite_file)) as connection:
            connection.execute("VACUUM")
        for revision in ("a", "b", "b", "c", "d"):
            copies.copy_beside(sqlite_file, revision)
        kept = [copy.stem.rpartition("-")[2] for copy in copies.copies_of(sqlite_file)]
        assert kept == ["b", "c", "d"]

    async def test_without_a_copy_nothing_is_migrated(
        self, sqlite_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = f"sqlite+aiosqlite:///{sqlite_file}"
        await first_release.make_database(url)

        def full(_source: Path, target: Path) -> None:
            target.write_bytes(b"half")
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(copies, "_copy", full)
        with pytest.raises(ConfigurationError, match="No space left on device"):
            await upgrade(url)
        assert await revision_of(url) == first_release.REVISION
        assert list(sqlite_file.parent.glob("*.part")) == []


class TestDump:
    async def test_old_postgresql_is_dumped_before_it_is_migrated(
        self, postgresql: PostgresqlServer, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", f"{find_binaries()}:{os.environ['PATH']}")
        url, dumps = postgresql.create_database(), data_dir / "dumps"
        await first_release.make_database(url)
        await asyncio.gather(*(upgrade(url, dumps=dumps) for _ in range(3)))
        (dump,) = dumps.iterdir()
        assert dump.name.endswith(f"-{first_release.REVISION}.dump")
        assert dump.stat().st_mode & 0o077 == 0
        restored = postgresql.create_database()
        target = make_url(restored).set(drivername="postgresql").render_as_string(hide_password=False)
        await asyncio.to_thread(
            subprocess.run, ["pg_restore", "--no-owner", f"--dbname={target}", str(dump)], check=True
        )
        assert await revision_of(restored) == first_release.REVISION
        for made in (url, restored):
            postgresql.drop_database(made)

    async def test_without_a_dump_nothing_is_migrated(
        self, postgresql: PostgresqlServer, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        broken = data_dir / "pg_dump"
        broken.write_text("#!/bin/sh\necho 'server version mismatch' >&2\nexit 1\n")
        broken.chmod(0o755)
        monkeypatch.setenv("PATH", f"{data_dir}:{os.environ['PATH']}")
        url = postgresql.create_database()
        await first_release.make_database(url)
        with pytest.raises(ConfigurationError, match=r"server version mismatch.*--without-copy"):
            await upgrade(url, dumps=data_dir / "dumps")
        assert await revision_of(url) == first_release.REVISION
        assert list((data_dir / "dumps").iterdir()) == []
        postgresql.drop_database(url)


def names_in(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT name FROM telephony_configuration")]
