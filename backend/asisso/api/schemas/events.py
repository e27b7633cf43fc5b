"""Server-sent events. `type` is also the event's name on the wire; every event says how something is now."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, RootModel

from asisso.api.schemas.base import Output
from asisso.api.schemas.runs import RunOut
from asisso.api.schemas.telephony_configurations import TelephonyConfigurationOut
from asisso.services.event_feed import Closing, Missed

NounName = Literal["telephony-configurations", "runs", "phone-numbers", "workflows", "workflow-tests"]


class SnapshotEvent(Output):
    """How everything is; what was known before is out of date. `reason` says why it was sent instead of changes:
    nothing was known yet, too much was missed, or the last id was given by another server or an earlier start."""

    type: Literal["snapshot"]
    reason: Missed
    telephony_configurations: list[TelephonyConfigurationOut]
    calls: list[RunOut]


class ResumedEvent(Output):
    """The stream goes on where it broke off; what was missed follows."""

    type: Literal["resumed"]


class TelephonyConfigurationEvent(Output):
    """A telephony configuration or its connection is not as it was."""

    type: Literal["telephony_configuration"]
    telephony_configuration: TelephonyConfigurationOut


class RunEvent(Output):
    """A call began, changed or ended."""

    type: Literal["run"]
    run: RunOut


class ChangedEvent(Output):
    """Something was made or changed, and can be read again."""

    type: Literal["changed"]
    noun: NounName
    id: str


class RemovedEvent(Output):
    """Something was deleted."""

    type: Literal["removed"]
    noun: NounName
    id: str


class ClosingEvent(Output):
    """The last event: why the server ends the stream. Connect again, after `too_slow` and `signed_out` not at once."""

    type: Literal["closing"]
    reason: Closing


AnyEvent = Annotated[
    SnapshotEvent
    | ResumedEvent
    | TelephonyConfigurationEvent
    | RunEvent
    | ChangedEvent
    | RemovedEvent
    | ClosingEvent,
    Field(discriminator="type"),
]


class StreamEvent(RootModel[AnyEvent]):
    """The data of one event."""
