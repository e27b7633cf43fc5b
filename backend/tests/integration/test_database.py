"""Migrations and units of work, on a file of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import col, select, update

from asisso.db.engine import Database, after_commit
from asisso.db.migrate import alembic_config, newest_revision, upgrade
from asisso.db.models import (
    ApiKey,
    Direction,
    OnFailure,
    Organization,
    Role,
    RunState,
    TelephonyConfiguration,
    WorkflowRun,
)

pytestmark = pytest.mark.integration


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'folder' / 'asisso.db'}"
    await upgrade(url)
    database = Database(url)
    yield database
    await database.close()


class TestMigrations:
    async def test_models_and_migrations_agree(self, database: Database) -> None:
        def check(connection: Connection) -> None:
            command.check(alembic_config(connection))

        engine = create_async_engine(database.url)
        async with engine.connect() as connection:
            await connection.run_sync(check)
        await engine.dispose()

    def test_the_newest_revision_is_alembics_head(self) -> None:
        assert newest_revision() == ScriptDirectory.from_config(alembic_config()).get_current_head()

    async def test_configurations_of_the_release_before_keep_working(self, tmp_path: Path) -> None:
        url = f"sqlite+aiosqlite:///{tmp_path / 'asisso.db'}"
        engine = create_async_engine(url)

        def begin_with_the_first_release(connection: Connection) -> None:
            command.upgrade(alembic_config(connection), "d14f5b8fec63")
            connection.execute(
                text("INSERT INTO organization VALUES ('o', '2026-01-01', '2026-01-01', 'Acme', 1, 1)")
            )
            connection.execute(
                text(
                    "INSERT INTO telephony_configuration (id, created_at, updated_at, organization_id, name, provider,"
                    " ari_endpoint, app_name, app_password_encrypted, ws_client_name, from_extensions,"
                    " is_default_outbound, is_enabled, media_format, dial_template, ring_timeout_s,"
                    " require_media_credentials, media_username, media_password_encrypted) VALUES ('c', '2026-01-01',"
                    " '2026-01-01', 'o', 'PBX', 'ari', 'http://pbx', 'app', '', '', '[]', 0, 1, 'slin16',"
                    " 'PJSIP/{number}', 30, 0, 'u', '')"
                )
            )

        async with engine.begin() as connection:
            await connection.run_sync(begin_with_the_first_release)
        await engine.dispose()
        await upgrade(url)
        database = Database(url)
        async with database.read_session() as session:
            row = (await session.exec(select(TelephonyConfiguration))).one()
        await database.close()
        assert (row.on_failure, row.channel_variables, row.sip_headers) == (OnFailure.REFUSE, [], [])

    async def test_several_processes_may_migrate_at_once(self, tmp_path: Path) -> None:
        url = f"sqlite+aiosqlite:///{tmp_path / 'asisso.db'}"
        await asyncio.gather(*(upgrade(url) for _ in range(3)))

    async def test_every_step_can_be_taken_back(self, database: Database) -> None:
        def down_and_up(connection: Connection) -> None:
            command.downgrade(alembic_config(connection), "base")
            command.upgrade(alembic_config(connection), "head")

        engine = create_async_engine(database.url)
        async with engine.begin() as connection:
            await connection.run_sync(down_and_up)
        await engine.dispose()


class TestUnitOfWork:
    async def test_work_is_kept_at_the_end_of_the_block(self, database: Database) -> None:
        told: list[str] = []
        async with database.session() as session:
            session.add(Organization(name="Acme"))
            after_commit(session, lambda: told.append("committed"))
            assert told == []
        assert told == ["committed"]
        assert await _names(database) == ["Acme"]

    async def test_work_is_forgotten_on_an_error(self, database: Database) -> None:
        told: list[str] = []
        with pytest.raises(LookupError):
            await _break_off(database, told)
        assert told == []
        assert await _names(database) == []

    async def test_writers_wait_for_each_other(self, database: Database) -> None:
        async with database.session() as session:
            organization = Organization(name="Acme", monthly_minutes=0)
            session.add(organization)

        async def count_up() -> None:
            async with database.session() as session:
                row = await session.get_one(Organization, organization.id)
                await asyncio.sleep(0)
                row.monthly_minutes = (row.monthly_minutes or 0) + 1

        await asyncio.gather(*(count_up() for _ in range(8)))
        async with database.read_session() as session:
            assert (await session.get_one(Organization, organization.id)).monthly_minutes == 8

    async def test_reading_goes_on_while_somebody_writes(self, database: Database) -> None:
        async with database.session() as session:
            session.add(Organization(name="Acme"))
            await session.flush()
            assert await _names(database) == []

    async def test_what_was_changed_in_a_read_session_is_thrown_away(self, database: Database) -> None:
        async with database.read_session() as session:
            session.add(Organization(name="Acme"))
            await session.flush()
        assert await _names(database) == []

    async def test_foreign_keys_are_enforced(self, database: Database) -> None:
        key = ApiKey(organization_id="nobody", name="x", role=Role.ADMIN, key_hash="h", key_prefix="p")
        with pytest.raises(IntegrityError):
            await _add(database, key)


class TestTypes:
    async def test_times_come_back_in_utc(self, database: Database) -> None:
        berlin = timezone(timedelta(hours=2))
        created_at = datetime(2026, 5, 1, 14, 0, 0, 123456, tzinfo=berlin)
        await _add(database, Organization(name="Acme", created_at=created_at))
        async with database.read_session() as session:
            stored = (await session.exec(select(Organization.created_at))).one()
        assert stored == created_at
        assert stored.tzinfo is UTC

    async def test_time_without_a_zone_is_refused(self, database: Database) -> None:
        naive = datetime(2026, 5, 1)  # noqa: DTZ001
        with pytest.raises(StatementError, match="without a zone"):
            await _add(database, Organization(name="Acme", created_at=naive))

    async def test_enums_come_back_as_members_and_are_stored_as_text(self, database: Database) -> None:
        async with database.session() as session:
            organization = Organization(name="Acme")
            session.add(organization)
            await session.flush()
            session.add(WorkflowRun(organization_id=organization.id, direction=Direction.INBOUND))
        async with database.session() as session:
            await session.exec(update(WorkflowRun).values(state="completed"))
        async with database.read_session() as session:
            statement = select(WorkflowRun).where(col(WorkflowRun.state) == RunState.COMPLETED)
            run = (await session.exec(statement)).one()
        assert run.state is RunState.COMPLETED
        assert run.hangup_cause is None


async def _add(database: Database, row: Organization | ApiKey) -> None:
    async with database.session() as session:
        session.add(row)


async def _break_off(database: Database, told: list[str]) -> None:
    async with database.session() as session:
        session.add(Organization(name="Acme"))
        await session.flush()
        after_commit(session, lambda: told.append("committed"))
        raise LookupError


async def _names(database: Database) -> list[str]:
    async with database.read_session() as session:
        return list((await session.exec(select(Organization.name))).all())
