"""The embedded agent: hears, understands and speaks on this machine alone, with no key and no network.

What it says and where the conversation goes is its engine's; this is the engine's ears and mouth.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from asisso.agents.agent import AgentEnd, Line, own_errors
from asisso.agents.dialogue import Dialogue, Fetch
from asisso.agents.ear import Ear
from asisso.agents.expecting import is_patient, judge
from asisso.agents.fixed_texts import fixed_sentences, opening_texts
from asisso.agents.floor import Floor, Keys, Turn
from asisso.agents.listening import LISTENING_HZ, Listening, Utterance
from asisso.agents.speech import AgentOverloaded, SpeechModels
from asisso.agents.stt.recognizer import RECOGNITION_HZ
from asisso.agents.tts.sentences import split_sentences
from asisso.agents.turn_policy import TurnPolicy
from asisso.agents.voice import Voice
from asisso.agents.words import is_echo, tokens
from asisso.audio.frame import Pcm
from asisso.workflows.definition import HttpData
from asisso.workflows.engine import Engine
from asisso.workflows.steps import Event, Heard, Keyed, Say

PARTING_LIMIT_S: Final = 30.0
"""How long it may take until the farewell, and what was said before it, has been heard."""

UNSAID_LIMIT: Final = 8
"""Texts the caller talked over before they began, kept for the case that nothing better follows."""


@dataclass(slots=True)
class _Answer:
    """What is being said to one turn.

    Attributes:
        floor: it goes on as long as nobody takes the floor; None: whatever happens.
        unsaid: texts of the answer before, of which the caller heard nothing.
        is_stale: whether the agent has said something since the turn was complete.
        timings: the figures of the turn, noted with its first word.
    """

    floor: int | None
    unsaid: list[str] = field(default_factory=list)
    is_stale: bool = False
    said: list[str] = field(default_factory=list)
    timings: dict[str, int | None] | None = None


class EmbeddedAgent:
    """An `Agent`, and the `Speaker` of its dialogue."""

    sample_rate = LISTENING_HZ

    def __init__(
        self,
        *,
        engine: Engine,
        models: SpeechModels,
        fetch: Fetch,
        now: Callable[[], datetime],
        opening: str | None = None,
        policy: TurnPolicy | None = None,
    ) -> None:
        """`opening` is said first when a conversation goes on that was cut off."""
        policy = policy or TurnPolicy()
        self._engine = engine
        self._models = models
        self._workflow_fetch = fetch
        self._now = now
        self._opening = opening
        self._speech = models.call()
        fixed = fixed_sentences(engine.definition) | set(split_sentences(opening or ""))
        self._voice = Voice(self._speech, fixed)
        self._floor = Floor(always_finishes=policy.barge_in == "off", agent_text=lambda: self._voice.lately)
        self._listening = Listening(self._speech, policy, self._floor)
        self._line: Line | None = None
        self._answer = _Answer(floor=0)
        self._unsaid: list[str] = []
        self._words_before = ""
        self._last_said_ms = 0

    @property
    def lag_ms(self) -> int:
        """Sound heard but not judged yet."""
        return self._listening.lag_ms

    @property
    def is_asking(self) -> bool:
        """Whether the rules of turn-taking wait for recognition or prediction."""
        return self._listening.is_asking

    async def prepare(self) -> None:
        """Render the first words, so that they are heard as soon as the call is answered.

        Raises:
            AgentUnavailable: the speech models do not load.
            AgentOverloaded: this node has too much to do.
        """
        texts = opening_texts(self._engine, self._opening, self._now())
        sentences = [sentence for text in texts for sentence in split_sentences(text)]
        if not self._models.is_ready and not await self._models.is_ready_to_say(sentences):
            await self._models.loaded()
        for sentence in sentences:
            await self._voice.prepare(sentence)

    async def converse(self, line: Line) -> AgentEnd:
        """See `Agent.converse`."""
        self._line = line
        self._floor.open(line)
        dialogue = Dialogue(self._engine, self, line.control, self._fetch, self._now)
        with own_errors():
            async with asyncio.TaskGroup() as tasks:
                listening = tasks.create_task(self._listening.run(line), name="listening")
                end = await self._talk(dialogue, line)
                self._floor.close()
                listening.cancel()
        await self._part(line)
        return end

    @property
    def ear(self) -> Ear:
        """See `Agent.ear`."""
        return self._listening.ear

    def hear(self, pcm: Pcm) -> None:
        """See `Agent.hear`."""
        self._listening.hear(pcm)

    def press(self, digit: str) -> None:
        """Take a key. It interrupts the agent as a word would; the entry is answered when it is complete."""
        self._listening.press(digit)

    async def close(self) -> None:
        """Everything ended with `converse`."""

    # the conversation

    async def _talk(self, dialogue: Dialogue, line: Line) -> AgentEnd:
        """Say the first words and answer turns until the conversation is over."""
        self._answer = _Answer(self._floor.count)
        if self._opening:
            await self.say(Say(self._opening))
        await dialogue.begin()
        self._await_caller()
        while dialogue.end is None:
            turn = await self._floor.next_turn()
            event = await self._understood(line, turn)
            if event is None:
                continue
            await dialogue.handle(event)
            self._note_timings(line, first_said_ms=None)
            if not self._answer.said and dialogue.end is None:
                line.turn_ignored()
            self._await_caller()
        return dialogue.end

    def _await_caller(self) -> None:
        """Tell the ears what may come next."""
        expects = self._engine.expects
        self._listening.expect(
            longest_keys=expects.longest_keys, is_patient=is_patient(expects), wants_more=judge(expects)
        )

    async def _understood(self, line: Line, turn: Turn) -> Event | None:
        """What a turn means to the engine; None when there is nothing to answer (yet)."""
        match turn.content:
            case Keys(keys):
                self._begin_answer(turn, None)
                self._words_before = ""
                return Keyed(keys)
            case Utterance() as utterance:
                return await self._heard(line, turn, utterance)

    async def _heard(self, line: Line, turn: Turn, utterance: Utterance) -> Event | None:
        asked_ms = line.now_ms
        words = await self._recognize(line, utterance)
        recognized_ms = line.now_ms
        if utterance.is_near_agent and self._is_echo(words):
            line.note("echo_ignored")
            line.turn_ignored()
            return None
        if words:
            line.caller_said(words, started_ms=utterance.started_ms, ended_ms=utterance.ended_ms)
        # A recogniser ends every piece as if it were a sentence.
        words = f"{self._words_before.rstrip('.?!,')} {words}".strip()
        if words and self._floor.count != turn.floor:
            # The caller has gone on speaking: what comes belongs to it, and gets one answer with it.
            self._words_before = words
            return None
        self._words_before = ""
        likeness = await self._likeness(line, words)
        timings = {
            "endpointing_ms": utterance.decided_ms - utterance.ended_ms,
            "prediction_ms": utterance.prediction_ms,
            "recognition_ms": recognized_ms - asked_ms,
            "meaning_ms": line.now_ms - recognized_ms,
            "ended_ms": utterance.ended_ms,
            "understood_ms": line.now_ms,
        }
        self._begin_answer(turn, timings)
        return Heard(words, likeness)

    def _is_echo(self, words: str) -> bool:
        """Whether these are the agent's latest words. A value said again while it is being confirmed is an answer."""
        lately = self._voice.lately
        is_value = self._engine.expects.is_confirming and tokens(words)[-1:] != tokens(lately)[-1:]
        return not is_value and is_echo(words, lately)

    def _begin_answer(self, turn: Turn, timings: dict[str, int | None] | None) -> None:
        unsaid, self._unsaid = self._unsaid, []
        is_stale = turn.at_ms < self._last_said_ms
        self._answer = _Answer(turn.floor, unsaid, is_stale, timings=timings)

    async def _recognize(self, line: Line, utterance: Utterance) -> str:
        """The caller's words; empty when there were none, or no time for them."""
        line.use(stt_seconds=round(utterance.pcm.size / RECOGNITION_HZ, 2))
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

    async def _likeness(self, line: Line, words: str) -> Mapping[str, float]:
        """What the words are like; nothing when there is no time to tell."""
        try:
            return await self._speech.likeness(words, self._engine.expects.choices)
        except AgentOverloaded:
            line.note("meaning_skipped", reason=AgentOverloaded.code)
            return {}

    def _note_timings(self, line: Line, *, first_said_ms: int | None) -> None:
        """Put the figures of the turn into the timeline, once."""
        timings, self._answer.timings = self._answer.timings, None
        if timings is None:
            return
        ended_ms, understood_ms = timings.pop("ended_ms") or 0, timings.pop("understood_ms") or 0
        line.note(
            "turn",
            **timings,
            tts_ttfb_ms=None if first_said_ms is None else first_said_ms - understood_ms,
            turn_latency_ms=None if first_said_ms is None else first_said_ms - ended_ms,
        )

    # the dialogue's speaker

    async def say(self, say: Say) -> None:
        """See `Speaker.say`: until the caller takes the floor, except for the last words."""
        answer, line = self._answer, self._line
        if line is None:
            return
        if say.kind == "farewell":
            self._floor.close()
            answer.floor = None
        texts = [say.text]
        if say.kind == "repair":
            if answer.is_stale and not answer.said:
                return  # what was not understood came before the agent's latest words, and is answered by them
            texts, answer.unsaid = answer.unsaid or texts, []
        for text in texts:
            if text not in answer.said:
                await self._say(line, answer, text)

    async def _say(self, line: Line, answer: _Answer, text: str) -> None:
        floor = answer.floor
        uttered = await self._voice.say(
            line, text, is_wanted=lambda: floor is None or self._floor.count == floor
        )
        if uttered.first_said_ms is not None:
            answer.said.append(text)
            self._last_said_ms = line.now_ms
            self._note_timings(line, first_said_ms=uttered.first_said_ms)
        elif uttered.is_cut:
            self._unsaid = [*self._unsaid, text][-UNSAID_LIMIT:]

    async def drained(self) -> None:
        """See `Speaker.drained`."""
        if self._line is not None:
            await self._line.drained()

    def progressed(self, engine: Engine) -> None:
        """See `Speaker.progressed`."""
        if self._line is not None:
            self._line.progress(engine.node.id, engine.gathered)

    async def _fetch(self, request: HttpData) -> Mapping[str, object]:
        """Meanwhile, and with what came of it, the agent speaks whether the caller has said something or not."""
        self._answer.floor = None
        try:
            return await self._workflow_fetch(request)
        finally:
            self._answer.floor = self._floor.count

    async def _part(self, line: Line) -> None:
        """Stay until all has been heard; the last words cannot be interrupted."""
        try:
            async with asyncio.timeout(PARTING_LIMIT_S):
                await line.drained()
        except TimeoutError:
            line.note("farewell_unheard", limit_s=PARTING_LIMIT_S)
        finally:
            self._line = None
