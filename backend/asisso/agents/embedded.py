"""The embedded agent: hears, understands and speaks on this machine alone, with no key and no network.

Its conversation is the smallest one that proves every part: it greets, repeats what it understood, and
parts on "goodbye".
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from asisso.agents.agent import AgentEnd, AgentError, Line
from asisso.agents.control import ControlFailed, Destination
from asisso.agents.listening import LISTENING_HZ, Listening, Utterance
from asisso.agents.speech import AgentOverloaded, SpeechModels
from asisso.agents.tts.sentences import split_sentences
from asisso.agents.turn_policy import TurnPolicy
from asisso.agents.words import is_echo
from asisso.audio.frame import Pcm

NOT_UNDERSTOOD: Final = "Sorry, I did not catch that."

MAX_WAITING_TURNS: Final = 8
"""Turns that came while an earlier one was answered; the oldest go first."""

PARTING_LIMIT_S: Final = 30.0
"""How long it may take until the farewell, and what was said before it, has been heard."""

NOT_TAKEN: Final = "I am sorry, nobody can take your call at the moment. How else can I help you?"

LATELY_SENTENCES: Final = 3
"""How far back the agent's echo may come from."""

_GOODBYES: Final = frozenset({"goodbye", "bye"})


def is_goodbye(text: str) -> bool:
    """Whether the caller wants to part: "Goodbye.", "OK, bye-bye!", "Good-bye"."""
    return not _GOODBYES.isdisjoint(re.findall(r"[a-z]+", text.lower()))


@dataclass(frozen=True, slots=True)
class Exit:
    """Whom certain keys put the caller through to, and what is said before."""

    say: str
    destination: Destination


@dataclass(frozen=True, slots=True)
class _Entry:
    """Keys the caller pressed."""

    keys: str


@dataclass(frozen=True, slots=True)
class _Turn:
    """Something to answer, and who had the floor when it was complete."""

    content: Utterance | _Entry
    floor: int


