"""Everything that was found out about one connection; the checks read nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from .client import Endpoint
from .reach import Reach
from .subject import Holder, Holding, Subject


class Answer(Enum):
    """How a media address answers a WebSocket upgrade that we send ourselves."""

    UNTRIED = auto()
    ACCEPTED = auto()
    REFUSED = auto()
    """It answers HTTP, but with a status instead of the upgrade."""
    NO_CONNECTION = auto()
    SILENT = auto()
    """It takes the connection and never answers: Asterisk before 22.11 would wait for ever."""
    BAD_CERTIFICATE = auto()
    NOT_TLS = auto()
    NOT_HTTP = auto()


@dataclass(frozen=True, slots=True)
class Look:
    """What came of it; `detail` is a status or the system's own words."""

    answer: Answer = Answer.UNTRIED
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Loop:
    """What came of leading audio through the PBX and back.

    Attributes:
        is_tried: it was tried at all.
        refusal: why Asterisk would not even begin, in its own words.
        has_connected: the media channel came to us and showed our secret.
        came_elsewhere: it was connected, but not with us.
        frames_sent, frames_there, frames_back: whole frames on each way.
        round_trip_ms: from the first frame sent to its return.
        session_limit: `sessionlimit` of http.conf, where Asterisk tells it.
    """

    is_tried: bool = False
    refusal: str = ""
    has_connected: bool = False
    came_elsewhere: bool = False
    frames_sent: int = 0
    frames_there: int = 0
    frames_back: int = 0
    round_trip_ms: float = 0.0
    session_limit: int | None = None

    @property
    def is_sound(self) -> bool:
        """Audio went there and came back."""
        return self.frames_there > 0 and self.frames_back > 0


class Way(Enum):
    """Where the dialplan leads a number."""

    NOWHERE = auto()
    OURS = auto()
    OTHER_APPLICATION = auto()
    ELSEWHERE = auto()


@dataclass(frozen=True, slots=True)
class Route:
    """One number's way.

    Attributes:
        context: where it was found; all that were tried when it was found nowhere.
        led_to: the other application's name, or what the dialplan did last.
        has_fallback: None when Asterisk can't tell.
    """

    address: str
    way: Way
    context: str
    led_to: str = ""
    has_fallback: bool | None = None
    called_lately: bool = False


@dataclass(slots=True)
class Facts:
    """Filled in stage by stage; what was not reached keeps its default.

    Attributes:
        unanswered: why reading back broke off, when it did.
        modules: whether each is running.
        websocket_client: None when there is no such section.
        pings_ms: round trips of small requests.
        clock_ahead_s: how far Asterisk's clock is ahead of ours.
    """

    subject: Subject
    reach: Reach
    unanswered: str = ""
    may_write: bool = True
    version_text: str = ""
    modules: Mapping[str, bool] = field(default_factory=dict)
    websocket_client: Mapping[str, str] | None = None
    holding: Holding = field(default_factory=lambda: Holding(Holder.NOBODY_OF_US))
    is_registered: bool = False
    endpoints: Mapping[str, Endpoint | None] = field(default_factory=dict)
    pings_ms: Sequence[float] = ()
    clock_ahead_s: float = 0.0
    look_at_client: Look = field(default_factory=Look)
    look_at_ours: Look = field(default_factory=Look)
    loop: Loop = field(default_factory=Loop)
    routes: Sequence[Route] | None = None
