"""A run's end is written whatever goes wrong: in the database, in the log, in the agent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import numpy as np
import pytest
from sqlmodel import select

from asisso.agents.agent import Agent, AgentEnd, Line
from asisso.agents.call_settings import Phrases
from asisso.agents.echo import EchoAgent
from asisso.api.state import AppState
from asisso.asterisk.ari.rest import AriAddress, AriClient
from asisso.audio.frame import Pcm
from asisso.calls.admission import admit
from asisso.calls.journal import Journal
from asisso.calls.log import CallLog
from asisso.calls.machine import Finish, OperatorHungUp
from asisso.calls.plan import AgentPlan, CallServices
from asisso.calls.route import Arrival
from asisso.calls.runs import RunEnd, RunWriter
from asisso.calls.session import CallSession
from asisso.calls.start import Inbound
from asisso.db.engine import Database
from asisso.db.models import RunTurn, WorkflowRun
from asisso.vocabulary import EndedBy, Outcome, RunState
from tests.integration.test_routing import a_configuration

pytestmark = pytest.mark.integration

ENDED = RunEnd(Finish(Outcome.CALLER_HUNG_UP, EndedBy.CALLER, None))


class FailingDatabase:
    """The test's database, whose next sessions fail."""

    def __init__(self, database: Database, failures: int) -> None:
        self._database = database
        self.changes = database.changes
        self.failures = failures
        self.sessions = 0

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Any]:
        self.sessions += 1
        if self.failures:
            self.failures -= 1
            raise OSError("the disk is away")
        async with self._database.session() as session:
            yield session


async def a_run(state: AppState, channel_id: str = "1.1") -> WorkflowRun:
    configuration_id = await a_configuration(state, "8000")
    admission = await admit(
        state.database, Arrival(configuration_id, channel_id, "1", "", "8000", {}), node="n", no_capacity=None
    )
    assert admission is not None
    return await the_run(state, admission.run_id)


async def the_run(state: AppState, run_id: str) -> WorkflowRun:
    async with state.database.read_session() as session:
        run = await session.get(WorkflowRun, run_id)
    assert run is not None
    return run


async def words_of(state: AppState, run_id: str) -> list[str]:
    async with state.database.read_session() as session:
        return [t.text for t in (await session.exec(select(RunTurn).where(RunTurn.run_id == run_id))).all()]


class TestWriting:
    async def test_an_answer_the_database_missed_is_written_the_next_time(self, state: AppState) -> None:
        run, log = await a_run(state), CallLog()
        writer = RunWriter(cast("Database", FailingDatabase(state.database, 1)), run.id, log)
        log.caller_said("Hello.", 0, 1)
        writer.answered()
        await writer.write()
        assert (await the_run(state, run.id)).state is RunState.RINGING
        await writer.write()
        assert (await the_run(state, run.id)).state is RunState.IN_PROGRESS
        assert await words_of(state, run.id) == ["Hello."]

    async def test_a_log_that_cannot_be_stored_does_not_keep_the_run_open(self, state: AppState) -> None:
        run, log = await a_run(state), CallLog()
        log.note("once")
        batch = log.take()
        log.give_back(batch)
        writer = RunWriter(state.database, run.id, log)
        await writer.write()
        log.give_back(batch)  # the same positions again: no row of it can be stored
        await writer.finish(ENDED)
        assert (await the_run(state, run.id)).state is RunState.COMPLETED

    async def test_an_end_after_an_unwritten_answer_stays_the_end(self, state: AppState) -> None:
        run, log = await a_run(state), CallLog()
        database = FailingDatabase(state.database, 2)
        writer = RunWriter(cast("Database", database), run.id, log)
        log.note("something")
        writer.answered()
        await writer.write()
        await writer.finish(ENDED)
        ended = await the_run(state, run.id)
        assert (ended.state, ended.outcome) == (RunState.COMPLETED, Outcome.CALLER_HUNG_UP)
        assert ended.answered_at is not None


class TestJournal:
    async def test_all_calls_are_written_in_one_transaction(self, state: AppState) -> None:
        database = FailingDatabase(state.database, 0)
        journal, runs = Journal(cast("Database", database)), [await a_run(state, f"1.{n}") for n in range(3)]
        for run in runs:
            log = CallLog()
            writer = RunWriter(cast("Database", database), run.id, log)
            log.caller_said("Hello.", 0, 1)
            writer.answered()
            journal.add(writer)
        await journal.write()
        assert database.sessions == 1
        for run in runs:
            assert (await the_run(state, run.id)).state is RunState.IN_PROGRESS
            assert await words_of(state, run.id) == ["Hello."]

    async def test_a_log_that_cannot_be_stored_keeps_no_other_back(self, state: AppState) -> None:
        journal, runs = Journal(state.database), [await a_run(state, f"1.{n}") for n in range(2)]
        logs = [CallLog(), CallLog()]
        for run, log in zip(runs, logs, strict=True):
            log.note("once")
            journal.add(RunWriter(state.database, run.id, log))
        batch = logs[0].take()
        logs[0].give_back(batch)
        await journal.write()
        logs[0].give_back(batch)  # the same positions again: no row of it can be stored
        logs[1].caller_said("Hello.", 0, 1)
        await journal.write()
        assert await words_of(state, runs[1].id) == ["Hello."]

    async def test_what_could_not_be_written_is_written_the_next_time(self, state: AppState) -> None:
        run, log = await a_run(state), CallLog()
        database = cast("Database", FailingDatabase(state.database, 1))
        journal = Journal(database)
        writer = RunWriter(database, run.id, log)
        journal.add(writer)
        log.caller_said("Hello.", 0, 1)
        await journal.write()
        assert await words_of(state, run.id) == []
        await journal.write()
        assert await words_of(state, run.id) == ["Hello."]

    async def test_a_removed_call_is_left_to_itself(self, state: AppState) -> None:
        run, log = await a_run(state), CallLog()
        journal, writer = Journal(state.database), RunWriter(state.database, run.id, log)
        journal.add(writer)
        await journal.remove(writer)
        log.caller_said("Hello.", 0, 1)
        await journal.write()
        assert await words_of(state, run.id) == []


