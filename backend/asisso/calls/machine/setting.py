"""Where a call's machine stands, and what it knows when it begins. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

AGENT_TIMEOUT_MS = 5_000
RESUMED_AGENT_TIMEOUT_MS = 30_000
"""After a restart the speech models have to be loaded first; the caller has been answered already and waits."""


class State(Enum):
    SETTING_UP = auto()
    DIALING = auto()
    BRIDGING = auto()
    ANSWERING = auto()
    TALKING = auto()
    TRANSFERRING = auto()
    TRANSFERRED = auto()
    PARTING = auto()
    ENDED = auto()


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of a call when it begins.

    Attributes:
        is_answered: the channel is up already: the dialplan answered it, or an earlier process of ours.
        is_transferred: an earlier process of ours joined the caller to somebody; only the end is awaited.
        max_duration_ms: from the answer on.
        ring_timeout_ms: of the telephone an outbound call dials; None for an inbound call.
        can_fall_back: the dialplan may go on behind its Stasis() line when we fail.
        agent_timeout_ms: how long the agent may take to get ready.
    """

    max_duration_ms: int
    is_answered: bool = False
    is_transferred: bool = False
    ring_timeout_ms: int | None = None
    can_fall_back: bool = False
    agent_timeout_ms: int = AGENT_TIMEOUT_MS

    @property
    def must_dial(self) -> bool:
        return self.ring_timeout_ms is not None and not self.is_answered
