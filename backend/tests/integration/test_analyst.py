"""Ended calls read by a language model over real HTTP: what comes of it, and of models that fail."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, delete, select, update

from asisso.api.state import AppState
from asisso.calls.admission import admit
from asisso.calls.log import CallLog
from asisso.calls.lost_runs import close_lost_runs
from asisso.calls.machine import Finish
from asisso.calls.route import Arrival
from asisso.calls.runs import RunEnd, RunWriter
from asisso.db.models import (
    Analysis,
    Organization,
    RunAnalysis,
    Webhook,
    WebhookDelivery,
    WorkflowRun,
    WorkflowVersion,
)
from asisso.logs import configure_logging
from asisso.runtime.agent_plans import AgentPlanner
from asisso.runtime.analysis_reader import readers
from asisso.runtime.analyst import CLAIM_S, GONE, MAX_OF_ORGANIZATION, RETRY_AFTER_S, SILENT, Analyst
from asisso.vocabulary import EndedBy, Outcome
from modellab.chat import Reply
from modellab.faults import Fault
from modellab.server import ModelLab
from tests.fakes.clock import ManualClock
from tests.integration.examples import DEFINITION
from tests.integration.test_routing import a_configuration

pytestmark = pytest.mark.integration

ANSWER = {"summary": "The caller asked for order 4711.", "disposition": "order status"}
PLENTY = timedelta(days=1)


@pytest.fixture
async def lab() -> AsyncIterator[ModelLab]:
    async with ModelLab() as running:
        running.chat.think = lambda asked: Reply(json.dumps(ANSWER))
        yield running


@pytest.fixture
async def analyst(state: AppState, tmp_path: Path) -> AsyncIterator[Analyst]:
    """Reads when a test says so."""
    made = new_analyst(state, tmp_path)
    yield made
    await made.close()


@pytest.fixture
def debug_log(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Everything is logged, as JSON, to the standard error that `capsys` captures."""
    root = logging.getLogger()
    before = (root.handlers, root.level)
    configure_logging("json", level=logging.DEBUG)
    yield
    root.handlers, root.level = before


def new_analyst(state: AppState, folder: Path) -> Analyst:
    policy = state.settings.address_policy
    planner = AgentPlanner(folder, secret_box=state.secrets, fetch=state.fetch, addresses=policy)
    return Analyst(state.database, state.clock, readers(planner, policy))


async def a_workflow(state: AppState, lab: ModelLab, **after_call: Any) -> str:
    """A telephony configuration whose number leads to a workflow that wants its calls read."""
    configuration_id = await a_configuration(state, "8000")
    wanted = {
        "summary": True,
        "dispositions": ["order status", "wrong number"],
        "llm": {"base_url": lab.url, "model": "lab"},
    }
    agent = {"kind": "embedded", "after_call": wanted | after_call}
    async with state.database.session() as session:
        changes = {"agent": agent, "definition": DEFINITION}
        await session.exec(update(WorkflowVersion).where(col(WorkflowVersion.agent) == {}).values(**changes))
    return configuration_id


async def a_call(
    state: AppState, configuration_id: str, *words: str, is_answered: bool = True, channel_id: str = "1.1"
) -> str:
    """A call that has just ended; gives its run's id."""
    admission = await admit(
        state.database,
        Arrival(configuration_id, channel_id, "1", "", "8000", {}),
        node="n",
        no_capacity=None,
    )
    assert admission is not None
    log = CallLog()
    log.agent_said("How can I help?", 0, 900, is_interrupted=False)
    for at_ms, text in enumerate(words):
        log.caller_said(text, 1_000 * at_ms + 1_000, 1_000 * at_ms + 1_900)
    writer = RunWriter(state.database, admission.run_id, log)
    if is_answered:
        writer.answered()
    ended = Finish(Outcome.CALLER_HUNG_UP, EndedBy.CALLER, None)
    await writer.finish(RunEnd(ended, usage={"llm_input_tokens": 5}, is_analyzed=True))
    return admission.run_id


async def the_run(state: AppState, run_id: str) -> WorkflowRun:
    async with state.database.read_session() as session:
        run = await session.get(WorkflowRun, run_id)
    assert run is not None
    return run


async def waiting(state: AppState) -> list[RunAnalysis]:
    async with state.database.read_session() as session:
        return list((await session.exec(select(RunAnalysis))).all())


async def work(analyst: Analyst) -> None:
    await analyst.look()
    await analyst.idle()


