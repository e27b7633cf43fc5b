"""What listeners are told: rows in the API's own shapes, and the snapshot a stream begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.api.runs import run_answers
from asisso.api.schemas.events import (
    ChangedEvent,
    NounName,
    RemovedEvent,
    RunEvent,
    SnapshotEvent,
    TelephonyConfigurationEvent,
)
from asisso.api.state import AppState
from asisso.api.telephony_configurations import configuration_answers
from asisso.db.changes import Change
from asisso.db.models import (
    PhoneNumber,
    RunState,
    TelephonyConfiguration,
    Workflow,
    WorkflowRun,
    WorkflowTest,
)
from asisso.services.event_feed import Missed
from asisso.services.event_hub import Shown

CONFIGURATIONS = str(TelephonyConfiguration.__tablename__)
RUNS = str(WorkflowRun.__tablename__)
NUMBERS = str(PhoneNumber.__tablename__)
WORKFLOWS = str(Workflow.__tablename__)
TESTS = str(WorkflowTest.__tablename__)
NOUNS: Mapping[str, NounName] = {
    CONFIGURATIONS: "telephony-configurations",
    RUNS: "runs",
    NUMBERS: "phone-numbers",
    WORKFLOWS: "workflows",
    TESTS: "workflow-tests",
}
"""The tables listeners are told of, and what the API calls them."""

MAX_SNAPSHOT_ITEMS = 500


class EventShapes:
    """Reads rows for listeners. Remembers what it saw last, to notice what nobody told of."""

    def __init__(self, state: AppState) -> None:
        self._state = state
        self._seen: dict[str, dict[tuple[str, str], datetime]] = {}

    async def show(self, changes: Sequence[Change]) -> list[Shown]:
        """The changed rows as they are now. One that is gone is told as removed where its organization is known."""
        ids = {table: [c.id for c in changes if c.table == table] for table in NOUNS}
        async with self._state.database.read_session() as session:
            shown = await self._runs(session, ids[RUNS]) if ids[RUNS] else []
            if ids[CONFIGURATIONS]:
                shown += await self._configurations(session, ids[CONFIGURATIONS])
        there = {one.id for one in shown}
        return shown + [
            _bare(change)
            for change in changes
            if change.table in NOUNS and change.organization_id is not None and change.id not in there
        ]

    async def _runs(self, session: AsyncSession, ids: Sequence[str]) -> list[Shown]:
        rows = (await session.exec(select(WorkflowRun).where(col(WorkflowRun.id).in_(ids)))).all()
        answers = await run_answers(self._state, session, rows)
        return [
            _shown(row.organization_id, row.id, RunEvent(type="run", run=answer))
            for row, answer in zip(rows, answers, strict=True)
        ]

    async def _configurations(self, session: AsyncSession, ids: Sequence[str]) -> list[Shown]:
        statement = select(TelephonyConfiguration).where(col(TelephonyConfiguration.id).in_(ids))
        rows = (await session.exec(statement)).all()
        answers = await configuration_answers(self._state, session, rows)
        kind: type[TelephonyConfigurationEvent] = TelephonyConfigurationEvent
        return [
            _shown(
                row.organization_id,
                row.id,
                kind(type="telephony_configuration", telephony_configuration=answer),
            )
            for row, answer in zip(rows, answers, strict=True)
        ]

    async def reread(self, organization_ids: Sequence[str]) -> list[Change]:
        """What of these organizations' configurations and live calls is not as it was at the last look."""
        changes: list[Change] = []
        async with self._state.database.read_session() as session:
            for organization_id in organization_ids:
                seen = await _look(session, organization_id)
                before = self._seen.get(organization_id, seen)
                different = {key for key, _ in before.items() ^ seen.items()}
                changes += [Change(table, row_id, organization_id) for table, row_id in different]
                self._seen[organization_id] = seen
        for gone in self._seen.keys() - set(organization_ids):
            del self._seen[gone]
        return changes


async def snapshot(state: AppState, organization_id: str, reason: Missed) -> SnapshotEvent:
    """Every configuration and every live call; of more than `MAX_SNAPSHOT_ITEMS` the newest."""
    of_theirs = TelephonyConfiguration.organization_id == organization_id
    async with state.database.read_session() as session:
        configurations = await session.exec(
            select(TelephonyConfiguration)
            .where(of_theirs)
            .order_by(col(TelephonyConfiguration.created_at), col(TelephonyConfiguration.id))
            .limit(MAX_SNAPSHOT_ITEMS)
        )
        calls = await session.exec(
            select(WorkflowRun)
            .where(WorkflowRun.organization_id == organization_id)
            .where(WorkflowRun.state != RunState.COMPLETED)
            .order_by(col(WorkflowRun.created_at).desc(), col(WorkflowRun.id).desc())
            .limit(MAX_SNAPSHOT_ITEMS)
        )
        return SnapshotEvent(
            type="snapshot",
            reason=reason,
            telephony_configurations=await configuration_answers(state, session, configurations.all()),
            calls=await run_answers(state, session, calls.all()),
        )


async def _look(session: AsyncSession, organization_id: str) -> dict[tuple[str, str], datetime]:
    configurations = await session.exec(
        select(TelephonyConfiguration.id, TelephonyConfiguration.updated_at).where(
            TelephonyConfiguration.organization_id == organization_id
        )
    )
    calls = await session.exec(
        select(WorkflowRun.id, WorkflowRun.updated_at)
        .where(WorkflowRun.organization_id == organization_id)
        .where(WorkflowRun.state != RunState.COMPLETED)
    )
    seen = {(CONFIGURATIONS, row_id): updated_at for row_id, updated_at in configurations.all()}
    return seen | {(RUNS, row_id): updated_at for row_id, updated_at in calls.all()}


def _bare(change: Change) -> Shown:
    noun = NOUNS[change.table]
    assert change.organization_id is not None
    is_gone = change.table in (CONFIGURATIONS, RUNS)
    event: ChangedEvent | RemovedEvent
    if is_gone:
        event = RemovedEvent(type="removed", noun=noun, id=change.id)
    else:
        event = ChangedEvent(type="changed", noun=noun, id=change.id)
    return _shown(change.organization_id, change.id, event)


def _shown(
    organization_id: str,
    object_id: str,
    event: RunEvent | TelephonyConfigurationEvent | ChangedEvent | RemovedEvent,
) -> Shown:
    return Shown(organization_id, event.type, object_id, event.model_dump_json().encode())
