"""Ends runs whose process can't do it any more. What they hold by then stays."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.agents.after_call import asks_for_analysis
from asisso.clock import utc_now
from asisso.db.analyses import ask_for_analysis
from asisso.db.engine import Database
from asisso.db.models import WorkflowRun, WorkflowVersion
from asisso.db.outbox import announce_runs
from asisso.vocabulary import EndedBy, Outcome, RunState, WebhookEvent

from .recorder import recording_path


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
        ended: list[str] = []
        analyzed: list[str] = []
        for run in lost.all():
            run.state = RunState.COMPLETED
            run.outcome = Outcome.FAILED
            run.ended_by = EndedBy.SYSTEM
            run.ended_at = utc_now()
            run.detail = detail
            path = recording_path(run.organization_id, run.id)
            if await asyncio.to_thread((recordings / path).is_file):
                run.recording_path = path
            session.add(run)
            ended.append(run.id)
            if run.answered_at is not None and await _is_analyzed(session, run):
                analyzed.append(run.id)
        await session.flush()
        await ask_for_analysis(session, analyzed)
        await announce_runs(session, {run_id: [WebhookEvent.RUN_COMPLETED] for run_id in ended})


async def _is_analyzed(session: AsyncSession, run: WorkflowRun) -> bool:
    if run.workflow_id is None or run.workflow_version is None:
        return False
    found = await session.exec(
        select(WorkflowVersion.agent)
        .where(WorkflowVersion.workflow_id == run.workflow_id)
        .where(WorkflowVersion.version == run.workflow_version)
    )
    agent = found.first()
    return agent is not None and asks_for_analysis(agent)
