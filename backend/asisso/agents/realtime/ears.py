"""Who tells when the caller's turn begins and ends: the model's server, or our own rules."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from asisso.agents.agent import Line
from asisso.agents.expecting import is_patient, judge
from asisso.agents.keypad import MAX_ENTRY_KEYS, Keypad
from asisso.agents.listening import LISTENING_HZ, Listening, Utterance
from asisso.agents.speech import CallSpeech
from asisso.agents.turn_policy import TurnPolicy
from asisso.audio.frame import Pcm
from asisso.audio.resample import LiveResampler
from asisso.workflows.steps import Expectation

from .session import HZ

KEYS_LOOKED_AT_EVERY_S: Final = 0.1


class Listener(Protocol):
    """Who is told. Must not wait."""

    def caller_began(self) -> None:
        """The caller speaks."""

    def caller_interrupts(self) -> None:
        """The caller takes the floor from the agent."""

    def caller_spoke(self, utterance: Utterance) -> None:
        """A turn is over, by our rules."""

    def caller_keyed(self, keys: str) -> None:
        """An entry of keys is complete."""

    @property
    def agent_text(self) -> str:
        """What the agent has said lately."""


class Ears(Protocol):
    """The caller's side of one call."""

    def hear(self, pcm: Pcm) -> None:
        """Take the caller's next 20 ms at 24 kHz."""

    def press(self, digit: str) -> None:
        """Take a key."""

    def expect(self, expects: Expectation) -> None:
        """An entry of so many keys is complete at once."""

    async def run(self, line: Line) -> None:
        """Listen until cancelled."""


class ServerEars:
    """The server hears everything and judges itself; only keys are ours."""

    def __init__(self, send: Callable[[Pcm], None], policy: TurnPolicy, listener: Listener) -> None:
        self._send = send
        self._listener = listener
        self._keypad = Keypad(pause_ms=policy.key_pause_ms, terminator=policy.key_terminator)
        self._line: Line | None = None

    def hear(self, pcm: Pcm) -> None:
        if self._line is not None:
            self._send(pcm)

    def press(self, digit: str) -> None:
        if self._line is None:
            return
        self._listener.caller_began()
        self._listener.caller_interrupts()
        self._complete(self._keypad.press(digit, self._line.now_ms))

    def expect(self, expects: Expectation) -> None:
        self._keypad.longest = min(expects.longest_keys or MAX_ENTRY_KEYS, MAX_ENTRY_KEYS)

    async def run(self, line: Line) -> None:
        self._line = line
        try:
            while True:
                await asyncio.sleep(KEYS_LOOKED_AT_EVERY_S)
                self._complete(self._keypad.look(line.now_ms))
        finally:
            self._line = None

    def _complete(self, keys: str | None) -> None:
        if keys:
            self._listener.caller_keyed(keys)


class OwnEars:
    """Our rules of turn-taking, as for the embedded agent; a `TurnListener`."""

    def __init__(self, speech: CallSpeech, policy: TurnPolicy, listener: Listener) -> None:
        self._listener = listener
        self._listening = Listening(speech, policy, self)
        self._hear_at = LiveResampler(HZ, LISTENING_HZ)
        self._line: Line | None = None

    def hear(self, pcm: Pcm) -> None:
        self._listening.hear(self._hear_at.push(pcm))

    def press(self, digit: str) -> None:
        self._listening.press(digit)

    def expect(self, expects: Expectation) -> None:
        self._listening.expect(
            longest_keys=expects.longest_keys, is_patient=is_patient(expects), wants_more=judge(expects)
        )

    async def run(self, line: Line) -> None:
        self._line = line
        try:
            await self._listening.run(line)
        finally:
            self._line = None

    # what the rules say

    @property
    def agent_text(self) -> str:
        return self._listener.agent_text

    def on_speech_started(self) -> None:
        self._listener.caller_began()

    def on_hold(self) -> int | None:
        return self._line.pause_speech() if self._line is not None else None

    def on_resume(self, reason: str) -> None:
        if self._line is not None:
            self._line.resume_speech()
            self._line.note("speech_resumed", reason=reason)

    def on_barge_in(self) -> None:
        self._listener.caller_interrupts()

    def on_turn_ended(self, utterance: Utterance) -> None:
        self._listener.caller_spoke(utterance)

    def on_key_pressed(self) -> None:
        self._listener.caller_began()
        self._listener.caller_interrupts()

    def on_keys(self, keys: str) -> None:
        self._listener.caller_keyed(keys)
