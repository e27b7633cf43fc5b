"""What can happen to a call, in the machine's words. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from asisso.vocabulary import EndedBy, Outcome

from .causes import HangupCause
from .plans import TransferPlan


class Timer(Enum):
    AGENT = auto()
    MEDIA = auto()
    NEXT_TRY = auto()
    DIALING = auto()
    MAX_DURATION = auto()
    TARGET = auto()
    BRIEFING = auto()
    CONFIRMING = auto()
    REFER = auto()
    PARTING = auto()


class Request(Enum):
    """The requests whose failure changes a call's course."""

    BRIDGE = auto()
    DIAL = auto()
    ADD = auto()
    ANSWER = auto()
    PARK = auto()
    UNPARK = auto()
    DIAL_TARGET = auto()
    ADD_TARGET = auto()
    JOIN_TARGET = auto()
    HAND_OVER = auto()
    REFER = auto()


# setting up


@dataclass(frozen=True, slots=True)
class AgentReady:
    pass


@dataclass(frozen=True, slots=True)
class AgentUnready:
    reason: str


@dataclass(frozen=True, slots=True)
class BridgeReady:
    pass


@dataclass(frozen=True, slots=True)
class MediaEntered:
    """The media channel is in our Stasis application; before that it cannot be bridged."""

    attempt: int


@dataclass(frozen=True, slots=True)
class MediaConnected:
    """The media socket showed its secret."""

    attempt: int


@dataclass(frozen=True, slots=True)
class MediaLost:
    """The media channel or its socket is gone, or never came."""

    attempt: int
    reason: str
    can_retry: bool = True


@dataclass(frozen=True, slots=True)
class CalleeRings:
    """The telephone we dialled rings, or sends early media."""


@dataclass(frozen=True, slots=True)
class CalleeStatus:
    """How dialling went, in the words of Dial(): BUSY, CONGESTION, NOANSWER, ..."""

    dial_status: str


@dataclass(frozen=True, slots=True)
class CalleeEntered:
    """The telephone we dialled has answered and is in our Stasis application."""


@dataclass(frozen=True, slots=True)
class Bridged:
    attempt: int


@dataclass(frozen=True, slots=True)
class Answered:
    pass


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """`attempt` is the media attempt that was to be added to the bridge, or the transfer the request was for."""

    request: Request
    reason: str
    attempt: int = 1


# the talk


@dataclass(frozen=True, slots=True)
class AgentLeft:
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class AgentBroke:
    """The agent cannot go on, or has not answered for too long."""

    reason: str


@dataclass(frozen=True, slots=True)
class CallerSilent:
    """The caller said nothing, not even after being asked."""


@dataclass(frozen=True, slots=True)
class HoldAsked:
    pass


@dataclass(frozen=True, slots=True)
class ResumeAsked:
    pass


@dataclass(frozen=True, slots=True)
class Said:
    """The last words have been heard, or could not be spoken."""


# transfer


@dataclass(frozen=True, slots=True)
class TransferAsked:
    plan: TransferPlan
    by: EndedBy


@dataclass(frozen=True, slots=True)
class TargetEntered:
    """The target has answered and is in our Stasis application."""


@dataclass(frozen=True, slots=True)
class TargetAdded:
    """The target is in the bridge with the agent."""

    number: int = 1


@dataclass(frozen=True, slots=True)
class Briefed:
    """The target has heard what there is to know."""


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key of whoever is in the bridge with the agent."""

    digit: str


@dataclass(frozen=True, slots=True)
class TargetJoined:
    """Target and caller are in one bridge."""

    number: int = 1


@dataclass(frozen=True, slots=True)
class TargetLeft:
    reason: str


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The dialplan has the caller."""


# endings from outside


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The person on the line is gone; for an outbound call also: was never reached."""

    cause: HangupCause | None = None


@dataclass(frozen=True, slots=True)
class OperatorHungUp:
    pass


@dataclass(frozen=True, slots=True)
class ServerStopping:
    pass


@dataclass(frozen=True, slots=True)
class PbxLost:
    reason: str


@dataclass(frozen=True, slots=True)
class TimeUp:
    """`attempt` is the media attempt or the transfer whose time is up."""

    timer: Timer
    attempt: int = 0


OF_A_TRANSFER = frozenset(
    {Request.DIAL_TARGET, Request.ADD_TARGET, Request.JOIN_TARGET, Request.HAND_OVER, Request.REFER}
)

TransferEvent = TargetEntered | TargetAdded | Briefed | KeyPressed | TargetJoined | TargetLeft | HandedOver
CallEvent = (
    AgentReady
    | AgentUnready
    | BridgeReady
    | MediaEntered
    | MediaConnected
    | MediaLost
    | CalleeRings
    | CalleeStatus
    | CalleeEntered
    | Bridged
    | Answered
    | RequestFailed
    | AgentLeft
    | AgentBroke
    | CallerSilent
    | HoldAsked
    | ResumeAsked
    | Said
    | TransferAsked
    | TransferEvent
    | CallerLeft
    | OperatorHungUp
    | ServerStopping
    | PbxLost
    | TimeUp
)
