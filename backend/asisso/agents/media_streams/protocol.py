"""Twilio's media-streams protocol, from the side of the telephone. A pure state machine.

    caller's frames, keys, the bot's messages -> MediaStream -> messages to send, sound to say

Source: Twilio's documentation, "Media Streams - WebSocket Messages", for bidirectional streams. Times are told by
how much of the bot's sound the caller has yet to hear; there is no clock here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from asisso.audio.frame import PTIME_MS, MediaFormat, Pcm

HZ: Final = 8_000
MAX_MARKS: Final = 1_000
"""Marks that wait to be answered; a bot that sends more gets the oldest back early."""

MAX_MARK_NAME: Final = 500

MAX_UNHEARD_MS: Final = 100_000
"""The bot's sound that may wait to be heard; what comes on top of it is dropped."""

GATHER_MS: Final = 60
"""The bot's sound is handed on in pieces of this length at the least, against the jitter of its network."""

QUIET_SWING: Final = 200
"""From the lowest to the highest sample of a sound nobody hears: about -50 dBFS."""

PAUSE_MS: Final = 400
"""After so much of it the bot is silent, and not between two words."""


@dataclass(frozen=True, slots=True)
class StreamIds:
    """How the bot is told of the call; each looks like one of Twilio's."""

    stream_sid: str
    call_sid: str
    account_sid: str


@dataclass(frozen=True, slots=True)
class Send:
    """Send this message to the bot."""

    text: str


@dataclass(frozen=True, slots=True)
class Speak:
    """Let the caller hear this behind what is still playing; `is_end`: it has to be known when it was heard."""

    pcm: Pcm
    is_end: bool = False


@dataclass(frozen=True, slots=True)
class Flush:
    """Fall silent and forget what the caller has not heard."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A message of the bot changed nothing; `reason` is a sentence for the timeline."""

    reason: str


Command = Send | Speak | Flush | Ignored


