"""ARI's events as types: the ones a call is made of; every other one keeps its name only.

Field names follow Asterisk's rest-api/api-docs/events.json.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as an event shows it; ids are unique per PBX and start again after its restart."""

    id: str
    name: str
    state: str
    caller_number: str
    caller_name: str
    context: str
    extension: str
    protocol_id: str = ""
    variables: Mapping[str, str] | None = None
    priority: int = 0

    @property
    def is_answered(self) -> bool:
        return self.state == "Up"


@dataclass(frozen=True, slots=True)
class StasisStart:
    channel: Channel
    args: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StasisEnd:
    channel: Channel


@dataclass(frozen=True, slots=True)
class ChannelDestroyed:
    """`cause` is Q.850, `tech_cause` the SIP status where Asterisk knows one (22.7 and later)."""

    channel: Channel
    cause: int
    cause_text: str
    tech_cause: int | None


@dataclass(frozen=True, slots=True)
class ChannelHangupRequest:
    channel: Channel
    cause: int | None
    tech_cause: int | None


@dataclass(frozen=True, slots=True)
class ChannelStateChange:
    channel: Channel


@dataclass(frozen=True, slots=True)
class Dial:
    """How dialling a channel of ours goes on; `channel` is the event's `peer`.

    Attributes:
        dial_status: empty at first, then RINGING, PROGRESS, ANSWER, BUSY, CONGESTION, NOANSWER, CANCEL, ...
    """

    channel: Channel
    dial_status: str


@dataclass(frozen=True, slots=True)
class PlaybackFinished:
    """A sound that Asterisk played to the channel is over, or could not be played."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class ChannelDtmfReceived:
    channel: Channel
    digit: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class ChannelEnteredBridge:
    channel: Channel
    bridge_id: str


@dataclass(frozen=True, slots=True)
class ChannelLeftBridge:
    channel: Channel
    bridge_id: str


@dataclass(frozen=True, slots=True)
class ChannelDialplan:
    """The channel begins a step of the dialplan; `channel.priority` says which."""

    channel: Channel
    application: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ApplicationReplaced:
    """Another WebSocket has taken our Stasis application; this one stays open and deaf."""

    application: str


@dataclass(frozen=True, slots=True)
class OtherEvent:
    type: str


ChannelEvent = (
    StasisStart
    | StasisEnd
    | ChannelDestroyed
    | ChannelHangupRequest
    | ChannelStateChange
    | Dial
    | PlaybackFinished
    | ChannelDtmfReceived
    | ChannelEnteredBridge
    | ChannelLeftBridge
    | ChannelDialplan
)
AriEvent = ChannelEvent | ApplicationReplaced | OtherEvent


def parse_event(text: str) -> AriEvent:
    """Read one message of the event WebSocket.

    Raises:
        ValueError: it is not a JSON object with a `type`.
    """
    raw = json.loads(text)
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
        raise ValueError("an ARI event must be a JSON object with a type")
    kind: str = raw["type"]
    if kind == "ApplicationReplaced":
        return ApplicationReplaced(str(raw.get("application", "")))
    channel = _channel_in(kind, raw)
    if not isinstance(channel, dict) or "id" not in channel:
        return OtherEvent(kind)
    return _channel_event(kind, parse_channel(channel), raw)


def _channel_in(kind: str, raw: Mapping[str, Any]) -> object:
    """The channel an event is about; two kinds name it in a way of their own."""
    if kind == "Dial":
        return raw.get("peer")
    if kind == "PlaybackFinished":
        of, _, channel_id = str((raw.get("playback") or {}).get("target_uri", "")).partition(":")
        return {"id": channel_id} if of == "channel" else None
    return raw.get("channel")


def _channel_event(kind: str, channel: Channel, raw: Mapping[str, Any]) -> AriEvent:
    bridge_id = str((raw.get("bridge") or {}).get("id", ""))
    match kind:
        case "StasisStart":
            return StasisStart(channel, tuple(str(a) for a in raw.get("args") or ()))
        case "StasisEnd":
            return StasisEnd(channel)
        case "ChannelDestroyed":
            return ChannelDestroyed(
                channel,
                _int(raw.get("cause")) or 0,
                str(raw.get("cause_txt", "")),
                _int(raw.get("tech_cause")),
            )
        case "ChannelHangupRequest":
            return ChannelHangupRequest(channel, _int(raw.get("cause")), _int(raw.get("tech_cause")))
        case "ChannelStateChange":
            return ChannelStateChange(channel)
        case "Dial":
            return Dial(channel, str(raw.get("dialstatus", "")))
        case "PlaybackFinished":
            return PlaybackFinished(channel)
        case "ChannelDtmfReceived":
            return ChannelDtmfReceived(channel, str(raw.get("digit", "")), _int(raw.get("duration_ms")) or 0)
        case "ChannelEnteredBridge":
            return ChannelEnteredBridge(channel, bridge_id)
        case "ChannelLeftBridge":
            return ChannelLeftBridge(channel, bridge_id)
        case "ChannelDialplan":
            return ChannelDialplan(
                channel, str(raw.get("dialplan_app", "")), str(raw.get("dialplan_app_data", ""))
            )
    return OtherEvent(kind)


def parse_channel(raw: Mapping[str, Any]) -> Channel:
    """Read ARI's Channel object from an event or a REST answer."""
    caller = raw.get("caller") or {}
    dialplan = raw.get("dialplan") or {}
    variables = raw.get("channelvars")
    return Channel(
        id=str(raw["id"]),
        name=str(raw.get("name", "")),
        state=str(raw.get("state", "")),
        caller_number=str(caller.get("number", "")),
        caller_name=str(caller.get("name", "")),
        context=str(dialplan.get("context", "")),
        extension=str(dialplan.get("exten", "")),
        protocol_id=str(raw.get("protocol_id", "")),
        variables={str(k): str(v) for k, v in variables.items()} if isinstance(variables, dict) else None,
        priority=_int(dialplan.get("priority")) or 0,
    )


def _int(value: object) -> int | None:
    return value if isinstance(value, int) else None
