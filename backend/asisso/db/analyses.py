"""Runs that wait to be summed up: written with the run's end, so that neither is there without the other."""

from __future__ import annotations

from collections.abc import Collection

from sqlmodel import col, insert, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.clock import utc_now
from asisso.db.changes import Change, note_change
from asisso.db.models import Analysis, RunAnalysis, WorkflowRun
from asisso.ids import new_id


async def ask_for_analysis(session: AsyncSession, run_ids: Collection[str]) -> None:
    """Have these runs summed up, those that wait already and those that are unknown excepted."""
    if not run_ids:
        return
    waiting = select(RunAnalysis.run_id).where(col(RunAnalysis.run_id).in_(run_ids))
    found = await session.exec(
        select(WorkflowRun.id, WorkflowRun.organization_id)
        .where(col(WorkflowRun.id).in_(run_ids))
        .where(col(WorkflowRun.id).not_in(waiting))
    )
    now = utc_now()
    rows = [
        {
            "id": new_id(),
            "created_at": now,
            "updated_at": now,
            "run_id": run_id,
            "organization_id": organization_id,
            "attempts": 0,
        }
        for run_id, organization_id in found.all()
    ]
    if not rows:
        return
    await (await session.connection()).execute(insert(RunAnalysis), rows)
    asked = [row["run_id"] for row in rows]
    await session.exec(
        update(WorkflowRun).where(col(WorkflowRun.id).in_(asked)).values(analysis=Analysis.PENDING)
    )
    # One is enough to have all looked at.
    note_change(session, Change(str(RunAnalysis.__tablename__), str(rows[0]["id"])))