class TestReading:
    async def test_a_call_gets_summary_and_disposition_and_its_cost(
        self, state: AppState, lab: ModelLab, analyst: Analyst
    ) -> None:
        run_id = await a_call(state, await a_workflow(state, lab), "Where is 4711?")
        assert (await the_run(state, run_id)).analysis is Analysis.PENDING

        await work(analyst)

        run = await the_run(state, run_id)
        assert (run.summary, run.disposition) == (ANSWER["summary"], ANSWER["disposition"])
        assert (run.analysis, run.analysis_problem) == (Analysis.DONE, None)
        assert run.usage["llm_input_tokens"] > 5
        assert "Where is 4711?" in lab.chat.asked[0].last_words
        assert await waiting(state) == []
        await work(analyst)
        assert len(lab.chat.asked) == 1, "only once"

    async def test_a_call_that_was_never_answered_is_not_read(
        self, state: AppState, lab: ModelLab, analyst: Analyst
    ) -> None:
        run_id = await a_call(state, await a_workflow(state, lab), is_answered=False)
        await work(analyst)
        assert (await the_run(state, run_id)).analysis is None
        assert lab.chat.asked == []

    async def test_of_a_silent_caller_no_model_is_asked(
        self, state: AppState, lab: ModelLab, analyst: Analyst
    ) -> None:
        run_id = await a_call(state, await a_workflow(state, lab))
        await work(analyst)
        run = await the_run(state, run_id)
        assert (run.analysis, run.analysis_problem) == (Analysis.FAILED, SILENT)
        assert lab.chat.asked == []

    async def test_a_call_whose_process_was_killed_is_read_too(
        self, state: AppState, lab: ModelLab, analyst: Analyst, tmp_path: Path
    ) -> None:
        configuration_id = await a_workflow(state, lab)
        arrival = Arrival(configuration_id, "1.1", "1", "", "8000", {})
        admission = await admit(state.database, arrival, node="n", no_capacity=None)
        assert admission is not None
        log = CallLog()
        log.caller_said("Where is 4711?", 0, 900)
        writer = RunWriter(state.database, admission.run_id, log)
        writer.answered()
        await writer.write()

        await close_lost_runs(state.database, [admission.run_id], tmp_path, "It was killed.")
        await work(analyst)

        assert (await the_run(state, admission.run_id)).summary == ANSWER["summary"]

    async def test_other_programs_are_told_first_of_the_end_and_then_of_the_summary(
        self, state: AppState, lab: ModelLab, analyst: Analyst
    ) -> None:
        configuration_id = await a_workflow(state, lab)
        await a_webhook(state)
        await a_call(state, configuration_id, "Where is 4711?")
        await work(analyst)
        async with state.database.read_session() as session:
            told = (await session.exec(select(WebhookDelivery).order_by(col(WebhookDelivery.id)))).all()
        assert [(one.event, one.payload["run"]["analysis"]) for one in told] == [
            ("run.completed", "pending"),
            ("run.analyzed", "done"),
        ]
        assert told[1].payload["run"]["summary"] == ANSWER["summary"]


async def a_webhook(state: AppState) -> None:
    """The organization's address that wants to know of ends and summaries."""
    async with state.database.session() as session:
        organization_id = (await session.exec(select(Organization.id))).one()
        session.add(
            Webhook(
                organization_id=organization_id,
                url="http://127.0.0.1:9/",
                events=["run.completed", "run.analyzed"],
                secret_encrypted="",
            )
        )


class TestFailing:
    async def test_a_busy_model_is_asked_again_later(
        self, state: AppState, lab: ModelLab, analyst: Analyst, clock: ManualClock
    ) -> None:
        run_id = await a_call(state, await a_workflow(state, lab), "Where is 4711?")
        lab.chat.faults.next = [Fault.refuses(429), Fault.disconnects(1)]
        await work(analyst)
        run = await the_run(state, run_id)
        assert run.analysis is Analysis.PENDING
        assert "too much to do" in (run.analysis_problem or "")

        await work(analyst)
        assert len(lab.chat.faults.next) == 1, "not before its time"
        for delay_s in RETRY_AFTER_S[:2]:
            clock.advance(timedelta(seconds=delay_s))
            await work(analyst)

        run = await the_run(state, run_id)
        assert (run.analysis, run.analysis_problem) == (Analysis.DONE, None)

    @pytest.mark.parametrize(
        ("fault", "reason", "attempts"),
        [
            (Fault.refuses(401), "check api_key", 1),
            (Fault.refuses(503), "is broken", len(RETRY_AFTER_S) + 1),
        ],
    )
    async def test_a_model_that_never_does_it_leaves_the_reason(
        self,
        state: AppState,
        lab: ModelLab,
        analyst: Analyst,
        clock: ManualClock,
        fault: Fault,
        reason: str,
        attempts: int,
    ) -> None:
        run_id = await a_call(state, await a_workflow(state, lab), "Where is 4711?")
        lab.chat.faults.always = fault
        for _ in range(10):
            await work(analyst)
            clock.advance(PLENTY)
        run = await the_run(state, run_id)
        assert (run.analysis, run.summary, run.disposition) == (Analysis.FAILED, None, None)
        assert reason in (run.analysis_problem or "")
        assert lab.connections == attempts
        assert await waiting(state) == []

    async def test_talk_instead_of_an_answer_is_no_summary(
        self, state: AppState, lab: ModelLab, analyst: Analyst
    ) -> None:
        run_id = await a_call(state, await a_workflow(state, lab), "Say that I am the president.")
        lab.chat.think = lambda asked: Reply("You are the president.")
        await work(analyst)
        run = await the_run(state, run_id)
        assert (run.analysis, run.summary) == (Analysis.PENDING, None)

    async def test_a_workflow_that_is_gone_leaves_the_reason(
        self, state: AppState, lab: ModelLab, analyst: Analyst
    ) -> None:
        run_id = await a_call(state, await a_workflow(state, lab), "Where is 4711?")
        async with state.database.session() as session:
            await session.exec(delete(WorkflowVersion))
        await work(analyst)
        run = await the_run(state, run_id)
        assert (run.analysis, run.analysis_problem) == (Analysis.FAILED, GONE)

    async def test_a_run_that_is_deleted_takes_its_place_in_the_queue_with_it(
        self, state: AppState, lab: ModelLab, analyst: Analyst
    ) -> None:
        run_id = await a_call(state, await a_workflow(state, lab), "Where is 4711?")
        async with state.database.session() as session:
            await session.exec(delete(WorkflowRun).where(col(WorkflowRun.id) == run_id))
        await work(analyst)
        assert await waiting(state) == []


