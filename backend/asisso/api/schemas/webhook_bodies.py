"""What is sent to webhooks: for the API's description only, as `db/outbox` and their announcers write it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from asisso.api.schemas.base import Output
from asisso.api.schemas.run_figures import RunUsageOut
from asisso.db.models import Analysis, Direction, EndedBy, Outcome, RunState, WebhookEvent
from asisso.services.telephony import ConnectionState


class WebhookRun(Output):
    """A call as it was when the event happened. Before the end, its last facts are null.

    What was said is not sent: read it, with the latency and the quality, at `GET /api/v1/runs/{id}`.
    """

    model_config = ConfigDict(from_attributes=True, validate_by_name=True, serialize_by_alias=True)

    id: str
    direction: Direction
    state: RunState
    outcome: Outcome | None
    ended_by: EndedBy | None
    detail: str | None = Field(examples=[None])
    from_number: str = Field(alias="from", examples=["6001"])
    to_number: str = Field(alias="to", examples=["8000"])
    telephony_configuration_id: str | None
    phone_number_id: str | None
    workflow_id: str | None
    workflow_version: int | None = Field(examples=[1])
    channel_id: str = Field(examples=["1760000000.42"])
    context: dict[str, Any] = Field(
        description="What was known when the call came, beside what was sent with it.",
        examples=[{"caller_number": "6001", "called_number": "8000"}],
    )
    node_id: str | None = Field(description="Where in its workflow the call ended.", examples=["tell"])
    gathered: dict[str, Any] = Field(
        description="What the agent asked for and was told, by name.", examples=[{"order_number": "4711"}]
    )
    summary: str | None = Field(examples=["The caller asked for order 4711, which has been sent."])
    disposition: str | None = Field(examples=["answered"])
    analysis: Analysis | None = Field(
        description="`pending` in `run.completed` where `run.analyzed` follows; null where nothing does.",
        examples=["done"],
    )
    analysis_problem: str | None = Field(examples=[None])
    usage: RunUsageOut
    recording_url: str | None = Field(
        description="Where the recording is, below this server's address.",
        examples=["/api/v1/runs/019b7d2e1f407c3a9d526f0e8a1b2c3d/recording"],
    )
    recording_problem: str | None = Field(examples=[None])
    created_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    duration_ms: int | None = Field(examples=[42000])


class WebhookRunData(Output):
    """What an event of a call is about."""

    run: WebhookRun


class WebhookState(Output):
    """A connection whose state has lasted some seconds."""

    id: str
    name: str = Field(examples=["Office"])
    state: ConnectionState
    previous_state: ConnectionState | None
    reason: str | None = Field(examples=[None])


class WebhookStateData(Output):
    """What an event of a connection is about."""

    telephony_configuration: WebhookState


class _WebhookBody(Output):
    id: str = Field(description="Of the delivery: the same at every attempt.")
    created_at: datetime


class WebhookRunEvent(_WebhookBody):
    """Something happened to a call."""

    type: Literal[
        WebhookEvent.RUN_STARTED,
        WebhookEvent.RUN_ANSWERED,
        WebhookEvent.RUN_COMPLETED,
        WebhookEvent.RUN_ANALYZED,
    ]
    data: WebhookRunData


class WebhookStateEvent(_WebhookBody):
    """A connection's state changed."""

    type: Literal[WebhookEvent.CONFIGURATION_STATE_CHANGED]
    data: WebhookStateData
