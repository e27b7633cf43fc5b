"""Writes what becomes of a call into its run. The only writer of a run once it is admitted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
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

from .log import Batch, CallLog, TimelineEntry, Turn
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
    recording_problem: str | None = None
    quality: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """What a call has to say that is not written yet."""

    run_id: str
    batch: Batch
    changes: dict[str, Any]


class RunWriter:
    """What there is to write of one run. A database that fails for a while costs nothing but delay.

    Attributes:
        is_finished: the run's end has been handed over; there is nothing left to write.
    """

    def __init__(
        self, database: Database, run_id: str, call_log: CallLog, *, answered_at: datetime | None = None
    ) -> None:
        self._database = database
        self._log = call_log
        self.run_id = run_id
        self.is_finished = False
        self._answered_at = answered_at
        self._changes: dict[str, Any] = {}
        self._is_ended = False

    def ringing(self) -> None:
        """The dialled telephone rings."""
        self._changes |= {"state": RunState.RINGING}

    def answered(self) -> None:
        """The agent and the caller talk from now on; a conversation that goes on keeps its first moment."""
        self._answered_at = self._answered_at or utc_now()
        self._changes |= {"state": RunState.IN_PROGRESS, "answered_at": self._answered_at}

    def change(self, **values: Any) -> None:
        """Note what else has become known of the call."""
        self._changes |= values

    def take(self) -> Pending | None:
        """What is new in state, timeline and transcript; None when nothing is. Written or given back by the taker."""
        batch = self._log.take()
        changes, self._changes = self._changes, {}
        return None if batch.is_empty and not changes else Pending(self.run_id, batch, changes)

    def give_back(self, pending: Pending) -> None:
        """It could not be written, and stays for the next time."""
        self._log.give_back(pending.batch)
        if not self._is_ended:
            self._changes = pending.changes | self._changes

    async def write(self) -> None:
        """Write what is new, this run alone."""
        pending = self.take()
        if pending is None:
            return
        try:
            async with self._database.session() as session:
                await write_pending(session, [pending])
        except (SQLAlchemyError, OSError) as error:
            self.give_back(pending)
            log.warning("a call's log could not be written", run_id=self.run_id, error=type(error).__name__)
        except asyncio.CancelledError:
            self.give_back(pending)
            raise

    async def finish(self, end: RunEnd) -> None:
        """Write the run's end, trying again for a while when the database does not answer.

        The log goes with it, so that whoever sees the end finds it; but the end never depends on it.
        """
        self.is_finished = True
        facts = self._facts(end)
        if not await self._finish_at_once(facts):
            await _persist(lambda: self._write_end(facts), self.run_id)
            await self.write()

    async def _finish_at_once(self, facts: dict[str, Any]) -> bool:
        pending = self.take() or Pending(self.run_id, Batch(), {})
        try:
            async with self._database.session() as session:
                await write_pending(session, [replace(pending, changes=pending.changes | facts)])
        except (SQLAlchemyError, OSError):
            self.give_back(pending)
            return False
        self._is_ended = True
        return True

    async def _write_end(self, facts: dict[str, Any]) -> None:
        async with self._database.session() as session:
            await _update(session, self.run_id, self._changes | facts)
        # A late write of the log must not set the run in progress again.
        self._is_ended, self._changes = True, {}

    def _facts(self, end: RunEnd) -> dict[str, Any]:
        ended_at = utc_now()
        duration = ended_at - self._answered_at if self._answered_at else timedelta()
        cause = end.finish.cause
        return {
            "state": RunState.COMPLETED,
            "outcome": end.finish.outcome,
            "ended_by": end.finish.ended_by,
            "detail": end.finish.detail,
            "hangup_cause": asdict(cause) if cause else None,
            "answered_at": self._answered_at,
            "ended_at": ended_at,
            "duration_ms": int(duration.total_seconds() * 1000),
            "latency": end.latency,
            "usage": end.usage,
            "recording_path": end.recording_path,
            "recording_problem": end.recording_problem,
            "quality": end.quality,
        }


async def write_pending(session: AsyncSession, pending: Sequence[Pending]) -> None:
    """Write what several calls have to say, in the session's transaction and in as few statements as can be."""
    for one in pending:
        if one.changes:
            await _update(session, one.run_id, one.changes)
    connection = await session.connection()
    events = [_event_row(one.run_id, entry) for one in pending for entry in one.batch.events]
    if events:
        await connection.execute(insert(RunEvent), events)
    for one in pending:
        if one.batch.turns:
            # A turn grows while the agent goes on speaking, so it may be there already.
            positions = [turn.position for turn in one.batch.turns]
            of_run = col(RunTurn.run_id) == one.run_id
            await connection.execute(delete(RunTurn).where(of_run, col(RunTurn.position).in_(positions)))
    turns = [_turn_row(one.run_id, turn) for one in pending for turn in one.batch.turns]
    if turns:
        await connection.execute(insert(RunTurn), turns)


async def _update(session: AsyncSession, run_id: str, values: dict[str, Any]) -> None:
    await session.exec(update(WorkflowRun).where(col(WorkflowRun.id) == run_id).values(**values))


def _event_row(run_id: str, entry: TimelineEntry) -> dict[str, Any]:
    return {
        "id": new_id(),
        "run_id": run_id,
        "position": entry.position,
        "at_ms": entry.at_ms,
        "kind": entry.kind,
        "detail": entry.detail,
    }


def _turn_row(run_id: str, turn: Turn) -> dict[str, Any]:
    return {
        "id": new_id(),
        "run_id": run_id,
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


async def close_lost_runs(
    database: Database, run_ids: Collection[str], recordings: Path, detail: str
) -> None:
    """End runs whose call is over and whose process can't say so any more.

    What had been recorded until then is kept: the file is valid at every moment. A run that ended meanwhile keeps
    its end.
    """
    async with database.session() as session:
        lost = await session.exec(
            select(WorkflowRun)
            .where(col(WorkflowRun.id).in_(run_ids))
            .where(col(WorkflowRun.state) != RunState.COMPLETED)
        )
        for run in lost.all():
            run.state = RunState.COMPLETED
            run.outcome = Outcome.FAILED
            run.ended_by = EndedBy.SYSTEM
            run.ended_at = utc_now()
            run.detail = detail
            path = recording_path(run.organization_id, run.id)
            if await asyncio.to_thread((recordings / path).is_file):
                run.recording_path = path
