"""Runs, their transcripts and timelines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from asisso.api.schemas.base import Output
from asisso.api.schemas.quality import QualityOut
from asisso.db.models import Direction, EndedBy, Outcome, RunState, RunTurn, Speaker, WorkflowRun
from asisso.services.runs import RunNames


class HangupCauseOut(Output):
    """Why the channel ended, as Asterisk told it (Q.850), with the SIP status where there was one."""

    code: int
    text: str
    sip_status: int | None


class TurnOut(Output):
    """What one side said. Times count from the run's beginning; a caller's barge-in interrupts the agent."""

    speaker: Speaker
    text: str
    started_ms: int
    ended_ms: int
    interrupted: bool


class RunOut(Output):
    """A call, running or ended. `detail` says why it was refused or failed."""

    # `from` is a word of the language, so the attribute needs another name.
    model_config = ConfigDict(from_attributes=True, validate_by_name=True, serialize_by_alias=True)

    id: str
    direction: Direction
    state: RunState
    outcome: Outcome | None
    ended_by: EndedBy | None
    hangup_cause: HangupCauseOut | None
    detail: str | None
    from_number: str = Field(alias="from")
    to_number: str = Field(alias="to")
    telephony_configuration_id: str | None
    telephony_configuration_name: str | None
    phone_number_id: str | None
    workflow_id: str | None
    workflow_name: str | None
    workflow_version: int | None
    channel_id: str
    context: dict[str, Any]
    gathered: dict[str, Any]
    latency: dict[str, Any]
    usage: dict[str, Any]
    recording_url: str | None
    recording_problem: str | None = Field(
        description="Why the recording does not hold the whole call; null when it does."
    )
    created_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    duration_ms: int | None


class RunDetail(RunOut):
    """A call with what was said and how good it was. `quality` is null while it lasts and where no agent took part."""

    transcript: list[TurnOut]
    quality: QualityOut | None


class RunEnvelope(Output):
    run: RunOut


class RunEventOut(Output):
    """One event of a call; `at_ms` counts from the run's beginning."""

    at_ms: int
    kind: str
    detail: dict[str, Any]


def run_out(run: WorkflowRun, names: RunNames) -> RunOut:
    """The answer for a run."""
    return RunOut(**_fields(run, names))


def run_detail(run: WorkflowRun, names: RunNames, transcript: Sequence[RunTurn]) -> RunDetail:
    """The answer for a run with its transcript."""
    return RunDetail(
        **_fields(run, names),
        transcript=[TurnOut.model_validate(turn) for turn in transcript],
        quality=QualityOut.model_validate(run.quality) if run.quality else None,
    )


def _fields(run: WorkflowRun, names: RunNames) -> dict[str, Any]:
    return {
        **run.model_dump(include=set(RunOut.model_fields)),
        "workflow_name": names.workflow,
        "telephony_configuration_name": names.telephony_configuration,
        "recording_url": f"/api/v1/runs/{run.id}/recording" if run.recording_path else None,
    }
