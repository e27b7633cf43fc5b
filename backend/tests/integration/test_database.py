"""Units of work and column types, on both databases."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlmodel import col, select, update

from asisso.db import sqlite
from asisso.db.engine import Database, after_commit
from asisso.db.models import (
    ApiKey,
    Direction,
    Organization,
    Role,
    RunState,
    WorkflowRun,
)

pytestmark = pytest.mark.integration


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


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

    async def test_writers_with_a_lock_wait_for_each_other(self, database: Database) -> None:
        async with database.session() as session:
            organization = Organization(name="Acme", monthly_minutes=0)
            session.add(organization)

        async def count_up() -> None:
            async with database.session() as session:
                await database.lock(session, "counting")
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


class TestCrowd:
    """Sixty writers at once, and readers between them."""

    WRITERS = 60
    TIMES = 5

    async def test_every_writer_gets_its_turn_and_nothing_is_lost(self, database: Database) -> None:
        begun: list[int] = []

        async def write(number: int) -> None:
            for time in range(self.TIMES):
                async with database.session() as session:
                    session.add(Organization(name=f"{number}-{time}"))
                    await session.flush()
                    begun.append(number)
                await _names(database)

        async with asyncio.timeout(30):
            await asyncio.gather(*(write(number) for number in range(self.WRITERS)))
        assert len(await _names(database)) == self.WRITERS * self.TIMES
        if database.is_sqlite:
            assert begun[: self.WRITERS] == list(range(self.WRITERS)), "first come, first served"

    async def test_reading_goes_on_while_writers_queue_up(self, database: Database) -> None:
        may_end = asyncio.Event()

        async def write(number: int) -> None:
            async with database.session() as session:
                await database.lock(session, "queue")
                session.add(Organization(name=str(number)))
                await session.flush()
                await may_end.wait()

        writing = [asyncio.create_task(write(number)) for number in range(9)]
        await asyncio.sleep(0.1)
        async with asyncio.timeout(2):
            assert await _names(database) == []
        may_end.set()
        await asyncio.gather(*writing)
        assert len(await _names(database)) == 9

    async def test_writer_that_gives_up_waiting_takes_nobodys_turn(self, database: Database) -> None:
        async with database.session() as session:
            session.add(Organization(name="first"))
            await session.flush()
            waiting = asyncio.create_task(_add(database, Organization(name="cancelled")))
            await asyncio.sleep(0.05)
            waiting.cancel()
            await asyncio.wait([waiting])
        async with asyncio.timeout(5):
            await _add(database, Organization(name="second"))
        assert {"first", "second"} <= set(await _names(database))


class TestSqliteWriter:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    async def test_every_commit_reaches_the_disk(self, database: Database) -> None:
        # A killed process can't tell FULL (2) from NORMAL (1), a power cut can.
        async with database.session() as session:
            connection = await session.connection()
            assert (await connection.execute(text("PRAGMA synchronous"))).scalar() == 2

    async def test_turn_that_does_not_come_is_an_error_and_the_next_one_is_free(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sqlite, "TURN_TIMEOUT_S", 0.05)
        async with database.session() as session:
            session.add(Organization(name="slow"))
            await session.flush()
            with pytest.raises(NoConnection, match="no turn to write"):
                await _add(database, Organization(name="too late"))
        await _add(database, Organization(name="in time"))
        assert sorted(await _names(database)) == ["in time", "slow"]

    async def test_another_process_that_holds_the_lock_is_waited_for(self, database: Database) -> None:
        await _add(database, Organization(name="before"))
        with closing(sqlite3.connect(database.url.database or "", isolation_level=None)) as shell:
            shell.execute("BEGIN IMMEDIATE")
            writing = [asyncio.create_task(_add(database, Organization(name=str(n)))) for n in range(5)]
            await asyncio.sleep(0.3)
            assert not any(task.done() for task in writing)
            shell.execute("COMMIT")
        await asyncio.gather(*writing)
        assert len(await _names(database)) == 6


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
