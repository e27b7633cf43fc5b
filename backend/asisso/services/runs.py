"""Runs, the live ones too: finding and reading them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import or_, union_all
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from asisso.audio.peaks import BIN_MS, Peaks, fewer, read_peaks
from asisso.db.models import (
    Direction,
    Outcome,
    RunEvent,
    RunTurn,
    TelephonyConfiguration,
    Workflow,
    WorkflowRun,
)
from asisso.errors import InvalidInput, NotFound
from asisso.services.paging import Page, PageRequest, fetch_page
from asisso.services.principal import Principal
from asisso.vocabulary import LIVE_STATES

_POSITION = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to list; every value that is set must hold.

    Attributes:
        number: part of either side's number.
    """

    workflow_id: str | None = None
    telephony_configuration_id: str | None = None
    direction: Direction | None = None
    outcome: Outcome | None = None
    from_number: str | None = None
    to_number: str | None = None
    number: str | None = None
    started_after: datetime | None = None
    started_before: datetime | None = None

    def apply(self, statement: SelectOfScalar[WorkflowRun]) -> SelectOfScalar[WorkflowRun]:
        """The statement, narrowed to the runs that fit."""
        exact = {
            "workflow_id": self.workflow_id,
            "telephony_configuration_id": self.telephony_configuration_id,
            "direction": self.direction,
            "outcome": self.outcome,
            "from_number": self.from_number,
            "to_number": self.to_number,
        }
        for name, value in exact.items():
            if value is not None:
                statement = statement.where(getattr(WorkflowRun, name) == value)
        if self.number is not None:
            sides = (col(WorkflowRun.from_number), col(WorkflowRun.to_number))
            statement = statement.where(or_(*(side.contains(self.number, autoescape=True) for side in sides)))
        if self.started_after is not None:
            statement = statement.where(col(WorkflowRun.created_at) > self.started_after)
        if self.started_before is not None:
            statement = statement.where(col(WorkflowRun.created_at) < self.started_before)
        return statement


@dataclass(frozen=True, slots=True)
class RunNames:
    """What the things a run points to are called now; None for what was deleted."""

    workflow: str | None
    telephony_configuration: str | None


async def list_runs(
    session: AsyncSession, principal: Principal, run_filter: RunFilter, page: PageRequest
) -> Page[WorkflowRun]:
    """The organization's runs that fit, newest first."""
    statement = select(WorkflowRun).where(WorkflowRun.organization_id == principal.organization_id)
    return await fetch_page(
        session,
        run_filter.apply(statement),
        WorkflowRun,
        page,
        newest_first=True,
        index_only=run_filter.number is not None,
    )


async def list_live_calls(
    session: AsyncSession, principal: Principal, page: PageRequest
) -> Page[WorkflowRun]:
    """The runs of the organization that have not ended, newest first."""
    # Found by their state before they are put in order: there are few of them among many that have ended.
    live = (
        select(WorkflowRun.id)
        .where(WorkflowRun.organization_id == principal.organization_id)
        .where(col(WorkflowRun.state).in_(LIVE_STATES))
    )
    statement = select(WorkflowRun).where(col(WorkflowRun.id).in_(live))
    return await fetch_page(session, statement, WorkflowRun, page, newest_first=True)


async def get_run(session: AsyncSession, principal: Principal, run_id: str) -> WorkflowRun:
    """One of the organization's runs.

    Raises:
        NotFound: it has no such run.
    """
    row = await session.get(WorkflowRun, run_id)
    if row is None or row.organization_id != principal.organization_id:
        raise NotFound("run")
    return row


async def names_of(session: AsyncSession, runs: Sequence[WorkflowRun]) -> Mapping[str, RunNames]:
    """The names belonging to each of these runs, by run id."""
    ids = {run.workflow_id for run in runs} | {run.telephony_configuration_id for run in runs}
    # Ids are unique over all tables, so that one statement can look in both.
    statement = union_all(
        select(Workflow.id, Workflow.name).where(col(Workflow.id).in_(ids - {None})),
        select(TelephonyConfiguration.id, TelephonyConfiguration.name).where(
            col(TelephonyConfiguration.id).in_(ids - {None})
        ),
    )
    found = await (await session.connection()).execute(statement)
    names: dict[str | None, str] = {row.id: row.name for row in found}
    return {
        run.id: RunNames(names.get(run.workflow_id), names.get(run.telephony_configuration_id))
        for run in runs
    }


async def transcript_of(session: AsyncSession, run: WorkflowRun) -> Sequence[RunTurn]:
    """What was said, in order."""
    statement = select(RunTurn).where(RunTurn.run_id == run.id).order_by(col(RunTurn.position))
    return (await session.exec(statement)).all()


async def timeline_of(
    session: AsyncSession, principal: Principal, run_id: str, page: PageRequest
) -> Page[RunEvent]:
    """What happened, in order; the cursor is the last event's position.

    Raises:
        NotFound: the organization has no such run.
        InvalidInput: the cursor is not one of ours.
    """
    run = await get_run(session, principal, run_id)
    statement = select(RunEvent).where(RunEvent.run_id == run.id).order_by(col(RunEvent.position))
    if page.cursor is not None:
        if not _POSITION.fullmatch(page.cursor):
            raise InvalidInput("The cursor is not one this server gave.", location=("query", "cursor"))
        statement = statement.where(col(RunEvent.position) > int(page.cursor))
    rows = (await session.exec(statement.limit(page.limit + 1))).all()
    items = rows[: page.limit]
    return Page(items, str(items[-1].position) if len(rows) > page.limit else None)


async def recording_of(
    session: AsyncSession, principal: Principal, run_id: str, *, recordings_dir: Path
) -> Path:
    """Where a run's recording lies. It may still be growing.

    Raises:
        NotFound: the organization has no such run, or the run has no recording.
    """
    run = await get_run(session, principal, run_id)
    if run.recording_path is None:
        raise NotFound("recording")
    path = await asyncio.to_thread(_existing, recordings_dir, run.recording_path)
    if path is None:
        raise NotFound("recording")
    return path


async def peaks_of(
    session: AsyncSession, principal: Principal, run_id: str, most: int, *, recordings_dir: Path
) -> tuple[Peaks, int]:
    """The picture of a run's recording in at most so many peaks, and the milliseconds each stands for.

    Raises:
        NotFound: the organization has no such run, or the run has no recording that can be read.
    """
    path = await recording_of(session, principal, run_id, recordings_dir=recordings_dir)
    try:
        peaks = await asyncio.to_thread(read_peaks, path)
    except (OSError, ValueError):
        raise NotFound("recording") from None
    reduced, together = fewer(peaks, most)
    return reduced, together * BIN_MS


def _existing(folder: Path, name: str) -> Path | None:
    """The file of this name, never one outside the folder."""
    path = (folder / name).resolve()
    return path if path.is_relative_to(folder.resolve()) and path.is_file() else None
