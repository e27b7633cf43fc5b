"""Writes what becomes of a call into its run. The only writer of a run once it is admitted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select, update

from asisso.clock import utc_now
from asisso.db.engine import Database
from asisso.db.models import RunEvent, RunTurn, WorkflowRun
from asisso.db.models.enums import EndedBy, Outcome, RunState

from .log import Batch, CallLog
from .machine import Finish

log = structlog.get_logger(__name__)

WRITE_ATTEMPTS = 5
WRITE_RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class RunEnd:
    """The last facts of a run."""

    finish: Finish
    latency: dict[str, Any]
    usage: dict[str, Any]
    recording_path: str | None


class RunWriter:
    """The rows of one run."""

    def __init__(self, database: Database, run_id: str) -> None:
        self._database = database
        self.run_id = run_id
        self._answered_at: datetime | None = None

    async def answered(self) -> None:
        """The agent and the caller talk from now on."""
        self._answered_at = utc_now()
        await self._update(state=RunState.IN_PROGRESS, answered_at=self._answered_at)

    async def write(self, call_log: CallLog) -> None:
        """Write what is new in timeline and transcript; on a database error it stays for the next time."""
        batch = call_log.take()
        if batch.is_empty:
            return
        try:
            await self._write_batch(batch)
        except (SQLAlchemyError, OSError) as error:
            call_log.give_back(batch)
            log.warning("a call's log could not be written", run_id=self.run_id, error=type(error).__name__)

    async def finish(self, call_log: CallLog, end: RunEnd) -> None:
        """Write the run's end, trying again for a while when the database does not answer."""
        ended_at = utc_now()
        duration = ended_at - self._answered_at if self._answered_at else timedelta()
        cause = end.finish.cause
        await _persist(
            lambda: self._update(
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
            ),
            self.run_id,
        )
        await self.write(call_log)

    async def _update(self, **values: Any) -> None:
        async with self._database.session() as session:
            await session.exec(update(WorkflowRun).where(col(WorkflowRun.id) == self.run_id).values(**values))

    async def _write_batch(self, batch: Batch) -> None:
        async with self._database.session() as session:
            for entry in batch.events:
                session.add(
                    RunEvent(
                        run_id=self.run_id,
                        position=entry.position,
                        at_ms=entry.at_ms,
                        kind=entry.kind,
                        detail=dict(entry.detail),
                    )
                )
            known = {
                row.position: row
                for row in (
                    await session.exec(
                        select(RunTurn)
                        .where(RunTurn.run_id == self.run_id)
                        .where(col(RunTurn.position).in_([t.position for t in batch.turns]))
                    )
                ).all()
            }
            for turn in batch.turns:
                row = known.get(turn.position) or RunTurn(
                    run_id=self.run_id,
                    position=turn.position,
                    speaker=turn.speaker,
                    text=turn.text,
                    started_ms=turn.started_ms,
                    ended_ms=turn.ended_ms,
                )
                row.text, row.ended_ms, row.interrupted = turn.text, turn.ended_ms, turn.is_interrupted
                session.add(row)


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


async def close_abandoned_runs(database: Database, node: str) -> int:
    """End the runs a killed process of this node left open; called before the first call is taken."""
    async with database.session() as session:
        result = await session.exec(
            update(WorkflowRun)
            .where(col(WorkflowRun.node) == node)
            .where(col(WorkflowRun.state) != RunState.COMPLETED)
            .values(
                state=RunState.COMPLETED,
                outcome=Outcome.FAILED,
                ended_by=EndedBy.SYSTEM,
                ended_at=utc_now(),
                detail="The server stopped in the middle of this call.",
            )
        )
        return int(result.rowcount)