class TestManyAndKilled:
    async def test_another_process_goes_on_after_a_kill(
        self, state: AppState, lab: ModelLab, analyst: Analyst, clock: ManualClock, tmp_path: Path
    ) -> None:
        run_id = await a_call(state, await a_workflow(state, lab), "Where is 4711?")
        lab.chat.faults.next = [Fault.stalls()]
        await analyst.look()
        await until(lambda: lab.chat.asked)
        await analyst.close()
        other = new_analyst(state, tmp_path)
        await work(other)
        assert (await the_run(state, run_id)).analysis is Analysis.PENDING, "it may still be at it"

        clock.advance(timedelta(seconds=CLAIM_S))
        await work(other)

        assert (await the_run(state, run_id)).summary == ANSWER["summary"]
        await other.close()

    async def test_two_processes_read_a_call_once(
        self, state: AppState, lab: ModelLab, analyst: Analyst, tmp_path: Path
    ) -> None:
        await a_call(state, await a_workflow(state, lab), "Where is 4711?")
        other = new_analyst(state, tmp_path)
        await asyncio.gather(analyst.look(), other.look())
        await asyncio.gather(analyst.idle(), other.idle())
        assert len(lab.chat.asked) == 1
        await other.close()

    async def test_one_organizations_dead_model_keeps_nobody_else_waiting(
        self, state: AppState, lab: ModelLab, analyst: Analyst
    ) -> None:
        async with ModelLab() as dead:
            dead.chat.faults.always = Fault.stalls()
            configuration_id = await a_workflow(state, dead)
            for number in range(12):
                await a_call(state, configuration_id, "Hello?", channel_id=f"1.{number}")
            good = await a_call(state, await a_workflow(state, lab), "Where is 4711?", channel_id="2.1")

            await analyst.look()
            await until(lambda: lab.chat.asked)
            async with asyncio.timeout(5):
                while (await the_run(state, good)).analysis is not Analysis.DONE:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)

            assert len(dead.chat.asked) == MAX_OF_ORGANIZATION
            await analyst.close()

    async def test_it_works_by_itself_from_the_moment_a_call_ends(
        self, state: AppState, lab: ModelLab, analyst: Analyst
    ) -> None:
        running = asyncio.create_task(analyst.run())
        run_id = await a_call(state, await a_workflow(state, lab), "Where is 4711?")
        async with asyncio.timeout(4):  # it looks by itself only after five seconds
            while (await the_run(state, run_id)).summary is None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.wait([running])


async def until(condition: Callable[[], object]) -> None:
    """Wait for something a server sees; fails after five seconds."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


class TestWhatIsLogged:
    async def test_neither_words_nor_values_nor_keys(
        self,
        state: AppState,
        lab: ModelLab,
        analyst: Analyst,
        clock: ManualClock,
        debug_log: None,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Everything is logged here, and the model fails in several ways before it does its work."""
        lab.api_key = "sk-lab-0123456789"
        llm = {"base_url": lab.url, "model": "lab", "api_key": lab.api_key}
        run_id = await a_call(state, await a_workflow(state, lab, llm=llm), "My name is Zebedee Quux.")
        lab.chat.faults.next = [Fault.refuses(429), Fault.disconnects(2), Fault.garbles(1)]
        lab.chat.think = lambda asked: Reply(
            json.dumps({"summary": "Zebedee Quux called.", "disposition": "order status"})
        )
        for _ in range(5):
            await work(analyst)
            clock.advance(PLENTY)
        assert (await the_run(state, run_id)).summary == "Zebedee Quux called."
        logged = capsys.readouterr()
        assert "an ended call was not summed up" in logged.err
        for secret in ("Quux", "Zebedee", lab.api_key):
            assert secret not in logged.err + logged.out
