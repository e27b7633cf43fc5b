"""What a model is told of the conversation so far: bounded, consistent, and only what the caller really heard. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from asisso.agents.llm.chat_model import Message, ToolCall

MAX_CHARACTERS: Final = 24_000
"""Some 6,000 tokens: half an hour of talk. What is older is forgotten; the gathered values are in the instructions."""

MAX_MESSAGES: Final = 200
CUT_MARK: Final = " —"
"""Behind words in whose middle the caller interrupted."""

NOT_KNOWN: Final = "This was cut off; whether it was done is not known."


@dataclass(slots=True)
class _Caller:
    text: str


@dataclass(slots=True)
class _Words:
    text: str
    is_filler: bool


@dataclass(slots=True)
class _Agent:
    words: list[_Words] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    results: dict[str, str] = field(default_factory=dict)
    is_cut: bool = False

    @property
    def text(self) -> str:
        said = " ".join(part.text for part in self.words if part.text and not part.is_filler)
        return said + CUT_MARK if said and self.is_cut else said


class History:
    """One conversation's."""

    def __init__(self, *, max_characters: int = MAX_CHARACTERS) -> None:
        self._max_characters = max_characters
        self._entries: list[_Caller | _Agent] = []

    def caller_said(self, text: str) -> None:
        """The caller's words, or a note of what they keyed."""
        self._entries.append(_Caller(text))
        self._forget()

    def agent_said(self, text: str, *, is_filler: bool = False) -> None:
        """Words handed over to be heard; `cut` takes back what was not. No model is told of fillers."""
        last = self._entries[-1] if self._entries else None
        if not isinstance(last, _Agent) or last.calls or last.is_cut:
            last = _Agent()
            self._entries.append(last)
        last.words.append(_Words(text, is_filler))

    def calls_made(self, calls: Sequence[ToolCall]) -> None:
        """The model wants something done; belongs to the words it said just before."""
        last = self._entries[-1] if self._entries else None
        if not isinstance(last, _Agent) or last.calls or last.is_cut:
            last = _Agent()
            self._entries.append(last)
        last.calls = list(calls)

    def call_done(self, call: ToolCall, result: str) -> None:
        """How that went."""
        for entry in reversed(self._entries):
            if isinstance(entry, _Agent) and call in entry.calls:
                entry.results[call.id] = result
                return

    def cut(self, lost_text: str) -> None:
        """The caller interrupted and never heard these words, the last ones that were handed over."""
        lost = lost_text.split()
        for entry in reversed(self._entries):
            if not isinstance(entry, _Agent):
                continue
            before = len(lost)
            for part in reversed(entry.words):
                part.text = _without_end(part.text, lost)
            entry.is_cut = entry.is_cut or len(lost) < before
            if not lost:
                break
        self._entries = [e for e in self._entries if isinstance(e, _Caller) or e.calls or e.text]

    def messages(self, instructions: str) -> list[Message]:
        """What to show a model. Every tool call is followed by its result."""
        shown = [Message("system", instructions)]
        for entry in self._entries:
            match entry:
                case _Caller(text):
                    shown.append(Message("user", text))
                case _Agent():
                    shown += _shown(entry)
        return shown

    @property
    def last_agent_text(self) -> str:
        """What the agent said last, for knowing its echo by."""
        return next((e.text for e in reversed(self._entries) if isinstance(e, _Agent) and e.text), "")

    @property
    def is_caller_waiting(self) -> bool:
        """Whether the caller's last words have not been answered."""
        return bool(self._entries) and isinstance(self._entries[-1], _Caller)

    @property
    def last_caller_text(self) -> str:
        """What the caller said last."""
        return next((e.text for e in reversed(self._entries) if isinstance(e, _Caller)), "")

    def _forget(self) -> None:
        """Drop the oldest turns, each from the caller's words to the next of them."""
        while self._size() > self._max_characters or len(self._entries) > MAX_MESSAGES:
            later = (i for i, e in enumerate(self._entries) if i > 0 and isinstance(e, _Caller))
            first = next(later, None)
            if first is None:
                return
            del self._entries[:first]

    def _size(self) -> int:
        return sum(_length(entry) for entry in self._entries)


def _shown(entry: _Agent) -> list[Message]:
    if not entry.text and not entry.calls:
        return []
    said = Message("assistant", entry.text, tuple(entry.calls))
    results = [
        Message("tool", entry.results.get(call.id, NOT_KNOWN), call_id=call.id) for call in entry.calls
    ]
    return [said, *results]


def _length(entry: _Caller | _Agent) -> int:
    if isinstance(entry, _Caller):
        return len(entry.text)
    calls = sum(len(call.name) + len(call.arguments) for call in entry.calls)
    return len(entry.text) + calls + sum(map(len, entry.results.values()))


def _without_end(text: str, lost: list[str]) -> str:
    """The text without those of its last words that end `lost`, which they leave."""
    words = text.split()
    while words and lost and words[-1] == lost[-1]:
        words.pop()
        lost.pop()
    return " ".join(words)
