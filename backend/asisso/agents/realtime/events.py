"""What a realtime server says, as typed events. Pure.

Both names of an event are known where the protocol's first version (`OpenAI-Beta: realtime=v1`) had another one.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from asisso.agents.llm.chat_model import ToolCall

Dialect = Literal["ga", "beta"]
MAX_TURN: Final = 5_000
"""Characters kept of what the caller said in one turn."""


class Garbled(ValueError):
    """A message that does not follow the protocol; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The session is there; its form tells which version of the protocol is spoken."""

    dialect: Dialect


@dataclass(frozen=True, slots=True)
class Configured:
    """The session has taken our settings."""


@dataclass(frozen=True, slots=True)
class CallerBegan:
    """The server hears the caller speak; ms since the first sound it was sent."""

    item_id: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class CallerPaused:
    """The server takes the caller's turn for over."""

    item_id: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class CallerHeard:
    """What the caller said in a turn, in words; empty when there were none."""

    item_id: str
    text: str


@dataclass(frozen=True, slots=True)
class CallerUnclear:
    """A turn of the caller could not be written down."""

    item_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class AnswerBegan:
    """The model works on an answer."""

    response_id: str


@dataclass(frozen=True, slots=True)
class Sound:
    """PCM at 24 kHz, 16 bit, as it comes: may end within a sample."""

    response_id: str
    item_id: str
    pcm: bytes


@dataclass(frozen=True, slots=True)
class Words:
    """What the model says, in step with its sound; `is_all`: the whole of the item once more."""

    response_id: str
    item_id: str
    text: str
    is_all: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """The model goes on with an answer in a way that makes no sound, such as writing a tool's arguments."""

    response_id: str


@dataclass(frozen=True, slots=True)
class Called:
    """The model has written down what it wants done; it is to be done when the answer has ended."""

    response_id: str
    call: ToolCall


@dataclass(frozen=True, slots=True)
class AnswerDone:
    """An answer has ended.

    Attributes:
        status: `completed`, `cancelled`, `failed` or `incomplete`.
        error: of a failed one: code and the server's words.
        usage: amounts by the names this product counts them under.
    """

    response_id: str
    status: str
    calls: tuple[ToolCall, ...]
    usage: Mapping[str, float]
    error: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Problem:
    """The server reports an error; `event_id` is that of our message it is about."""

    code: str
    message: str
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What may still be asked of the server, as a part of all (0 to 1), by name."""

    left: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Other:
    """An event nothing follows from."""

    kind: str


ServerEvent = (
    Opened
    | Configured
    | CallerBegan
    | CallerPaused
    | CallerHeard
    | CallerUnclear
    | AnswerBegan
    | Sound
    | Words
    | Work
    | Called
    | AnswerDone
    | Problem
    | Limits
    | Other
)


def parse(message: str | bytes) -> ServerEvent:
    """Read one message.

    Raises:
        Garbled: it is none of the protocol.
    """
    try:
        document = json.loads(message)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        raise Garbled("The model's server sent a message that is none of the realtime protocol.")
    kind = document["type"]
    try:
        return _event(kind, document)
    except (LookupError, TypeError, ValueError, AttributeError, binascii.Error):
        raise Garbled(f"The model's server sent an event {kind[:60]!r} without what belongs to it.") from None


def _event(kind: str, document: Mapping[str, Any]) -> ServerEvent:
    match kind:
        case "session.created":
            # The first version had the formats at the top, the present one under `audio`.
            is_beta = "audio" not in document["session"] and "modalities" in document["session"]
            return Opened("beta" if is_beta else "ga")
        case "session.updated":
            return Configured()
        case "input_audio_buffer.speech_started":
            return CallerBegan(document["item_id"], int(document["audio_start_ms"]))
        case "input_audio_buffer.speech_stopped":
            return CallerPaused(document["item_id"], int(document["audio_end_ms"]))
        case "conversation.item.input_audio_transcription.completed":
            return CallerHeard(document["item_id"], str(document["transcript"]).strip()[:MAX_TURN])
        case "conversation.item.input_audio_transcription.failed":
            return CallerUnclear(document["item_id"], str(document["error"].get("message") or ""))
        case "response.output_audio.delta" | "response.audio.delta":
            pcm = base64.b64decode(document["delta"], validate=True)
            return Sound(document["response_id"], document["item_id"], pcm)
        case "response.output_audio_transcript.delta" | "response.audio_transcript.delta":
            return Words(document["response_id"], document["item_id"], str(document["delta"]))
        case "response.output_audio_transcript.done" | "response.audio_transcript.done":
            return Words(document["response_id"], document["item_id"], str(document["transcript"]), True)
        case "response.created":
            return AnswerBegan(str(document["response"]["id"]))
        case "response.done":
            return _done(document["response"])
        case "error":
            error = document["error"]
            code = error.get("code") or error.get("type") or "unknown"
            return Problem(str(code), str(error.get("message") or ""), str(error.get("event_id") or ""))
        case "rate_limits.updated":
            limits = document["rate_limits"]
            return Limits({str(of["name"]): of["remaining"] / of["limit"] for of in limits if of["limit"]})
    item = document.get("item") or {}
    if kind == "response.output_item.done" and item.get("type") == "function_call":
        return Called(document["response_id"], _call(item))
    if kind.startswith("response.") and isinstance(document.get("response_id"), str):
        return Work(document["response_id"])
    return Other(kind)


def _done(response: Mapping[str, Any]) -> AnswerDone:
    calls = tuple(_call(item) for item in response.get("output") or () if item.get("type") == "function_call")
    error = (response.get("status_details") or {}).get("error") or {}
    return AnswerDone(
        str(response["id"]),
        str(response.get("status") or "completed"),
        calls,
        _usage(response.get("usage") or {}),
        (str(error.get("code") or error.get("type") or ""), str(error.get("message") or "")),
    )


def _call(item: Mapping[str, Any]) -> ToolCall:
    return ToolCall(str(item["call_id"]), str(item["name"]), str(item.get("arguments") or ""))


def _usage(usage: Mapping[str, Any]) -> dict[str, float]:
    taken, given = usage.get("input_token_details") or {}, usage.get("output_token_details") or {}
    amounts = {
        "llm_input_tokens": usage.get("input_tokens"),
        "llm_output_tokens": usage.get("output_tokens"),
        "llm_cached_tokens": taken.get("cached_tokens"),
        "llm_input_audio_tokens": taken.get("audio_tokens"),
        "llm_output_audio_tokens": given.get("audio_tokens"),
    }
    return {name: amount for name, amount in amounts.items() if isinstance(amount, int) and amount > 0}
