"""chan_websocket's control messages as a pure state machine. No sockets, no clock.

    asterisk -> receive_text()   -> event      (audio is binary and needs no parsing)
    us       -> mark(), flush()  -> text to send, in the form the peer speaks

Both control formats are understood: JSON (`f(json)`) and plain text. Source: Asterisk channels/chan_websocket.c.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ..version import Ability

MAX_COMMAND_BYTES = 128
"""chan_websocket ignores a longer text message without a word."""

MAX_MESSAGE_BYTES = 65_531
"""One byte more closes the socket with 1009 and takes the channel with it."""

QUEUE_LIMIT_FRAMES = 1000
"""What is sent beyond this many queued frames is dropped in silence."""


@dataclass(frozen=True, slots=True)
class MediaStart:
    """The channel introduces itself; normally the first message, after audio on Asterisk 22.7 and older."""

    channel_id: str
    connection_id: str
    format: str
    frame_bytes: int
    ptime_ms: int
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MarkProcessed:
    """The frame behind the mark is being played."""

    correlation_id: str


@dataclass(frozen=True, slots=True)
class BufferingCompleted:
    """Everything sent before STOP_MEDIA_BUFFERING has been played out."""

    correlation_id: str


@dataclass(frozen=True, slots=True)
class QueueDrained:
    pass


@dataclass(frozen=True, slots=True)
class FlowStopped:
    """MEDIA_XOFF: 900 frames are queued; soon more would be dropped."""


@dataclass(frozen=True, slots=True)
class FlowResumed:
    """MEDIA_XON: fewer than 800 frames are queued."""


@dataclass(frozen=True, slots=True)
class DtmfEnd:
    """The caller keyed a digit; the same digit also arrives as an ARI event."""

    digit: str


@dataclass(frozen=True, slots=True)
class QueueStatus:
    queue_frames: int
    is_full: bool
    is_buffering: bool
    is_paused: bool


@dataclass(frozen=True, slots=True)
class PeerError:
    """Asterisk could not use a command of ours."""

    text: str


@dataclass(frozen=True, slots=True)
class Unintelligible:
    """A text message that is no known event; never a reason to close."""

    text: str


MediaEvent = (
    MediaStart
    | MarkProcessed
    | BufferingCompleted
    | QueueDrained
    | FlowStopped
    | FlowResumed
    | DtmfEnd
    | QueueStatus
    | PeerError
    | Unintelligible
)


class Direction(StrEnum):
    """Which way sound goes, as chan_websocket sees it."""

    BOTH = "both"
    IN = "in"
    """Ours is dropped."""
    OUT = "out"
    """None of the caller's is sent to us."""


