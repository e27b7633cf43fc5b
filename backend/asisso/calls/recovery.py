"""Calls whose process died: what their runs still know, so that a call whose caller stayed on the line goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.clock import utc_now
from asisso.db.engine import Database
from asisso.db.models import RunEvent, RunTurn, WorkflowRun
from asisso.vocabulary import LIVE_STATES, Direction

from .admission import Admission
from .log import CallLog, Detail, Turn
from .plan import LeftOff
from .progress import Standing
from .routing import find_version


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run no process carries any more.

    Attributes:
        turns: its transcript so far.
        standing: how far its conversation had come.
        event_count: how many events its timeline has.
        latencies: the `turn` events among them.
    """

    admission: Admission
    channel_id: str
    is_outbound: bool
    created_at: datetime
    answered_at: datetime | None
    turns: Sequence[Turn]
    event_count: int
    standing: Standing
    latencies: Sequence[Detail]

    @property
    def talked_ms(self) -> int:
        return _ms_since(self.answered_at) if self.answered_at else 0

    @property
    def conversation(self) -> LeftOff | None:
        """Where it was; None when the call was not answered yet. The last two seconds may be missing."""
        standing = self.standing
        return LeftOff(self.turns, standing.node_id, standing.gathered) if self.answered_at else None

    def new_log(self) -> CallLog:
        """A log that goes on where the run's ended, on the same clock."""
        return CallLog(_ms_since(self.created_at), self.event_count, self.turns, self.latencies)


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """What an earlier process left.

    Attributes:
        runs: by telephony configuration, to be taken up where their callers still wait.
        hopeless: runs whose configuration or workflow is gone; nobody could take them up.
    """

    runs: Mapping[str, list[OpenRun]]
    hopeless: list[str]


async def find_open_runs(database: Database, node: str) -> LeftOpen:
    """The runs an earlier process of this node left open."""
    async with database.read_session() as session:
        statement = (
            select(WorkflowRun).where(WorkflowRun.node == node).where(col(WorkflowRun.state).in_(LIVE_STATES))
        )
        found: dict[str, list[OpenRun]] = {}
        hopeless = []
        for run in (await session.exec(statement)).all():
            opened = await _open_run(session, run)
            if opened is None:
                hopeless.append(run.id)
            else:
                found.setdefault(opened.admission.route.configuration.id, []).append(opened)
        return LeftOpen(found, hopeless)


async def _open_run(session: AsyncSession, run: WorkflowRun) -> OpenRun | None:
    if run.telephony_configuration_id is None or run.workflow_id is None or run.workflow_version is None:
        return None
    route = await find_version(session, run.telephony_configuration_id, run.workflow_id, run.workflow_version)
    if route is None:
        return None
    turns = await session.exec(
        select(RunTurn).where(RunTurn.run_id == run.id).order_by(col(RunTurn.position))
    )
    events = await session.exec(select(func.max(RunEvent.position)).where(RunEvent.run_id == run.id))
    latencies = await session.exec(
        select(RunEvent.detail)
        .where(RunEvent.run_id == run.id, RunEvent.kind == "turn")
        .order_by(col(RunEvent.position))
    )
    return OpenRun(
        admission=Admission(run.id, route, run.context),
        channel_id=run.channel_id,
        is_outbound=run.direction is Direction.OUTBOUND,
        created_at=run.created_at,
        answered_at=run.answered_at,
        turns=[
            Turn(t.position, t.speaker, t.text, t.started_ms, t.ended_ms, t.interrupted) for t in turns.all()
        ],
        event_count=events.one() or 0,
        standing=Standing(run.node_id or "", run.gathered, run.usage),
        latencies=[dict(detail) for detail in latencies.all()],
    )


def _ms_since(moment: datetime) -> int:
    return max(0, int((utc_now() - moment).total_seconds() * 1000))
