"""Writes what becomes of a call into its run. The only writer of a run once it is admitted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, delete, insert, update
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.clock import utc_now
from asisso.db.analyses import ask_for_analysis
from asisso.db.changes import Change, note_change
from asisso.db.engine import Database
from asisso.db.models import RunEvent, RunTurn, WorkflowRun
from asisso.db.outbox import announce_runs
from asisso.ids import new_id
from asisso.metrics import count_usage
from asisso.vocabulary import RunState, WebhookEvent

from .log import Batch, CallLog, TimelineEntry, Turn
from .machine import Finish

log = structlog.get_logger(__name__)

WRITE_ATTEMPTS = 5
WRITE_RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class RunEnd:
    """The last facts of a run.

    Attributes:
        usage: what was used; empty leaves what the run has.
        is_analyzed: a language model is to read it.
    """

    finish: Finish
    latency: dict[str, Any] = field(default_factory=dict)
    usage: dict[str, Any] = field(default_factory=dict)
    recording_path: str | None = None
    recording_problem: str | None = None
    quality: dict[str, Any] | None = None
    is_analyzed: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """What a call has to say that is not written yet.

    Attributes:
        events: what other programs are told of with it.
        is_to_be_analyzed: with it, the run begins to wait for a language model.
    """

    run_id: str
    batch: Batch
    changes: dict[str, Any]
    events: tuple[WebhookEvent, ...] = ()
    is_to_be_analyzed: bool = False


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
        self._events: tuple[WebhookEvent, ...] = ()
        self._is_ended = False

    @property
    def waiting(self) -> int:
        """How many entries have not been taken yet."""
        return self._log.waiting

    def ringing(self) -> None:
        """The dialled telephone rings."""
        self._changes |= {"state": RunState.RINGING}

    def answered(self) -> None:
        """The agent and the caller talk from now on; a conversation that goes on keeps its first moment."""
        if self._answered_at is None:
            self._answered_at = utc_now()
            self._events += (WebhookEvent.RUN_ANSWERED,)
        self._changes |= {"state": RunState.IN_PROGRESS, "answered_at": self._answered_at}

    def change(self, **values: Any) -> None:
        """Note what else has become known of the call."""
        self._changes |= values

    def take(self) -> Pending | None:
        """What is new in state, timeline and transcript; None when nothing is. Written or given back by the taker."""
        batch = self._log.take()
        changes, self._changes = self._changes, {}
        events, self._events = self._events, ()
        return None if batch.is_empty and not changes else Pending(self.run_id, batch, changes, events)

    def give_back(self, pending: Pending) -> None:
        """It could not be written, and stays for the next time."""
        self._log.give_back(pending.batch)
        if not self._is_ended:
            self._changes = pending.changes | self._changes
            self._events = pending.events + self._events

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
        asks = end.is_analyzed and self._answered_at is not None
        if not await self._finish_at_once(facts, asks=asks):
            await _persist(lambda: self._write_end(facts, asks=asks), self.run_id)
            await self.write()

    async def _finish_at_once(self, facts: dict[str, Any], *, asks: bool) -> bool:
        pending = self.take() or Pending(self.run_id, Batch(), {})
        try:
            async with self._database.session() as session:
                events = (*pending.events, WebhookEvent.RUN_COMPLETED)
                changes = pending.changes | facts
                end = replace(pending, changes=changes, events=events, is_to_be_analyzed=asks)
                await write_pending(session, [end])
        except (SQLAlchemyError, OSError):
            self.give_back(pending)
            return False
        self._is_ended = True
        return True

    async def _write_end(self, facts: dict[str, Any], *, asks: bool) -> None:
        async with self._database.session() as session:
            events = (*self._events, WebhookEvent.RUN_COMPLETED)
            end = Pending(self.run_id, Batch(), self._changes | facts, events, is_to_be_analyzed=asks)
            await write_pending(session, [end])
        # A late write of the log must not set the run in progress again.
        self._is_ended, self._changes, self._events = True, {}, ()

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
            "recording_path": end.recording_path,
            "recording_problem": end.recording_problem,
            "quality": end.quality,
            **({"usage": self._usage(end, duration)} if end.usage else {}),
        }

    @staticmethod
    def _usage(end: RunEnd, duration: timedelta) -> dict[str, Any]:
        seconds = round(duration.total_seconds(), 1)
        count_usage("call_seconds", seconds)
        return {**end.usage, "call_seconds": seconds}


async def write_pending(session: AsyncSession, pending: Sequence[Pending]) -> None:
    """Write what several calls have to say, in the session's transaction and in as few statements as can be."""
    for one in pending:
        if one.changes:
            await _update(session, one.run_id, one.changes)
        if one.changes or one.batch.turns:
            note_change(session, Change(WorkflowRun.__tablename__, one.run_id))
    await ask_for_analysis(session, [one.run_id for one in pending if one.is_to_be_analyzed])
    await announce_runs(session, {one.run_id: one.events for one in pending})
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