class MediaStream:
    """One call's stream.

    Attributes:
        has_spoken: whether the bot has sent any sound yet.
    """

    def __init__(self, ids: StreamIds, parameters: Mapping[str, str]) -> None:
        self._ids = ids
        self._parameters = dict(parameters)
        self._sequence = 0
        self._chunks = 0
        self._gathered: list[Pcm] = []
        self._gathered_samples = 0
        self._waited_ms = 0
        self._quiet_ms = PAUSE_MS
        self._said_samples = 0
        self._marks: deque[tuple[int, str]] = deque()
        self.has_spoken = False

    def open(self) -> list[str]:
        """The first two messages of the connection."""
        connected = json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        start = {
            "accountSid": self._ids.account_sid,
            "streamSid": self._ids.stream_sid,
            "callSid": self._ids.call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": HZ, "channels": 1},
            "customParameters": self._parameters,
        }
        return [connected, self._message("start", start)]

    def stop(self) -> str:
        """The last message: the call is over."""
        return self._message("stop", {"accountSid": self._ids.account_sid, "callSid": self._ids.call_sid})

    def press(self, digit: str) -> str:
        """The message of a key."""
        return self._message("dtmf", {"track": "inbound_track", "digit": digit})

    def hear(self, pcm: Pcm, unheard_ms: int) -> list[Command]:
        """Take the caller's next 20 ms, which is also the clock of everything else."""
        self._chunks += 1
        payload = base64.b64encode(MediaFormat.ULAW.encode(pcm)).decode()
        media = {
            "track": "inbound",
            "chunk": str(self._chunks),
            "timestamp": str((self._chunks - 1) * PTIME_MS),
            "payload": payload,
        }
        commands: list[Command] = [Send(self._message("media", media))]
        commands += self._due_marks(unheard_ms)
        self._waited_ms += PTIME_MS
        if self._gathered and self._waited_ms >= GATHER_MS:
            commands.append(self._speak())
        return commands

    def receive(self, message: str | bytes, unheard_ms: int) -> list[Command]:
        """Take a message of the bot."""
        try:
            document = _document(message)
            match document.get("event"):
                case "media":
                    return self._media(document, unheard_ms)
                case "mark":
                    return self._mark(document, unheard_ms)
                case "clear":
                    return self._clear()
                case event:
                    return [Ignored(f"The bot sent the event {str(event)[:40]!r}, which is not known.")]
        except ValueError as error:
            return [Ignored(str(error))]

    def _media(self, document: Mapping[str, Any], unheard_ms: int) -> list[Command]:
        pcm = _sound(document)
        self.has_spoken = True
        waiting_ms = unheard_ms + _ms(self._gathered_samples)
        if self._is_pause(pcm, waiting_ms):
            return []
        if waiting_ms + _ms(pcm.size) > MAX_UNHEARD_MS:
            return [Ignored(f"More than {MAX_UNHEARD_MS // 1000} s of the bot's sound would be waiting.")]
        if not self._gathered:
            self._waited_ms = 0
        self._gathered.append(pcm)
        self._gathered_samples += pcm.size
        return [self._speak()] if _ms(self._gathered_samples) >= GATHER_MS else []

    def _is_pause(self, pcm: Pcm, waiting_ms: int) -> bool:
        """Whether silence follows a silence. Bots send it all the time; it would only delay what they say next."""
        if not pcm.size or int(pcm.max()) - int(pcm.min()) > QUIET_SWING:
            self._quiet_ms = 0
            return not pcm.size
        is_pause = self._quiet_ms >= PAUSE_MS and waiting_ms <= self._quiet_ms
        self._quiet_ms += 0 if is_pause else _ms(pcm.size)
        return is_pause

    def _mark(self, document: Mapping[str, Any], unheard_ms: int) -> list[Command]:
        name = _inner(document, "mark").get("name")
        if not isinstance(name, str):
            raise ValueError("The bot sent a mark without a name.")
        if len(name) > MAX_MARK_NAME:
            raise ValueError(f"The bot sent a mark whose name is longer than {MAX_MARK_NAME} characters.")
        commands: list[Command] = []
        if self._gathered or unheard_ms:
            unheard_ms += _ms(self._gathered_samples)
            commands.append(self._speak(is_end=True))
        self._marks.append((_ms(self._said_samples), name))
        if len(self._marks) > MAX_MARKS:
            commands.append(self._answer(self._marks.popleft()[1]))
        return commands + self._due_marks(unheard_ms)

    def _clear(self) -> list[Command]:
        self._gathered, self._gathered_samples = [], 0
        self._quiet_ms = PAUSE_MS
        names = [name for _, name in self._marks]
        self._marks.clear()
        return [Flush(), *(self._answer(name) for name in names)]

    def _due_marks(self, unheard_ms: int) -> list[Command]:
        """The marks before which everything has been heard."""
        due: list[Command] = []
        heard_ms = _ms(self._said_samples) - unheard_ms
        while self._marks and self._marks[0][0] <= heard_ms:
            due.append(self._answer(self._marks.popleft()[1]))
        return due

    def _speak(self, *, is_end: bool = False) -> Speak:
        pcm = np.concatenate(self._gathered) if self._gathered else np.empty(0, np.int16)
        self._said_samples += pcm.size
        self._gathered, self._gathered_samples, self._waited_ms = [], 0, 0
        return Speak(pcm, is_end)

    def _answer(self, name: str) -> Send:
        return Send(self._message("mark", {"name": name}))

    def _message(self, event: str, content: Mapping[str, object]) -> str:
        self._sequence += 1
        return json.dumps(
            {
                "event": event,
                "sequenceNumber": str(self._sequence),
                "streamSid": self._ids.stream_sid,
                event: content,
            }
        )


def signature(url: str, auth_token: str) -> str:
    """The value of `X-Twilio-Signature` for a connection: Base64 of HMAC-SHA1 of the URL, which has no parameters."""
    digest = hmac.new(auth_token.encode(), url.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _document(message: str | bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(message)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise ValueError("The bot sent a message that is no JSON object.")
    return document


def _inner(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = document.get(name)
    if not isinstance(inner, dict):
        raise ValueError(f"The bot sent a {name} without its content.")
    return inner


def _sound(document: Mapping[str, Any]) -> Pcm:
    payload = _inner(document, "media").get("payload")
    try:
        return MediaFormat.ULAW.decode(base64.b64decode(payload or "", validate=True))
    except (TypeError, ValueError, binascii.Error):
        raise ValueError("The bot sent media whose payload is not Base64.") from None


def _ms(samples: int) -> int:
    return samples * 1000 // HZ
