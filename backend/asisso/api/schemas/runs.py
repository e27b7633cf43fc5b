"""Runs, their transcripts and timelines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from asisso.api.schemas.base import Output
from asisso.api.schemas.quality import QualityOut
from asisso.api.schemas.run_figures import RunLatencyOut, RunUsageOut
from asisso.db.models import Analysis, Direction, EndedBy, Outcome, RunState, RunTurn, Speaker, WorkflowRun
from asisso.services.runs import RunNames
from asisso.vocabulary import LiveState


class HangupCauseOut(Output):
    """Why the channel ended, as Asterisk told it (Q.850), with the SIP status where there was one."""

    code: int = Field(examples=[16])
    text: str = Field(examples=["Normal Clearing"])
    sip_status: int | None = Field(examples=[None])


class TurnOut(Output):
    """What one side said. Times count from the run's beginning; a caller's barge-in interrupts the agent."""

    speaker: Speaker
    text: str = Field(examples=["Hello there. How can I help?"])
    started_ms: int = Field(examples=[1200])
    ended_ms: int = Field(examples=[3400])
    interrupted: bool


class RunOut(Output):
    """A call, running or ended. `detail` says why it was refused or failed.

    `live_state` tells more of a call that is up, as far as the server that answers carries it; null otherwise.
    """

    # `from` is a word of the language, so the attribute needs another name.
    model_config = ConfigDict(from_attributes=True, validate_by_name=True, serialize_by_alias=True)

    id: str
    direction: Direction
    state: RunState
    live_state: LiveState | None
    outcome: Outcome | None
    ended_by: EndedBy | None
    hangup_cause: HangupCauseOut | None
    detail: str | None = Field(examples=[None])
    from_number: str = Field(alias="from", examples=["6001"])
    to_number: str = Field(alias="to", examples=["8000"])
    telephony_configuration_id: str | None
    telephony_configuration_name: str | None = Field(examples=["Office"])
    phone_number_id: str | None
    workflow_id: str | None
    workflow_name: str | None = Field(examples=["Reception"])
    workflow_version: int | None = Field(examples=[1])
    channel_id: str = Field(examples=["1760000000.42"])
    context: dict[str, Any] = Field(
        description="What was known when the call came, beside what was sent with it.",
        examples=[
            {"caller_number": "6001", "called_number": "8000", "direction": "inbound", "provider": "ari"}
        ],
    )
    node_id: str | None = Field(
        description="Where in its workflow the conversation is, or was when the call ended.",
        examples=["order"],
    )
    gathered: dict[str, Any] = Field(
        description="What the agent asked for and was told, by name.", examples=[{"order_number": "4711"}]
    )
    summary: str | None = Field(
        description="Two or three sentences, made after the call where the workflow asks for it.",
        examples=["The caller asked for order 4711 and was told that it has been sent."],
    )
    disposition: str | None = Field(
        description="Which of the workflow's dispositions fits the call.", examples=["answered"]
    )
    analysis: Analysis | None = Field(
        description="Whether summary and disposition are still being made; null where none were asked for.",
        examples=["done"],
    )
    analysis_problem: str | None = Field(
        description="Why they could not be made, or not yet.", examples=[None]
    )
    latency: RunLatencyOut
    usage: RunUsageOut
    recording_url: str | None = Field(
        description="Where the recording is, below this server's address.",
        examples=["/api/v1/runs/019b7d2e1f407c3a9d526f0e8a1b2c3d/recording"],
    )
    recording_problem: str | None = Field(
        description="Why the recording does not hold the whole call; null when it does.", examples=[None]
    )
    created_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    duration_ms: int | None = Field(examples=[42000])


class RunDetail(RunOut):
    """A call with what was said and how good it was. `quality` is null while it lasts and where no agent took part."""

    transcript: list[TurnOut]
    quality: QualityOut | None


class RunEnvelope(Output):
    """The run of the call that was asked about."""

    run: RunOut


class RunEventOut(Output):
    """One event of a call; `at_ms` counts from the run's beginning."""

    at_ms: int = Field(examples=[180])
    kind: str = Field(examples=["answered"])
    detail: dict[str, Any] = Field(
        description="What belongs to an event of this kind.", examples=[{"answer_ms": 180}]
    )


_FROM_THE_ROW = set(RunOut.model_fields)


def run_out(run: WorkflowRun, names: RunNames, live_state: LiveState | None) -> RunOut:
    """The answer for a run."""
    return RunOut(**_fields(run, names, live_state))


def run_detail(
    run: WorkflowRun, names: RunNames, live_state: LiveState | None, transcript: Sequence[RunTurn]
) -> RunDetail:
    """The answer for a run with its transcript."""
    return RunDetail(
        **_fields(run, names, live_state),
        transcript=[TurnOut.model_validate(turn) for turn in transcript],
        quality=QualityOut.model_validate(run.quality) if run.quality else None,
    )


def _fields(run: WorkflowRun, names: RunNames, live_state: LiveState | None) -> dict[str, Any]:
    return {
        **run.model_dump(include=_FROM_THE_ROW),
        "live_state": live_state if run.state is not RunState.COMPLETED else None,
        "workflow_name": names.workflow,
        "telephony_configuration_name": names.telephony_configuration,
        "recording_url": f"/api/v1/runs/{run.id}/recording" if run.recording_path else None,
    }
