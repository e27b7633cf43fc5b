"""Has ended calls read by the language model their workflow names: summary and disposition.

Works off `run_analysis`, whose rows are written with the end of a run. An attempt is begun, in the database, by one
process at a time, and belongs to nobody any more after `CLAIM_S`: so a kill costs a while, never a summary, and a run
that kills its process is not tried for ever.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

import structlog
from sqlalchemy import ColumnElement, or_
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.agents.agent import AgentError
from asisso.agents.analysis import CallAnalysis, FinishedCall, analyze
from asisso.agents.model_error import ModelError, too_slow
from asisso.calls.route import PublishedWorkflow
from asisso.calls.routing import find_workflow
from asisso.clock import Clock
from asisso.db.changes import Change
from asisso.db.engine import Database
from asisso.db.models import Analysis, RunAnalysis, RunTurn, WorkflowRun
from asisso.db.outbox import announce_runs
from asisso.metrics import ANALYSES, count_usage
from asisso.vocabulary import Speaker, WebhookEvent

from .analysis_reader import MakeReader
from .looking import keep_looking

log = structlog.get_logger(__name__)

LOOK_EVERY_S: Final = 5.0
MAX_PARALLEL: Final = 8
MAX_OF_ORGANIZATION: Final = 2
"""So that the others' calls do not wait for one organization's dead server."""

LIMIT_S: Final = 60.0
CLAIM_S: Final = 120.0
RETRY_AFTER_S: Final = (30, 120, 600, 3_600)
MAX_ATTEMPTS: Final = len(RETRY_AFTER_S) + 1
RELEVANT: Final = str(RunAnalysis.__tablename__)

GONE = "The workflow that the call ran was deleted."
SILENT = "The caller said nothing."
NOT_WANTED = "The workflow does not ask for it."


class _Waiting(Protocol):
    id: str
    run_id: str
    organization_id: str
    attempts: int


class Analyst:
    """The work behind the calls.

    Args:
        make_reader: from a workflow's version to its model, with the key in it.

    Attributes:
        waiting: runs that were due at the last look and found no place.
    """

    def __init__(self, database: Database, clock: Clock, make_reader: MakeReader) -> None:
        self._database = database
        self._clock = clock
        self._make_reader = make_reader
        self._busy: dict[str, tuple[str, asyncio.Task[None]]] = {}
        self._wake = asyncio.Event()
        self.waiting = 0

    def hear(self, changes: Iterable[Change]) -> None:
        """Look soon when a call has ended that is to be read."""
        if any(change.table == RELEVANT for change in changes):
            self._wake.set()

    async def run(self) -> None:
        """Read until cancelled."""
        forget = self._database.changes.listen(self.hear)
        try:
            await keep_looking(self.look, self._wake, every_s=LOOK_EVERY_S, work="ended calls")
        finally:
            forget()
            await self.close()

    async def close(self) -> None:
        """Stop what is under way; it is begun again once its claim has run out."""
        tasks = [task for _, task in self._busy.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        while self._busy:
            await asyncio.wait([task for _, task in self._busy.values()])

    async def look(self) -> None:
        """Begin with what is due, a few at a time and of each organization fewer."""
        while len(self._busy) < MAX_PARALLEL:
            due = await self._due()
            self.waiting = len(due)
            begun = [row for row in due if self._has_place(row) and await self._claim(row)]
            if not begun:
                return

    def _has_place(self, row: RunAnalysis) -> bool:
        of_organization = Counter(organization_id for organization_id, _ in self._busy.values())
        return len(self._busy) < MAX_PARALLEL and of_organization[row.organization_id] < MAX_OF_ORGANIZATION

    async def _due(self) -> list[RunAnalysis]:
        of_organization = Counter(organization_id for organization_id, _ in self._busy.values())
        full = [i for i, count in of_organization.items() if count >= MAX_OF_ORGANIZATION]
        statement = (
            select(RunAnalysis)
            .where(_is_due(self._clock.now()))
            .where(col(RunAnalysis.organization_id).not_in(full))
            .order_by(col(RunAnalysis.id))
            .limit(MAX_PARALLEL)
        )
        async with self._database.read_session() as session:
            return [row for row in (await session.exec(statement)).all() if row.id not in self._busy]

    async def _claim(self, row: RunAnalysis) -> bool:
        """Begin with a run unless another process has; True when it was begun here."""
        now = self._clock.now()
        async with self._database.session() as session:
            claimed = await session.exec(
                update(RunAnalysis)
                .where(col(RunAnalysis.id) == row.id, col(RunAnalysis.attempts) == row.attempts)
                .where(_is_due(now))
                .values(due_at=now + timedelta(seconds=CLAIM_S), attempts=row.attempts + 1)
            )
        if claimed.rowcount != 1:
            return False
        task = asyncio.create_task(self._serve(row, row.attempts + 1), name=f"analysis {row.run_id}")
        self._busy[row.id] = (row.organization_id, task)
        task.add_done_callback(partial(self._done, row.id))
        return True

    def _done(self, row_id: str, _task: asyncio.Task[None]) -> None:
        del self._busy[row_id]
        self._wake.set()

    async def _serve(self, row: _Waiting, attempt: int) -> None:
        try:
            await self._attempt(row, attempt)
        except (SQLAlchemyError, OSError) as error:
            log.warning("an analysis was put off", run_id=row.run_id, error=type(error).__name__)
            # It stays claimed for a while, so that a database in trouble is not asked again at once.
        except Exception:
            log.exception("an analysis was put off by an error of ours", run_id=row.run_id)

    async def _attempt(self, row: _Waiting, attempt: int) -> None:
        async with self._database.read_session() as session:
            run = await session.get(WorkflowRun, row.run_id)
            if run is None:
                return  # deleted, and this row with it
            workflow = await _workflow_of(session, run)
            call = await _finished_call(session, run)
        try:
            made = await self._read(workflow, call)
        except ModelError as error:
            await self._record_failure(row, attempt, error)
        else:
            await self._record(row, attempt, made)

    async def _read(self, workflow: PublishedWorkflow | None, call: FinishedCall) -> CallAnalysis:
        if workflow is None:
            raise _hopeless(GONE)
        if all(speaker != Speaker.CALLER for speaker, _ in call.turns):
            raise _hopeless(SILENT)
        try:
            reader = self._make_reader(workflow)
        except AgentError as error:
            raise _hopeless(str(error)) from None
        if reader is None:
            raise _hopeless(NOT_WANTED)
        try:
            async with asyncio.timeout(LIMIT_S):
                return await analyze(reader.model, reader.wanted, call)
        except TimeoutError:
            raise too_slow("The language model's answer", LIMIT_S) from None
        finally:
            await reader.model.close()

    async def _record(self, row: _Waiting, attempt: int, made: CallAnalysis) -> None:
        async with self._database.session() as session:
            run = await self._finish(session, row, attempt)
            if run is None:
                return
            run.summary, run.disposition = made.summary, made.disposition
            run.analysis, run.analysis_problem = Analysis.DONE, None
            run.usage = {**run.usage, **{n: run.usage.get(n, 0) + a for n, a in made.usage.items()}}
            session.add(run)
            await session.flush()
            await announce_runs(session, {run.id: [WebhookEvent.RUN_ANALYZED]})
        ANALYSES.labels("done").inc()
        for name, amount in made.usage.items():
            count_usage(name, amount)

    async def _record_failure(self, row: _Waiting, attempt: int, error: ModelError) -> None:
        is_last = attempt >= MAX_ATTEMPTS or not error.retryable
        log.warning("an ended call was not summed up", run_id=row.run_id, code=error.code, attempt=attempt)
        async with self._database.session() as session:
            if is_last:
                run = await self._finish(session, row, attempt)
            else:
                run = await self._put_off(session, row, attempt, error)
            if run is None:
                return
            run.analysis = Analysis.FAILED if is_last else Analysis.PENDING
            run.analysis_problem = str(error)
            session.add(run)
            await session.flush()
            if is_last:
                await announce_runs(session, {run.id: [WebhookEvent.RUN_ANALYZED]})
        ANALYSES.labels("failed" if is_last else "retried").inc()

    async def _finish(self, session: AsyncSession, row: _Waiting, attempt: int) -> WorkflowRun | None:
        """Take the run off the list; None when it is not ours any more."""
        ours = (col(RunAnalysis.id) == row.id, col(RunAnalysis.attempts) == attempt)
        gone = await session.exec(delete(RunAnalysis).where(*ours))
        return await session.get(WorkflowRun, row.run_id) if gone.rowcount == 1 else None

    async def _put_off(
        self, session: AsyncSession, row: _Waiting, attempt: int, error: ModelError
    ) -> WorkflowRun | None:
        delay_s = max(RETRY_AFTER_S[attempt - 1], min(error.retry_after_s or 0, RETRY_AFTER_S[-1]))
        changed = await session.exec(
            update(RunAnalysis)
            .where(col(RunAnalysis.id) == row.id, col(RunAnalysis.attempts) == attempt)
            .values(due_at=self._clock.now() + timedelta(seconds=delay_s))
        )
        return await session.get(WorkflowRun, row.run_id) if changed.rowcount == 1 else None


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(col(RunAnalysis.due_at).is_(None), col(RunAnalysis.due_at) <= now)


def _hopeless(reason: str) -> ModelError:
    return ModelError(reason, code="analysis_impossible", retryable=False)


async def _workflow_of(session: AsyncSession, run: WorkflowRun) -> PublishedWorkflow | None:
    if run.workflow_id is None or run.workflow_version is None:
        return None
    return await find_workflow(session, run.workflow_id, run.workflow_version)


async def _finished_call(session: AsyncSession, run: WorkflowRun) -> FinishedCall:
    turns = await session.exec(
        select(RunTurn.speaker, RunTurn.text).where(RunTurn.run_id == run.id).order_by(col(RunTurn.position))
    )
    return FinishedCall([(speaker, text) for speaker, text in turns.all()], run.gathered, run.outcome or "")