class EmbeddedAgent:
    """An `Agent`."""

    sample_rate = LISTENING_HZ

    def __init__(
        self,
        *,
        greeting: str,
        farewell: str,
        models: SpeechModels,
        exits: Mapping[str, Exit] | None = None,
        policy: TurnPolicy | None = None,
    ) -> None:
        """`greeting` and `farewell` may be several sentences, or empty to say nothing; `exits` go by their keys."""
        self._exits = exits or {}
        self._greeting = split_sentences(greeting)
        self._farewell = split_sentences(farewell)
        self._models = models
        self._speech = models.call()
        self._policy = policy or TurnPolicy()
        self._listening = Listening(self._speech, self._policy, self)
        self._lately: deque[str] = deque(maxlen=LATELY_SENTENCES)
        self._turns: asyncio.Queue[_Turn] = asyncio.Queue(MAX_WAITING_TURNS)
        self._line: Line | None = None
        # Counts how often the caller took the floor: an answer begun before that is not finished.
        self._floor = 0

    @property
    def lag_ms(self) -> int:
        """Sound heard but not judged yet."""
        return self._listening.lag_ms

    @property
    def is_asking(self) -> bool:
        """Whether the rules of turn-taking wait for recognition or prediction."""
        return self._listening.is_asking

    @property
    def agent_text(self) -> str:
        """What was said lately, to know its echo by."""
        return " ".join(self._lately)

    async def prepare(self) -> None:
        """Render the greeting, so that it is heard as soon as the call is answered.

        Raises:
            AgentUnavailable: the speech models do not load.
            AgentOverloaded: this node has too much to do.
        """
        if not self._models.is_ready and not await self._models.is_ready_to_say(self._greeting):
            await self._models.loaded()
        for sentence in self._greeting:
            await self._speech.synthesize(sentence, keep=True)

    async def converse(self, line: Line) -> AgentEnd:
        """See `Agent.converse`."""
        self._line = line
        try:
            async with asyncio.TaskGroup() as tasks:
                listening = tasks.create_task(self._listening.run(line), name="listening")
                await self._talk(line)
                listening.cancel()
        except ExceptionGroup as group:
            failed = group.subgroup(AgentError)
            if failed is None:
                raise
            raise failed.exceptions[0] from None
        finally:
            self._line = None
        await self._part(line)
        return AgentEnd("completed")

    def hear(self, pcm: Pcm) -> None:
        """See `Agent.hear`."""
        self._listening.hear(pcm)

    def press(self, digit: str) -> None:
        """Take a key. It interrupts the agent as a word would; the entry is answered when it is complete."""
        self._listening.press(digit)

    async def close(self) -> None:
        """Everything ended with `converse`."""

    def on_speech_started(self) -> None:
        """The caller takes the floor, unless the agent is not to be interrupted."""
        if self._line is None:
            return
        if self._policy.barge_in != "off" or not self._line.is_speaking:
            self._floor += 1
        self._line.turn_began()

    def on_hold(self) -> int | None:
        """Somebody speaks over the agent."""
        return self._line.pause_speech() if self._line is not None else None

    def on_resume(self, reason: str) -> None:
        """It was nothing."""
        if self._line is not None:
            self._line.resume_speech()
            self._line.note("speech_resumed", reason=reason)

    def on_barge_in(self) -> None:
        """The caller interrupts."""
        self._floor += 1
        if self._line is not None:
            self._line.interrupt()

    def on_turn_ended(self, utterance: Utterance) -> None:
        """The caller has spoken."""
        self._enqueue(utterance)

    def on_key_pressed(self) -> None:
        """The caller presses keys: that interrupts in any case."""
        self._floor += 1
        if self._line is not None:
            self._line.turn_began()
            self._line.interrupt()

    def on_keys(self, keys: str) -> None:
        """The caller has keyed something in."""
        self._enqueue(_Entry(keys))

    def _enqueue(self, content: Utterance | _Entry) -> None:
        if self._line is not None:
            self._line.turn_ended()
        if self._turns.full():
            dropped = self._turns.get_nowait().content
            if isinstance(dropped, Utterance) and dropped.words is not None:
                dropped.words.cancel()
        self._turns.put_nowait(_Turn(content, self._floor))

    async def _talk(self, line: Line) -> None:
        """Greet and answer turns until the caller says goodbye."""
        await self._say(line, self._greeting, floor=self._floor, keep=True)
        while True:
            turn = await self._turns.get()
            match turn.content:
                case _Entry(keys) if keys in self._exits:
                    await self._put_through(line, self._exits[keys])
                case _Entry(keys):
                    sentences = [f"You pressed: {' '.join(keys)}."]
                    await self._say(line, sentences, floor=turn.floor, keep=False)
                case Utterance() as utterance:
                    if not await self._take_turn(line, utterance, turn.floor):
                        return

    async def _take_turn(self, line: Line, utterance: Utterance, floor: int) -> bool:
        """Answer what the caller said; False when that was goodbye."""
        asked_ms = line.now_ms
        words = await self._recognize(line, utterance)
        recognized_ms = line.now_ms
        if utterance.is_near_agent and is_echo(words, self.agent_text):
            line.note("echo_ignored")
            return True
        if words:
            line.caller_said(words, started_ms=utterance.started_ms, ended_ms=utterance.ended_ms)
        if is_goodbye(words):
            return False
        sentences = split_sentences(f"You said: {words}") if words else [NOT_UNDERSTOOD]
        first_said_ms = await self._say(line, sentences, floor=floor, keep=not words)
        line.note(
            "turn",
            endpointing_ms=utterance.decided_ms - utterance.ended_ms,
            prediction_ms=utterance.prediction_ms,
            recognition_ms=recognized_ms - asked_ms,
            synthesis_ms=None if first_said_ms is None else first_said_ms - recognized_ms,
            turn_latency_ms=None if first_said_ms is None else first_said_ms - utterance.ended_ms,
        )
        return True

    async def _put_through(self, line: Line, exit_: Exit) -> None:
        """Transfer the caller; when that succeeds the conversation is over and this is cancelled."""
        await self._say(line, split_sentences(exit_.say), floor=self._floor, keep=True)
        await line.drained()
        try:
            await line.control.transfer(exit_.destination)
        except ControlFailed:
            await self._say(line, split_sentences(NOT_TAKEN), floor=self._floor, keep=True)

    async def _recognize(self, line: Line, utterance: Utterance) -> str:
        """The caller's words; empty when there were none, or no time for them."""
        try:
            words = await self._words(utterance)
        except AgentOverloaded:
            line.note("recognition_skipped", reason=AgentOverloaded.code)
            return ""
        return words if any(character.isalnum() for character in words) else ""

    async def _words(self, utterance: Utterance) -> str:
        """What recognition made of the pause, if it looked into it; otherwise it begins now."""
        if utterance.words is not None:
            try:
                return await utterance.words
            except AgentOverloaded:
                pass
        return await self._speech.recognize(utterance.pcm)

    async def _say(self, line: Line, sentences: list[str], *, floor: int, keep: bool) -> int | None:
        """Say sentence by sentence unless the caller takes the floor; when the first was handed over."""
        first_said_ms: int | None = None
        for sentence in sentences:
            is_first = first_said_ms is None
            pcm = await self._speech.synthesize(sentence, keep=keep, is_urgent=is_first)
            if self._floor != floor:
                break
            if pcm.size == 0:  # nothing but signs that are not spoken
                continue
            line.say(pcm, sentence)
            self._lately.append(sentence)
            if first_said_ms is None:
                first_said_ms = line.now_ms
        return first_said_ms

    async def _part(self, line: Line) -> None:
        """Say the farewell, which cannot be interrupted, and stay until it has been heard."""
        await self._say(line, self._farewell, floor=self._floor, keep=True)
        try:
            async with asyncio.timeout(PARTING_LIMIT_S):
                await line.drained()
        except TimeoutError:
            line.note("farewell_unheard", limit_s=PARTING_LIMIT_S)
