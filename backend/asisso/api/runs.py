"""Runs with their recordings and timelines."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.api.byte_ranges import file_response
from asisso.api.deps import Paging, ReadSession, State, Viewer
from asisso.api.errors import errors
from asisso.api.schemas.base import Moment, PageOut
from asisso.api.schemas.quality import PeaksOut
from asisso.api.schemas.runs import RunDetail, RunEventOut, RunOut, run_detail, run_out
from asisso.db.models import Direction, Outcome, WorkflowRun
from asisso.services import runs
from asisso.services.paging import Page, PageRequest
from asisso.services.runs import RunFilter

router = APIRouter(prefix="/runs", tags=["runs"])

TIMELINE_DEFAULT_LIMIT = 1000
TIMELINE_MAX_LIMIT = 5000
PEAKS_DEFAULT_POINTS = 1000
PEAKS_MAX_POINTS = 10_000


async def _run_filter(
    workflow_id: str | None = None,
    telephony_configuration_id: str | None = None,
    direction: Direction | None = None,
    outcome: Outcome | None = None,
    from_number: Annotated[str | None, Query(alias="from", description="The calling number.")] = None,
    to_number: Annotated[str | None, Query(alias="to", description="The called number.")] = None,
    number: Annotated[str | None, Query(description="Part of either number.")] = None,
    started_after: Moment | None = None,
    started_before: Moment | None = None,
) -> RunFilter:
    return RunFilter(
        workflow_id=workflow_id,
        telephony_configuration_id=telephony_configuration_id,
        direction=direction,
        outcome=outcome,
        from_number=from_number,
        to_number=to_number,
        number=number,
        started_after=started_after,
        started_before=started_before,
    )


@router.get("", responses=errors(401, 422))
async def list_runs(
    session: ReadSession,
    principal: Viewer,
    run_filter: Annotated[RunFilter, Depends(_run_filter)],
    paging: Paging,
) -> PageOut[RunOut]:
    """The organization's runs, newest first."""
    return await runs_page(session, await runs.list_runs(session, principal, run_filter, paging))


@router.get("/{run_id}", responses=errors(401, 404, 422))
async def get_run(run_id: str, session: ReadSession, principal: Viewer) -> RunDetail:
    """One run with its transcript."""
    run = await runs.get_run(session, principal, run_id)
    names = await runs.names_of(session, [run])
    return run_detail(run, names[run.id], await runs.transcript_of(session, run))


@router.get(
    "/{run_id}/recording",
    response_class=Response,
    responses={
        200: {"description": "Stereo WAV, caller left, agent right.", "content": {"audio/wav": {}}},
        206: {"description": "A part of it.", "content": {"audio/wav": {}}},
        416: {"description": "The range begins behind its end."},
        **errors(401, 404, 422),
    },
)
async def get_run_recording(
    run_id: str, request: Request, state: State, session: ReadSession, principal: Viewer
) -> Response:
    """The recording, whole or in byte ranges; while the call lasts, what there is of it so far."""
    path = await runs.recording_of(session, principal, run_id, recordings_dir=state.settings.recordings_dir)
    return await file_response(request, path, media_type="audio/wav", download_name=f"{run_id}.wav")


@router.get("/{run_id}/recording/peaks", responses=errors(401, 404, 422))
async def get_run_recording_peaks(
    run_id: str,
    state: State,
    session: ReadSession,
    principal: Viewer,
    points: Annotated[
        int, Query(ge=1, le=PEAKS_MAX_POINTS, description="At most so many peaks for each side.")
    ] = PEAKS_DEFAULT_POINTS,
) -> PeaksOut:
    """The recording's picture, for drawing it without loading it."""
    folder = state.settings.recordings_dir
    peaks, peak_ms = await runs.peaks_of(session, principal, run_id, points, recordings_dir=folder)
    caller, agent = peaks.T.tolist()
    return PeaksOut(peak_ms=peak_ms, caller=caller, agent=agent)


@router.get("/{run_id}/timeline", responses=errors(401, 404, 422))
async def get_run_timeline(
    run_id: str,
    session: ReadSession,
    principal: Viewer,
    limit: Annotated[int, Query(ge=1, le=TIMELINE_MAX_LIMIT)] = TIMELINE_DEFAULT_LIMIT,
    cursor: str | None = None,
) -> PageOut[RunEventOut]:
    """Every event of the call, in order."""
    page = await runs.timeline_of(session, principal, run_id, PageRequest(limit, cursor))
    return PageOut[RunEventOut].model_validate(page)


async def runs_page(session: AsyncSession, page: Page[WorkflowRun]) -> PageOut[RunOut]:
    """The answer for a page of runs, with the names of what they point to."""
    names = await runs.names_of(session, page.items)
    return PageOut(items=[run_out(run, names[run.id]) for run in page.items], next_cursor=page.next_cursor)