class MediaProtocol:
    """One media socket's control side.

    Args:
        abilities: of the peer's release, `version.abilities`; by default all.

    Attributes:
        start: the peer's MEDIA_START once it came.
        is_stopped: between XOFF and XON; what is sent now may be lost.
        is_buffering: between START_MEDIA_BUFFERING and its end; a flush ends it too.
    """

    def __init__(self, abilities: frozenset[Ability] = frozenset(Ability)) -> None:
        self._abilities = abilities
        self.start: MediaStart | None = None
        self.is_stopped = False
        self.is_buffering = False
        self._speaks_json = True

    def receive_text(self, text: str) -> MediaEvent:
        """Understand one control message; garbage becomes `Unintelligible`, never an exception."""
        fields = _json_fields(text) if text.lstrip().startswith("{") else _plain_fields(text)
        if fields is None:
            return Unintelligible(text[:200])
        event = _event_of(fields, text)
        match event:
            case MediaStart():
                if self.start is not None:
                    return Unintelligible(text[:200])
                self.start = event
                self._speaks_json = text.lstrip().startswith("{")
            case FlowStopped():
                self.is_stopped = True
            case FlowResumed():
                self.is_stopped = False
        return event

    def mark(self, correlation_id: str) -> str:
        """MARK_MEDIA: ask for `MarkProcessed` when the audio sent so far has been taken."""
        return self._command("MARK_MEDIA", correlation_id)

    def start_buffering(self) -> str:
        """START_MEDIA_BUFFERING: from now on messages need not be whole frames."""
        self.is_buffering = True
        return self._command("START_MEDIA_BUFFERING")

    def stop_buffering(self, correlation_id: str) -> str:
        """STOP_MEDIA_BUFFERING: a rest shorter than a frame is played too."""
        self.is_buffering = False
        return self._command("STOP_MEDIA_BUFFERING", correlation_id)

    def flush(self) -> str:
        """FLUSH_MEDIA: silence within a frame; drops pending marks and ends buffering."""
        self.is_buffering = False
        self.is_stopped = False
        return self._command("FLUSH_MEDIA")

    def report_drained(self) -> str:
        """REPORT_QUEUE_DRAINED: one `QueueDrained`, a tick after the last frame."""
        return self._command("REPORT_QUEUE_DRAINED")

    def get_status(self) -> str:
        """GET_STATUS: a `QueueStatus` at once."""
        return self._command("GET_STATUS")

    def pause(self) -> str:
        """PAUSE_MEDIA: silence within a frame, and nothing is lost. XON is not sent meanwhile."""
        return self._command("PAUSE_MEDIA")

    def resume(self) -> str:
        """CONTINUE_MEDIA: go on where `pause` stopped."""
        return self._command("CONTINUE_MEDIA")

    def answer(self) -> str:
        """ANSWER: for a channel that was made not to answer by itself (dial option `n`)."""
        return self._command("ANSWER")

    def set_direction(self, direction: Direction) -> str | None:
        """SET_MEDIA_DIRECTION; None where it can't be said: the plain form lacks it, and so do old releases."""
        if not self._speaks_json or Ability.ONE_DIRECTION not in self._abilities:
            return None
        return json.dumps({"command": "SET_MEDIA_DIRECTION", "direction": direction}, separators=(",", ":"))

    def hang_up(self) -> str:
        """HANGUP: ends the media channel only, not the caller's."""
        return self._command("HANGUP")

    def _command(self, name: str, correlation_id: str = "") -> str:
        """Write a command in the peer's form.

        Raises:
            ValueError: it would be longer than chan_websocket reads.
        """
        if not self._speaks_json:
            text = f"{name} {correlation_id}".strip()
        elif correlation_id:
            text = json.dumps({"command": name, "correlation_id": correlation_id}, separators=(",", ":"))
        else:
            text = f'{{"command":"{name}"}}'
        if len(text.encode()) > MAX_COMMAND_BYTES:
            raise ValueError(f"a media command may have {MAX_COMMAND_BYTES} bytes, {name} has more")
        return text


def _json_fields(text: str) -> dict[str, Any] | None:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def _plain_fields(text: str) -> dict[str, Any] | None:
    words = text.split()
    if not words:
        return None
    fields: dict[str, Any] = {"event": words[0]}
    for word in words[1:]:
        name, colon, value = word.partition(":")
        if colon:
            fields[name] = value
    if words[0] == "ERROR":
        fields["error_text"] = text.partition(" ")[2]
    return fields


def _event_of(fields: Mapping[str, Any], text: str) -> MediaEvent:
    correlation_id = str(fields.get("correlation_id", ""))
    match fields.get("event"):
        case "MEDIA_START":
            return _media_start(fields) or Unintelligible(text[:200])
        case "MEDIA_MARK_PROCESSED":
            return MarkProcessed(correlation_id)
        case "MEDIA_BUFFERING_COMPLETED":
            return BufferingCompleted(correlation_id)
        case "QUEUE_DRAINED":
            return QueueDrained()
        case "MEDIA_XOFF":
            return FlowStopped()
        case "MEDIA_XON":
            return FlowResumed()
        case "DTMF_END":
            digit = str(fields.get("digit", ""))
            return DtmfEnd(digit) if len(digit) == 1 else Unintelligible(text[:200])
        case "STATUS":
            return QueueStatus(
                _number(fields.get("queue_length")) or 0,
                _truth(fields.get("queue_full")),
                _truth(fields.get("bulk_media")),
                _truth(fields.get("media_paused")),
            )
        case "ERROR":
            return PeerError(str(fields.get("error_text", ""))[:500].strip())
    return Unintelligible(text[:200])


def _media_start(fields: Mapping[str, Any]) -> MediaStart | None:
    frame_bytes = _number(fields.get("optimal_frame_size"))
    channel_id = fields.get("channel_id")
    if not isinstance(channel_id, str) or not channel_id or frame_bytes is None:
        return None
    variables = fields.get("channel_variables")
    return MediaStart(
        channel_id=channel_id,
        connection_id=str(fields.get("connection_id", "")),
        format=str(fields.get("format", "")),
        frame_bytes=frame_bytes,
        ptime_ms=_number(fields.get("ptime")) or 20,
        variables={str(k): str(v) for k, v in variables.items()} if isinstance(variables, dict) else {},
    )


def _number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def _truth(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() in ("true", "yes", "1"))
