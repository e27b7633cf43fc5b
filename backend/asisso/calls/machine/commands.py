"""What a call wants done, in the machine's words. Pure data; `active_call` does it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from asisso.vocabulary import EndedBy, Outcome

from .causes import HangupCause
from .events import Timer
from .plans import ToDialplan, ToReferral, ToTarget


class Phrase(Enum):
    """What a call says by itself, whatever its agent does; the words are the workflow's."""

    APOLOGY = "apology"
    TIME_LIMIT = "time_limit"
    SILENCE_PROMPT = "silence_prompt"
    SILENCE_FAREWELL = "silence_farewell"


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
class Dial:
    """Call the telephone of an outbound call."""


@dataclass(frozen=True, slots=True)
class AddToBridge:
    """Caller and media channel, in one request; a parked caller stays where the music is."""

    attempt: int
    with_caller: bool = True


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
class ShowRinging:
    """The dialled telephone rings: the run says so."""


@dataclass(frozen=True, slots=True)
class DismissAgent:
    """The agent has nothing more to say in this call.

    Attributes:
        leaves_line: neither has the call itself: nothing more is heard, said or recorded.
    """

    leaves_line: bool = False


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a phrase and tell when it has been heard."""

    phrase: Phrase


@dataclass(frozen=True, slots=True)
class Park:
    """Take the caller out of the bridge and play music; the agent neither hears nor is heard."""


@dataclass(frozen=True, slots=True)
class Unpark:
    """Stop the music and bring the caller back to the agent."""


@dataclass(frozen=True, slots=True)
class DialTarget:
    """`number` is the transfer's, here and below: what becomes of its requests must not be taken for another's."""

    plan: ToTarget
    number: int = 1


@dataclass(frozen=True, slots=True)
class AddTarget:
    """To the bridge in which the agent is."""

    number: int = 1


@dataclass(frozen=True, slots=True)
class Brief:
    """Tell the target, and then tell the call that it was told."""

    text: str


@dataclass(frozen=True, slots=True)
class JoinTarget:
    """Music off, caller and target into one bridge."""

    number: int = 1


@dataclass(frozen=True, slots=True)
class DropTarget:
    pass


@dataclass(frozen=True, slots=True)
class HandOver:
    """Continue in the dialplan, if that place exists."""

    place: ToDialplan
    number: int = 1


@dataclass(frozen=True, slots=True)
class Refer:
    plan: ToReferral
    number: int = 1


@dataclass(frozen=True, slots=True)
class EndTransfer:
    """Tell whoever asked for it; `reason` says why the caller is still here, None when the transfer is done."""

    reason: str | None


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
        falls_back: let the dialplan go on behind its Stasis() line instead, if it will.
        leaves_bridge: the caller was joined to somebody, and the two go on talking without us.
    """

    outcome: Outcome
    ended_by: EndedBy
    release_cause: int | None
    detail: str | None = None
    cause: HangupCause | None = None
    falls_back: bool = False
    leaves_bridge: bool = False


TransferCommand = (
    Park | Unpark | DialTarget | AddTarget | Brief | JoinTarget | DropTarget | HandOver | Refer | StartTimer
)
Command = (
    PrepareAgent
    | CreateBridge
    | CreateMedia
    | DropMedia
    | Dial
    | AddToBridge
    | Answer
    | StartConversation
    | ResumeConversation
    | ShowRinging
    | DismissAgent
    | Say
    | TransferCommand
    | EndTransfer
    | Finish
)
