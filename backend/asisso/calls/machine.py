"""The inbound call as a pure state machine: what happened goes in, what to do comes out.

No clock, no sockets, no `async`. It ends exactly once, and after its `Finish` it asks for nothing more;
whatever the call opened is closed by the session when `Finish` comes.

    setting up --(agent, bridge, media ready)--> bridging --> answering --> talking
         ^                                          |            |            |
         +------------- media lost, tries left -----+------------+------------+

Media is connected and bridged before the call is answered: an answered call never hears dead air, and a call
that cannot be served can still be refused with a proper cause.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from asisso.vocabulary import EndedBy, Outcome

MEDIA_TIMEOUT_MS = 2_500
"""Asterisk's default of 4 connection attempts takes 1.5 s; after that nothing will come."""

AGENT_TIMEOUT_MS = 5_000
TRIES_PER_LOSS = 2
TRIES_PER_CALL = 6
"""A media socket that keeps breaking must not keep a caller in the line for ever."""

CAUSE_UNALLOCATED = 1
CAUSE_NORMAL = 16
CAUSE_BUSY = 17
CAUSE_SUBSCRIBER_ABSENT = 20
CAUSE_CONGESTION = 34
"""Q.850; an unanswered PJSIP call sees them as 404, 603, 486, 480 and 503."""


class Timer(Enum):
    AGENT = auto()
    MEDIA = auto()
    MAX_DURATION = auto()


class Request(Enum):
    """The requests whose failure ends a call."""

    BRIDGE = auto()
    ADD = auto()
    ANSWER = auto()


@dataclass(frozen=True, slots=True)
class HangupCause:
    """Asterisk's Q.850 cause with its text, and the SIP status where it gave one."""

    code: int
    text: str
    sip_status: int | None = None


# what happens


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
class Bridged:
    attempt: int


@dataclass(frozen=True, slots=True)
class Answered:
    pass


@dataclass(frozen=True, slots=True)
class RequestFailed:
    request: Request
    reason: str


@dataclass(frozen=True, slots=True)
class CallerLeft:
    cause: HangupCause | None = None


@dataclass(frozen=True, slots=True)
class AgentLeft:
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class AgentBroke:
    reason: str


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
    timer: Timer
    attempt: int = 0


CallEvent = (
    AgentReady
    | AgentUnready
    | BridgeReady
    | MediaEntered
    | MediaConnected
    | MediaLost
    | Bridged
    | Answered
    | RequestFailed
    | CallerLeft
    | AgentLeft
    | AgentBroke
    | OperatorHungUp
    | ServerStopping
    | PbxLost
    | TimeUp
)


# what to do


@dataclass(frozen=True, slots=True)
class PrepareAgent:
    pass


@dataclass(frozen=True, slots=True)
class CreateBridge:
    pass


@dataclass(frozen=True, slots=True)
class CreateMedia:
    """With new ids for each attempt: Asterisk 22.10 dies of a repeated one."""

    attempt: int


@dataclass(frozen=True, slots=True)
class DropMedia:
    attempt: int


