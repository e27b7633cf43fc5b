"""Writes what becomes of a call into its run. The only writer of a run once it is admitted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, delete, insert, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.clock import utc_now
from asisso.db.engine import Database
from asisso.db.models import RunEvent, RunTurn, WorkflowRun
from asisso.ids import new_id
from asisso.vocabulary import EndedBy, Outcome, RunState

from .log import Batch, CallLog, Turn
from .machine import Finish
from .recorder import recording_path

log = structlog.get_logger(__name__)

WRITE_ATTEMPTS = 5
WRITE_RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class RunEnd:
    """The last facts of a run."""

    finish: Finish
    latency: dict[str, Any] = field(default_factory=dict)
    usage: dict[str, Any] = field(default_factory=dict)
    recording_path: str | None = None


class RunWriter:
    """The rows of one run. A database that fails for a while costs nothing but delay.

    Attributes:
        is_finished: the run's end has been handed over; there is nothing left to write.
    """

    def __init__(self, database: Database, run_id: str, call_log: CallLog) -> None:
        self._database = database
        self._log = call_log
        self.run_id = run_id
        self.is_finished = False
        self._answered_at: datetime | None = None
        self._is_answer_written = False

    async def answered(self) -> None:
        """The agent and the caller talk from now on."""
        self._answered_at = utc_now()
        await self.write()

    async def write(self) -> None:
        """Write what is new in state, timeline and transcript; what fails stays for the next time."""
        is_answer_new = self._answered_at is not None and not self._is_answer_written
        batch = self._log.take()
        if batch.is_empty and not is_answer_new:
            return
        try:
            async with self._database.session() as session:
                if is_answer_new:
                    await self._update(session, state=RunState.IN_PROGRESS, answered_at=self._answered_at)
                await self._add(session, batch)
        except (SQLAlchemyError, OSError) as error:
            self._log.give_back(batch)
            log.warning("a call's log could not be written", run_id=self.run_id, error=type(error).__name__)
        except asyncio.CancelledError:
            self._log.give_back(batch)
            raise
        else:
            self._is_answer_written = self._is_answer_written or is_answer_new

    async def finish(self, end: RunEnd) -> None:
        """Write the run's end, trying again for a while when the database does not answer.

        The log goes first, so that whoever sees the end finds it; but the end never depends on it.
        """
        self.is_finished = True
        ended_at = utc_now()
        await self.write()
        await _persist(lambda: self._write_end(end, ended_at), self.run_id)
        await self.write()

    async def _write_end(self, end: RunEnd, ended_at: datetime) -> None:
        duration = ended_at - self._answered_at if self._answered_at else timedelta()
        cause = end.finish.cause
        async with self._database.session() as session:
            await self._update(
                session,
                state=RunState.COMPLETED,
                outcome=end.finish.outcome,
                ended_by=end.finish.ended_by,
                detail=end.finish.detail,
                hangup_cause=asdict(cause) if cause else None,
                answered_at=self._answered_at,
                ended_at=ended_at,
                duration_ms=int(duration.total_seconds() * 1000),
                latency=end.latency,
                usage=end.usage,
                recording_path=end.recording_path,
            )
        # A late write of the log must not set the run in progress again.
        self._is_answer_written = True

    async def _update(self, session: AsyncSession, **values: Any) -> None:
        await session.exec(update(WorkflowRun).where(col(WorkflowRun.id) == self.run_id).values(**values))

    async def _add(self, session: AsyncSession, batch: Batch) -> None:
        connection = await session.connection()
        if batch.events:
            rows = [
                {
                    "id": new_id(),
                    "run_id": self.run_id,
                    "position": entry.position,
                    "at_ms": entry.at_ms,
                    "kind": entry.kind,
                    "detail": entry.detail,
                }
                for entry in batch.events
            ]
            await connection.execute(insert(RunEvent), rows)
        if batch.turns:
            # A turn grows while the agent goes on speaking, so it may be there already.
            positions = [turn.position for turn in batch.turns]
            of_run = col(RunTurn.run_id) == self.run_id
            await connection.execute(delete(RunTurn).where(of_run, col(RunTurn.position).in_(positions)))
            await connection.execute(insert(RunTurn), [self._turn_row(turn) for turn in batch.turns])

    def _turn_row(self, turn: Turn) -> dict[str, Any]:
        return {
            "id": new_id(),
            "run_id": self.run_id,
            "position": turn.position,
            "speaker": turn.speaker,
            "text": turn.text,
            "started_ms": turn.started_ms,
            "ended_ms": turn.ended_ms,
            "interrupted": turn.is_interrupted,
        }


async def _persist(write: Callable[[], Awaitable[None]], run_id: str) -> None:
    for attempt in range(1, WRITE_ATTEMPTS + 1):
        try:
            await write()
        except (SQLAlchemyError, OSError) as error:
            log.warning(
                "a run's end could not be written", run_id=run_id, attempt=attempt, error=type(error).__name__
            )
            await asyncio.sleep(WRITE_RETRY_S * attempt)
        else:
            return
    log.error("a run's end was lost; it will be closed at the next start", run_id=run_id)


async def close_abandoned_runs(database: Database, node: str, recordings: Path) -> int:
    """End the runs a killed process of this node left open; called before the first call is taken.

    What had been recorded until then is kept: the file is valid at every moment.
    """
    async with database.session() as session:
        abandoned = (
            await session.exec(
                select(WorkflowRun)
                .where(WorkflowRun.node == node)
                .where(col(WorkflowRun.state) != RunState.COMPLETED)
            )
        ).all()
        for run in abandoned:
            run.state = RunState.COMPLETED
            run.outcome = Outcome.FAILED
            run.ended_by = EndedBy.SYSTEM
            run.ended_at = utc_now()
            run.detail = "The server stopped in the middle of this call."
            path = recording_path(run.organization_id, run.id)
            if await asyncio.to_thread((recordings / path).is_file):
                run.recording_path = path
    return len(abandoned)