class TestAdmission:
    async def test_a_database_that_is_away_for_a_moment_makes_the_caller_wait(
        self, state: AppState, tmp_path: Path
    ) -> None:
        database = FailingDatabase(state.database, 2)
        run = await end_of_a_call(
            state,
            tmp_path,
            lambda *_: a_plan(EchoAgent(), is_recorded=False),
            hang_up=True,
            database=database,
        )
        assert run.outcome is Outcome.CANCELED

    async def test_a_call_that_was_refused_without_a_database_is_recorded_later(
        self, state: AppState, tmp_path: Path
    ) -> None:
        database = FailingDatabase(state.database, 4)
        run = await end_of_a_call(
            state, tmp_path, lambda *_: a_plan(EchoAgent(), is_recorded=False), database=database
        )
        assert run.outcome is Outcome.REFUSED_CAPACITY
        assert "database" in (run.detail or "")


class BrokenAgent(EchoAgent):
    """An agent with bugs: it can neither be prepared nor closed."""

    async def prepare(self) -> None:
        raise RuntimeError("a bug in prepare")

    async def converse(self, line: Line) -> AgentEnd:
        raise RuntimeError("a bug in converse")

    async def close(self) -> None:
        raise RuntimeError("a bug in close")


async def speak(_text: str) -> Pcm:
    return np.zeros(320, np.int16)


def a_plan(agent: Agent, *, is_recorded: bool) -> AgentPlan:
    return AgentPlan(
        agent,
        60,
        is_recorded=is_recorded,
        silence_timeout_s=0,
        greeting_delay_ms=0,
        phrases=Phrases(),
        speak=speak,
    )


async def end_of_a_call(
    state: AppState,
    folder: Path,
    plan_agent: Callable[..., AgentPlan],
    *,
    hang_up: bool = False,
    database: FailingDatabase | None = None,
) -> WorkflowRun:
    """Run a session against a PBX that says yes to everything, and give its run."""
    configuration_id = await a_configuration(state, "8000")
    ari = AriClient(
        AriAddress("http://pbx", "u", "p"),
        transport=httpx.MockTransport(lambda _: httpx.Response(200, json={})),
    )
    journal = Journal(state.database)
    with ThreadPoolExecutor(1) as disk:
        used = cast("Database", database or state.database)
        services = CallServices(used, journal, state.directory, plan_agent, folder, disk, "n", lambda: None)
        arrival = Arrival(configuration_id, "1.1", "1", "", "8000", {})
        async with ari:
            session = CallSession(services, ari, "app", Inbound(arrival, is_answered=False))
            if hang_up:
                session.post(OperatorHungUp())
            async with asyncio.timeout(10):
                await session.run()
    assert len(state.directory) == 0
    async with state.database.read_session() as rows:
        return (await rows.exec(select(WorkflowRun).where(WorkflowRun.channel_id == "1.1"))).one()


class TestBugs:
    async def test_an_agent_that_breaks_everywhere_leaves_a_finished_run(
        self, state: AppState, tmp_path: Path
    ) -> None:
        run = await end_of_a_call(state, tmp_path, lambda *_: a_plan(BrokenAgent(), is_recorded=True))
        assert (run.state, run.outcome) == (RunState.COMPLETED, Outcome.FAILED)
        assert "internal error" in (run.detail or "")

    async def test_a_bug_before_the_call_is_set_up_leaves_a_finished_run(
        self, state: AppState, tmp_path: Path
    ) -> None:
        def broken(*_: object) -> AgentPlan:
            raise RuntimeError("a bug in planning")

        run = await end_of_a_call(state, tmp_path, broken)
        assert (run.state, run.outcome) == (RunState.COMPLETED, Outcome.FAILED)

    async def test_a_bug_amid_the_call_is_called_one_and_no_stopping_of_the_server(
        self, state: AppState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> None:
            raise RuntimeError("a bug in doing what the rules want")

        monkeypatch.setattr("asisso.calls.active_call.ActiveCall.do", broken)
        run = await end_of_a_call(state, tmp_path, lambda *_: a_plan(EchoAgent(), is_recorded=False))
        assert (run.outcome, run.ended_by) == (Outcome.FAILED, "system")
        assert "internal error" in (run.detail or "")

    async def test_a_good_ending_keeps_its_outcome_although_closing_fails(
        self, state: AppState, tmp_path: Path
    ) -> None:
        class Unclosable(EchoAgent):
            async def close(self) -> None:
                raise RuntimeError("a bug in close")

        run = await end_of_a_call(
            state, tmp_path, lambda *_: a_plan(Unclosable(), is_recorded=False), hang_up=True
        )
        assert (run.state, run.outcome) == (RunState.COMPLETED, Outcome.CANCELED)
