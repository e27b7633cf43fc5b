"""One session with a realtime server, without its socket. A pure state machine.

    messages of the server -> Session.receive -> events that count
    wishes (configure, hear, say, answer, cut, ...) -> Session.outgoing -> messages for the server

The server works on one answer at a time: what is wished for meanwhile waits here. Source: OpenAI's Realtime API
reference, client and server events.
"""

from __future__ import annotations

import base64
import json
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np

from asisso.agents.llm.chat_model import ToolCall, ToolSpec
from asisso.audio.frame import Pcm

from .events import (
    AnswerBegan,
    AnswerDone,
    Called,
    Configured,
    Dialect,
    Opened,
    Problem,
    ServerEvent,
    Sound,
    Words,
    Work,
    parse,
)

HZ: Final = 24_000
MAX_ASKED: Final = 16
"""Answers that wait for their turn; a workflow that says more in one go has its oldest dropped."""

MAX_CUT: Final = 32
MAX_CALLS: Final = 32
"""Tools in one answer; more are not done."""

_HARMLESS: Final = frozenset({"response_cancel_not_active"})
"""What a server says when an answer had ended by itself just before it was cut."""

ASK: Final = "ask"
"""How the id of a message begins that asks for an answer."""

_OCCUPIED: Final = "conversation_already_has_active_response"

VERBATIM: Final = (
    "Say exactly the following words to the caller, in their language, and nothing else. Do not answer them, do not "
    "add to them, do not leave anything out:\n\n"
)


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """What stays the same for all of a session; turns `ours` are told to the server by `turn`."""

    voice: str
    turns: Literal["server", "semantic", "ours"]
    transcription_model: str
    language: str
    is_interruptible: bool = True


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that was said, for a session that goes on with the conversation of another one."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Ask:
    """An answer that is wished for: these very words, or whatever the model has to say when there are none."""

    words: str = ""