@dataclass(frozen=True, slots=True)
class AddToBridge:
    """Caller and media channel, in one request."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Answer:
    pass


@dataclass(frozen=True, slots=True)
class StartConversation:
    pass


@dataclass(frozen=True, slots=True)
class ResumeConversation:
    """New media after a loss: the agent goes on where it was."""


@dataclass(frozen=True, slots=True)
class StartTimer:
    timer: Timer
    delay_ms: int
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Finish:
    """The call's end.

    Attributes:
        release_cause: Q.850 cause to hang the caller up with; None when the caller's channel is gone.
        detail: why, for a person; None when outcome and `ended_by` say it all.
    """

    outcome: Outcome
    ended_by: EndedBy
    release_cause: int | None
    detail: str | None = None
    cause: HangupCause | None = None


Command = (
    PrepareAgent
    | CreateBridge
    | CreateMedia
    | DropMedia
    | AddToBridge
    | Answer
    | StartConversation
    | ResumeConversation
    | StartTimer
    | Finish
)


class State(Enum):
    SETTING_UP = auto()
    BRIDGING = auto()
    ANSWERING = auto()
    TALKING = auto()
    ENDED = auto()


class InboundCall:
    """One inbound call that has been admitted.

    Args:
        is_answered: the dialplan answered the channel before it came to us.
        max_duration_ms: from the answer on.
    """

    def __init__(self, *, is_answered: bool, max_duration_ms: int) -> None:
        self.state = State.SETTING_UP
        self.attempt = 0
        self._is_answered = is_answered
        self._max_duration_ms = max_duration_ms
        self._agent_ready = False
        self._agent_started = False
        self._bridge_ready = False
        self._media_entered = False
        self._media_connected = False
        self._tries_left = TRIES_PER_LOSS

    def begin(self) -> list[Command]:
        """The first commands; called once. Media goes first: everything else is ready before it is."""
        return [
            *self._try_media(),
            CreateBridge(),
            PrepareAgent(),
            StartTimer(Timer.AGENT, AGENT_TIMEOUT_MS),
        ]

    def handle(self, event: CallEvent) -> list[Command]:
        """Take one event; anything that belongs to an earlier attempt or comes after the end changes nothing."""
        if self.state is State.ENDED:
            return []
        match event:
            case CallerLeft(cause):
                return self._finish(Outcome.CALLER_HUNG_UP, EndedBy.CALLER, gone=True, cause=cause)
            case OperatorHungUp():
                outcome = Outcome.COMPLETED if self._is_answered else Outcome.CANCELED
                return self._finish(outcome, EndedBy.OPERATOR)
            case ServerStopping():
                return self._finish(Outcome.FAILED, EndedBy.SYSTEM, "The server was stopped during the call.")
            case PbxLost(reason):
                return self._finish(Outcome.FAILED, EndedBy.PBX, reason)
            case AgentLeft(outcome):
                return self._finish(outcome, EndedBy.AGENT)
            case AgentBroke(reason) | AgentUnready(reason):
                return self._finish(Outcome.FAILED, EndedBy.SYSTEM, reason)
            case RequestFailed(_, reason):
                return self._finish(Outcome.FAILED, EndedBy.SYSTEM, reason)
            case TimeUp():
                return self._time_up(event)
            case _:
                return self._progress(event)

    def _progress(self, event: CallEvent) -> list[Command]:
        match event:
            case AgentReady():
                self._agent_ready = True
            case BridgeReady():
                self._bridge_ready = True
            case MediaEntered(attempt) if attempt == self.attempt:
                self._media_entered = True
            case MediaConnected(attempt) if attempt == self.attempt:
                self._media_connected = True
            case MediaLost(attempt, reason, can_retry) if attempt == self.attempt:
                return self._media_lost(reason, can_retry=can_retry)
            case Bridged(attempt) if attempt == self.attempt and self.state is State.BRIDGING:
                return self._bridged()
            case Answered() if self.state is State.ANSWERING:
                self._is_answered = True
                return self._talk()
        if self.state is State.SETTING_UP and self._everything_is_ready:
            self.state = State.BRIDGING
            return [AddToBridge(self.attempt)]
        return []

    @property
    def _everything_is_ready(self) -> bool:
        return self._agent_ready and self._bridge_ready and self._media_entered and self._media_connected

    def _bridged(self) -> list[Command]:
        if self._is_answered:
            return self._talk()
        self.state = State.ANSWERING
        return [Answer()]

    def _talk(self) -> list[Command]:
        self.state = State.TALKING
        self._tries_left = TRIES_PER_LOSS
        if self._agent_started:
            return [ResumeConversation()]
        self._agent_started = True
        return [StartConversation(), StartTimer(Timer.MAX_DURATION, self._max_duration_ms)]

    def _try_media(self) -> list[Command]:
        self.attempt += 1
        self._tries_left -= 1
        self._media_entered = self._media_connected = False
        return [CreateMedia(self.attempt), StartTimer(Timer.MEDIA, MEDIA_TIMEOUT_MS, self.attempt)]

    def _media_lost(self, reason: str, *, can_retry: bool) -> list[Command]:
        if not can_retry or self._tries_left < 1 or self.attempt >= TRIES_PER_CALL:
            return self._finish(Outcome.FAILED, EndedBy.SYSTEM, reason)
        lost = self.attempt
        if self.state is not State.ANSWERING:
            self.state = State.SETTING_UP
            return [DropMedia(lost), *self._try_media()]
        # The answer is on its way and can't be taken back; its `Answered` must not start a talk without media.
        self.state = State.SETTING_UP
        self._is_answered = True
        return [DropMedia(lost), *self._try_media()]

    def _time_up(self, event: TimeUp) -> list[Command]:
        match event.timer:
            case Timer.AGENT if not self._agent_ready:
                return self._finish(
                    Outcome.FAILED, EndedBy.SYSTEM, "The agent was not ready to answer the call in time."
                )
            case Timer.MEDIA if event.attempt == self.attempt and not self._media_is_up:
                return self._media_lost(
                    "Asterisk did not connect to our media address in time; check the URI in "
                    "websocket_client.conf and the firewall between Asterisk and this server.",
                    can_retry=True,
                )
            case Timer.MAX_DURATION:
                return self._finish(Outcome.MAX_DURATION, EndedBy.SYSTEM)
        return []

    @property
    def _media_is_up(self) -> bool:
        return self._media_entered and self._media_connected

    def _finish(
        self,
        outcome: Outcome,
        ended_by: EndedBy,
        detail: str | None = None,
        *,
        gone: bool = False,
        cause: HangupCause | None = None,
    ) -> list[Command]:
        self.state = State.ENDED
        release = CAUSE_NORMAL if self._is_answered or outcome is Outcome.CANCELED else CAUSE_CONGESTION
        return [Finish(outcome, ended_by, None if gone else release, detail, cause)]
