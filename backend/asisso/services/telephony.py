"""What the rest of the product may ask of the running telephony.

`runtime` implements it; services and the API know only this. Rows are the truth: everything said here is either a
hint that a row changed, or a look at something that exists only while it runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from asisso.agents.typed import TypedParts
from asisso.calls.admission import Admission
from asisso.calls.caller_leg import DialOrder
from asisso.calls.control import CallControls
from asisso.vocabulary import EndedBy


class ConnectionState(StrEnum):
    """Where a telephony configuration's connection stands."""

    CONNECTED = "connected"
    CONNECTING = "connecting"
    RETRYING = "retrying"
    NEEDS_ATTENTION = "needs_attention"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """A connection as it is now.

    Attributes:
        since: when `state` was entered.
        reason: what happened, for a person; None while all is well.
        hint: what to do about it.
        round_trip_ms: of a ping on the event stream, there and back.
        node: the process that holds the connection.
        next_attempt_at: when it is tried again, while `retrying`.
        code: of the failure that `reason` tells of (`asterisk.ari.failures`).
    """

    state: ConnectionState
    since: datetime
    reason: str | None
    hint: str | None
    asterisk_version: str | None
    last_event_at: datetime | None
    round_trip_ms: int | None
    active_calls: int
    node: str
    next_attempt_at: datetime | None
    code: str | None = None


class Telephony(Protocol):
    """The connections to PBXs and the calls that run over them, in this process."""

    def status(self, configuration_id: str) -> ConnectionStatus:
        """The connection as it is now; `disabled` for a configuration that is not held here."""

    def all_statuses(self) -> Mapping[str, ConnectionStatus]:
        """The connections held here, by configuration."""

    def configuration_changed(self, configuration_id: str) -> None:
        """Read the row again soon. Called after the change is committed, deletions too."""

    def reconnect(self, configuration_id: str) -> None:
        """Drop the connection and try anew at once, whatever state it is in."""

    @property
    def node(self) -> str:
        """What this process is called in runs and statuses."""

    def no_capacity(self) -> str | None:
        """Why no further call can be taken or made now; None when one can."""

    def place_call(self, admission: Admission, channel_id: str, order: DialOrder) -> None:
        """Make an admitted outbound call. Called after its run is committed; how it ends, the run tells."""

    def controls(self, run_id: str, by: EndedBy) -> CallControls | None:
        """What may be asked of a live call; None when it is not live in this process."""

    def typed_parts(self) -> TypedParts:
        """What a conversation in writing shares with calls."""

    def readiness(self) -> list[str]:
        """Why calls cannot be taken now, one sentence each; empty when they can."""

    async def drain(self, timeout_s: float) -> None:
        """Refuse new calls and let the live ones end; what is still up after `timeout_s` is ended."""