class Session:
    """One session.

    Attributes:
        is_configured: whether the server has taken the settings.
        asked: what the server works on by our wish; None when it works by itself, or not at all.
        has_sounded: whether any sound of the answer it works on has come.
    """

    def __init__(self, settings: SessionSettings, history: Sequence[Turn] = ()) -> None:
        self._settings = settings
        self._history = list(history)
        self._dialect: Dialect | None = None
        self._instructions = ""
        self._tools: tuple[ToolSpec, ...] = ()
        self._out: list[str] = []
        self._asks: deque[Ask] = deque()
        self._is_busy = False
        self._response_id = ""
        self._is_next_cut = False
        self._cut: deque[str] = deque(maxlen=MAX_CUT)
        self._told: set[str] = set()
        self._rests: dict[str, bytes] = {}
        self._calls: dict[str, ToolCall] = {}
        self._events = 0
        self.is_configured = False
        self.asked: Ask | None = None
        self.has_sounded = False

    @property
    def is_idle(self) -> bool:
        """Whether the server neither works on an answer nor has to begin one."""
        return not self._is_busy and not self._asks

    @property
    def is_due(self) -> bool:
        """Whether an answer that somebody waits for is to come, or to go on."""
        is_cut = self._is_next_cut or (bool(self._response_id) and self._response_id in self._cut)
        return bool(self._asks) or (self._is_busy and not is_cut)

    @property
    def wishes(self) -> list[Ask]:
        """What has been asked for and is not done, for the session that takes this one's place."""
        return ([self.asked] if self.asked is not None else []) + list(self._asks)

    def outgoing(self) -> list[str]:
        """The messages to send now."""
        out, self._out = self._out, []
        return out

    # wishes

    def configure(self, instructions: str, tools: Iterable[ToolSpec]) -> None:
        """Tell the model what it is to do from now on, and with which tools."""
        before = (self._instructions, self._tools)
        self._instructions, self._tools = instructions, tuple(tools)
        if self._dialect is not None and before != (self._instructions, self._tools):
            self._send("session.update", session=self._session(is_first=False))

    def stop_listening(self) -> None:
        """The last words come: the server is not to answer or to cut anything any more."""
        if self._dialect == "beta":
            self._send("session.update", session={"turn_detection": None})
        elif self._dialect == "ga":
            deaf = {"type": "realtime", "audio": {"input": {"turn_detection": None}}}
            self._send("session.update", session=deaf)

    def hear(self, pcm: Pcm) -> None:
        """The caller's next sound; what comes before the session is there is lost."""
        if self._dialect is not None:
            audio = base64.b64encode(pcm.astype("<i2", copy=False).tobytes()).decode()
            self._send("input_audio_buffer.append", audio=audio)

    def turn(self, pcm: Pcm) -> None:
        """A whole turn of the caller, where turns are ours; the model is to answer it."""
        self.hear(pcm)
        if self._dialect is not None:
            self._send("input_audio_buffer.commit")
        self.ask(Ask())

    def ask(self, wish: Ask) -> None:
        """Have the model say something, as soon as it says nothing else."""
        if len(self._asks) >= MAX_ASKED:
            self._asks.popleft()
        self._asks.append(wish)
        self._go_on()

    def tell(self, turn: Turn) -> None:
        """Put something into the conversation that the model did not hear or say itself."""
        text_type = "input_text" if turn.role == "user" else self._own("output_text", "text")
        content = [{"type": text_type, "text": turn.text}]
        if self._dialect is None:
            self._history.append(turn)
        else:
            self._send(
                "conversation.item.create", item={"type": "message", "role": turn.role, "content": content}
            )

    def tell_result(self, call_id: str, result: str) -> None:
        """How the use of a tool went."""
        item = {"type": "function_call_output", "call_id": call_id, "output": result}
        self._send("conversation.item.create", item=item)

    def cut(self, *, by_server: bool = False) -> None:
        """Have nothing of what is being said or waits to be said; `by_server`: it stops the answer itself."""
        self._asks.clear()
        if not self._is_busy:
            return
        if not by_server:
            self._send("response.cancel")
        if self._response_id:
            self._cut.append(self._response_id)
        else:
            self._is_next_cut = True

    def drop_asked(self) -> None:
        """Give up the answer that was asked for and has not begun to sound; what waits behind it stays."""
        waiting = list(self._asks)
        self.cut()
        self.asked = None
        self._asks.extend(waiting)

    def truncate(self, item_id: str, heard_ms: int) -> None:
        """The caller has heard only so much of what the model said."""
        self._send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=heard_ms)

    # what the server says

    def receive(self, message: str | bytes) -> list[ServerEvent]:
        """Take a message; gives what follows from it, nothing of answers that were cut.

        Raises:
            Garbled: it is none of the protocol.
        """
        event = parse(message)
        match event:
            case Opened(dialect):
                self._open(dialect)
            case Configured():
                self.is_configured = True
            case AnswerBegan(response_id):
                self._begin(response_id)
            case Called(_, call) if len(self._calls) < MAX_CALLS:
                self._calls[call.id] = call
            case Sound() | Words() | Work() if event.response_id in self._cut:
                return []
            case Sound(response_id, item_id, pcm):
                self.has_sounded = True
                return [Sound(response_id, item_id, self._whole_samples(item_id, pcm))]
            case Words(_, item_id, text, is_all):
                # The whole once more is only for those who did not get the parts.
                is_known = item_id in self._told
                self._told.add(item_id)
                return [] if (is_all and is_known) or not text else [event]
            case AnswerDone():
                return [self._end(event)]
            case Problem():
                return self._fail(event)
        return [event]

    def _open(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._send("session.update", session=self._session(is_first=True))
        history, self._history = self._history, []
        for turn in history:
            self.tell(turn)
        self._go_on()

    def _begin(self, response_id: str) -> None:
        self._is_busy, self._response_id, self.has_sounded = True, response_id, False
        if self._is_next_cut:
            self._is_next_cut = False
            self._cut.append(response_id)

    def _end(self, done: AnswerDone) -> AnswerDone:
        was_cut = done.response_id in self._cut
        self._is_busy, self._response_id, self.asked = False, "", None
        self._is_next_cut = False
        self._rests.clear()
        self._told.clear()
        # Some servers tell of tools only as they are written, not once more at the end.
        calls = done.calls[:MAX_CALLS] or tuple(self._calls.values())
        self._calls.clear()
        self._go_on()
        if was_cut:
            return replace(done, status="cancelled", calls=())
        return replace(done, calls=calls)

    def _fail(self, problem: Problem) -> list[ServerEvent]:
        if problem.code in _HARMLESS:
            return []
        if problem.code == _OCCUPIED:
            # The server began an answer by itself a moment before: what we wished for comes behind it.
            if self.asked is not None and self.asked.words:
                self._asks.appendleft(self.asked)
            self.asked = None
            return []
        if problem.event_id.startswith(ASK) and not self._response_id:
            self._is_busy, self.asked = False, None
        return [problem]

    def _go_on(self) -> None:
        if self._dialect is None or self._is_busy or not self._asks:
            return
        self.asked = self._asks.popleft()
        self._is_busy, self.has_sounded = True, False
        wish: dict[str, Any] = {}
        if self.asked.words:
            wish = {"instructions": VERBATIM + self.asked.words, "tool_choice": "none"}
        self._send("response.create", event_prefix=ASK, response=wish)

    def _whole_samples(self, item_id: str, pcm: bytes) -> bytes:
        pcm = self._rests.pop(item_id, b"") + pcm
        if len(pcm) % 2:
            self._rests[item_id] = pcm[-1:]
            pcm = pcm[:-1]
        return pcm

    # messages

    def _send(self, kind: str, *, event_prefix: str = "event", **fields: object) -> None:
        self._events += 1
        self._out.append(json.dumps({"type": kind, "event_id": f"{event_prefix}_{self._events}", **fields}))

    def _own(self, ga: str, beta: str) -> str:
        return beta if self._dialect == "beta" else ga

    def _session(self, *, is_first: bool) -> dict[str, Any]:
        tools = [
            {"type": "function", "name": t.name, "description": t.description, "parameters": t.parameters}
            for t in self._tools
        ]
        session: dict[str, Any] = {"instructions": self._instructions, "tools": tools, "tool_choice": "auto"}
        if self._dialect == "beta":
            return session | (self._beta_audio() if is_first else {})
        # The voice may not be named again once the model has spoken.
        return {"type": "realtime", **session, **(self._audio() if is_first else {})}

    def _audio(self) -> dict[str, Any]:
        pcm = {"type": "audio/pcm", "rate": HZ}
        heard = {
            "format": pcm,
            "turn_detection": self._turn_detection(),
            "transcription": self._transcription(),
        }
        return {
            "output_modalities": ["audio"],
            "audio": {"input": heard, "output": {"format": pcm, "voice": self._settings.voice}},
        }

    def _beta_audio(self) -> dict[str, Any]:
        return {
            "modalities": ["audio", "text"],
            "voice": self._settings.voice,
            "input_audio_format": "pcm16",
            "output_audio_format": "pcm16",
            "input_audio_transcription": self._transcription(),
            "turn_detection": self._turn_detection(),
        }

    def _turn_detection(self) -> Mapping[str, Any] | None:
        if self._settings.turns == "ours":
            return None
        kind = "server_vad" if self._settings.turns == "server" else "semantic_vad"
        return {
            "type": kind,
            "create_response": True,
            "interrupt_response": self._settings.is_interruptible,
        }

    def _transcription(self) -> Mapping[str, Any] | None:
        model, language = self._settings.transcription_model, self._settings.language
        if not model:
            return None
        return {"model": model} | ({"language": language} if language else {})


def samples_of(pcm: bytes) -> Pcm:
    """A `Sound`'s bytes as samples."""
    return np.frombuffer(pcm, "<i2").astype(np.int16, copy=False)
