"""The cascade agent: recognises, asks a language model, speaks; a workflow's graph says what the model may do.

    caller's turn -> transcriber -> history -> model -> sentences -> mouth -> line
                                       ^          |
                                       +- tools <-+-> dialogue -> engine

Whatever fails, the caller hears something: a filler while it is slow, the second model, the embedded conversation on
the same engine, and at last `AgentFailed`, which the call answers. Words of the workflow itself (`say`, questions) are
spoken as they stand; where a node has only a `prompt` the model speaks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from asisso.agents.agent import AgentEnd, AgentFailed, Interrupted, Line, own_errors
from asisso.agents.cascade.cover import Cover
from asisso.agents.cascade.history import History
from asisso.agents.cascade.mouth import Mouth
from asisso.agents.cascade.parts import CascadeParts
from asisso.agents.cascade.recognition import Recognition
from asisso.agents.cascade.reply import Written, write_reply
from asisso.agents.cascade.spec import CascadeSpec
from asisso.agents.dialogue import Dialogue
from asisso.agents.ear import Ear
from asisso.agents.expecting import is_patient, judge
from asisso.agents.fixed_texts import fixed_sentences, opening_texts
from asisso.agents.floor import Floor, Keys, Turn
from asisso.agents.graph_tools import GraphTools
from asisso.agents.listening import LISTENING_HZ, Listening, Utterance
from asisso.agents.llm.chat_model import ChatModel, Message, ToolCall
from asisso.agents.llm.fallback import Fallbacks
from asisso.agents.tts.sentences import split_sentences
from asisso.agents.words import is_echo
from asisso.agents.workers import AgentOverloaded
from asisso.audio.frame import PTIME_MS, Pcm
from asisso.workflows.definition import HttpData
from asisso.workflows.engine import Engine
from asisso.workflows.steps import Heard, Keyed, Say

PARTING_LIMIT_S: Final = 30.0
"""How long it may take until the last words, and what was said before them, have been heard."""

MAX_ROUNDS: Final = 6
"""How often a model may have things done before it says something to the caller."""

SECOND_TRY_WITHIN_MS: Final = 1_000
"""A lone model that failed this quickly, and may do better, is asked once more."""

PATIENCE_MS: Final = 1_000
"""Of the silence that ended a turn counts so much as waiting: behind a long one an answer has some time, too."""

GO_ON: Final = (
    "Your last answer broke off behind these words. Go on from there without repeating any of it, "
    "in one or two sentences."
)


@dataclass(slots=True)
class _Answer:
    """The answer that is being given.

    Attributes:
        floor: who had the floor when it was asked for; None: it is finished whoever takes it.
        said: how many of the workflow's own texts were said in it.
        batch: the workflow's texts that wait until the model's wishes are all done; None: they are said at once.
        timings: of the turn, until they are noted.
    """

    floor: int | None
    said: int = 0
    batch: list[Say] | None = None
    timings: dict[str, int | None] = field(default_factory=dict)


class CascadeAgent:
    """An `Agent`."""

    sample_rate = LISTENING_HZ

    def __init__(self, spec: CascadeSpec, parts: CascadeParts) -> None:
        self._spec = spec
        self._parts = parts
        self._engine = parts.engine
        self._speech = parts.models.call()
        self._history = History()
        self._models: Fallbacks[ChatModel] = Fallbacks(parts.chat_models)
        self._recognition = Recognition(parts.transcribers, self._speech)
        self._mouth = Mouth(
            parts.voices,
            parts.embedded_voice(self._speech),
            parts.models.clips,
            fixed_sentences(parts.engine.definition) | set(self._own_sentences),
            self._history,
        )
        self._cover = Cover(spec.filler_after_ms)
        self._floor = Floor(
            always_finishes=spec.turns.barge_in == "off",
            agent_text=lambda: self._history.last_agent_text,
            taken=self._floor_taken,
        )
        self._listening = Listening(self._speech, spec.turns, self._floor)
        self._listening.ear.on_sound = self._look_for_filler
        self._line: Line | None = None
        self._answer = _Answer(floor=None)
        self._writing: asyncio.Task[Written] | None = None
        self._fillers_said = 0

    @property
    def lag_ms(self) -> int:
        """Sound heard but not judged yet."""
        return self._listening.lag_ms

    @property
    def is_asking(self) -> bool:
        """Whether the rules of turn-taking wait for recognition or prediction."""
        return self._listening.is_asking

    async def prepare(self) -> None:
        """Make the first words and the fillers ready to be heard.

        Raises:
            AgentUnavailable: the speech models do not load.
        """
        if not self._parts.models.is_ready:
            await self._parts.models.loaded()
        texts = opening_texts(self._engine, self._parts.opening, self._parts.now())
        opening = [sentence for text in texts for sentence in split_sentences(text)]
        with own_errors():
            await self._mouth.prepare([*opening, *self._own_sentences])

    async def converse(self, line: Line) -> AgentEnd:
        """See `Agent.converse`."""
        self._line = line
        self._floor.open(line)
        self._mouth.open(line)
        dialogue = Dialogue(self._engine, self, line.control, self._fetch, self._parts.now)
        tools = GraphTools(dialogue, line.control, self._spec.tools)
        try:
            with own_errors():
                async with asyncio.TaskGroup() as tasks:
                    listening = tasks.create_task(self._listening.run(line), name="listening")
                    end = await self._talk(line, dialogue, tools)
                    self._floor.close()
                    listening.cancel()
        finally:
            self._cover.settle()
        await self._part(line)
        return end

    def hear(self, pcm: Pcm) -> None:
        """See `Agent.hear`."""
        self._listening.hear(pcm)

    @property
    def ear(self) -> Ear:
        """See `Agent.ear`."""
        return self._listening.ear

    def _look_for_filler(self) -> None:
        """The caller's sound is the clock by which one who waits hears a filler."""
        line = self._line
        if line is None or not self._cover.is_owed:
            return
        if self._cover.look(line.now_ms, is_agent_heard=line.unheard_ms > PTIME_MS):
            self._say_filler(line)

    def press(self, digit: str) -> None:
        """Take a key. It interrupts the agent as a word would; the entry is answered when it is complete."""
        self._listening.press(digit)

    async def close(self) -> None:
        """Give all connections back."""
        self._line = None
        await self._mouth.close()
        await self._recognition.close()
        for model in self._parts.chat_models:
            await model.close()

    # the conversation

    async def _talk(self, line: Line, dialogue: Dialogue, tools: GraphTools) -> AgentEnd:
        """Say the first words and answer turns until the conversation is over."""
        self._begin_answer(self._floor.count, line.now_ms)
        if self._parts.opening:
            await self.say(Say(self._parts.opening))
        await dialogue.begin()
        if not self._answer.said and dialogue.end is None:
            await self._reply(line, dialogue, tools, "")
        while dialogue.end is None and not tools.is_hanging_up:
            self._cover.settle()
            expects = self._engine.expects
            self._listening.expect(
                longest_keys=expects.longest_keys, is_patient=is_patient(expects), wants_more=judge(expects)
            )
            await self._take_turn(line, dialogue, tools, await self._floor.next_turn())
        return dialogue.end or AgentEnd("agent_hung_up")

    async def _take_turn(self, line: Line, dialogue: Dialogue, tools: GraphTools, turn: Turn) -> None:
        match turn.content:
            case Keys(keys):
                self._begin_answer(turn.floor, turn.at_ms)
                self._history.caller_said(f"(The caller pressed the keys {' '.join(keys)}.)")
                if _waits_for_keys(self._engine, keys):
                    await dialogue.handle(Keyed(keys))
                if not self._answer.said and dialogue.end is None:
                    await self._reply(line, dialogue, tools, keys)
            case Utterance() as utterance:
                self._begin_answer(turn.floor, max(utterance.ended_ms, turn.at_ms - PATIENCE_MS))
                words = await self._heard(line, turn, utterance)
                if words is not None:
                    await self._reply(line, dialogue, tools, words)
                    self._note_turn(line, None)

    def _begin_answer(self, floor: int, since_ms: int) -> None:
        self._answer = _Answer(floor)
        if floor == self._floor.count:
            self._cover.owe(since_ms)

    def _is_wanted(self) -> bool:
        floor = self._answer.floor
        return floor is None or floor == self._floor.count

    async def _heard(self, line: Line, turn: Turn, utterance: Utterance) -> str | None:
        """The caller's words; None when there is nothing to answer (yet)."""
        asked_ms = line.now_ms
        words = await self._recognition.words(line, utterance)
        if utterance.is_near_agent and is_echo(words, self._history.last_agent_text):
            line.note("echo_ignored")
            line.turn_ignored()
            return None
        if words:
            line.caller_said(words, started_ms=utterance.started_ms, ended_ms=utterance.ended_ms)
            self._history.caller_said(words)
        if turn.floor != self._floor.count:
            return None  # the caller has gone on speaking, and gets one answer to all of it
        self._answer.timings = {
            "endpointing_ms": utterance.decided_ms - utterance.ended_ms,
            "prediction_ms": utterance.prediction_ms,
            "recognition_ms": line.now_ms - asked_ms,
            "ended_ms": utterance.ended_ms,
        }
        if not words and not self._history.is_caller_waiting:
            await self._say(self._spec.says.not_understood)
            return None
        return words or self._history.last_caller_text

    # the model's answer

    async def _reply(self, line: Line, dialogue: Dialogue, tools: GraphTools, words: str) -> None:
        """Have a model answer, do what it wants, and so on until it has said something."""
        for _ in range(MAX_ROUNDS):
            written = await self._written(line, tools)
            if written is None:
                await self._without_model(line, dialogue, words)
                return
            if not written.calls:
                return
            await self._do(tools, written.calls)
            if tools.is_hanging_up or dialogue.end is not None or self._answer.said or not self._is_wanted():
                return
        line.note("model_failed", code="model_garbled", reason="The model uses tools without end.")
        await self._without_model(line, dialogue, words)

    async def _written(self, line: Line, tools: GraphTools) -> Written | None:
        """The answer of the first model that gives one; None when none does. An unwanted one is empty."""
        tried = 0
        broken_off = False
        models = self._models.usable(line.now_ms)
        while models and self._is_wanted():
            model = models.pop(0)
            began_ms = line.now_ms
            written = await self._write(line, model, tools, broken_off=broken_off)
            tried += 1
            if written is None or written.error is None:
                return written or Written()
            error = written.error
            line.note("model_failed", model=model.name, code=error.code, reason=str(error))
            broken_off = broken_off or written.has_words
            is_quick = line.now_ms - began_ms < SECOND_TRY_WITHIN_MS
            if error.retryable and is_quick and tried == 1 and not models and not error.retry_after_s:
                models.append(model)
            else:
                self._models.failed(model, error, line.now_ms)
        return None if self._is_wanted() else Written()

    async def _write(
        self, line: Line, model: ChatModel, tools: GraphTools, *, broken_off: bool
    ) -> Written | None:
        """One try of one model; None when the caller took the floor meanwhile."""
        messages = self._history.messages(tools.instructions)
        if broken_off:
            messages.append(Message("system", GO_ON))
        writing = self._writing = asyncio.create_task(
            write_reply(
                model,
                messages,
                tools.specs if model.capabilities.tools else [],
                mouth=self._mouth,
                line=line,
                is_wanted=self._is_wanted,
                limit_s=self._spec.reply_timeout_s,
            )
        )
        try:
            await asyncio.wait([writing])
        finally:
            self._writing = None
            if not writing.done():
                writing.cancel()
                await asyncio.wait([writing])
        if writing.cancelled():
            return None
        written = writing.result()
        self._keep_timings(line, written)
        return written

    async def _do(self, tools: GraphTools, calls: Sequence[ToolCall]) -> None:
        """Do all a model wants, then say what the workflow has to say about it: of several questions, the last."""
        self._history.calls_made(calls)
        self._answer.batch = []
        for call in calls:
            self._answer.batch = [say for say in self._answer.batch or [] if not _is_question(say)]
            self._history.call_done(call, await tools.use(call))
        await self._flush()

    async def _without_model(self, line: Line, dialogue: Dialogue, words: str) -> None:
        """The embedded conversation answers, on the same engine.

        Raises:
            AgentFailed: the workflow gives it nothing to go by.
        """
        if not self._is_wanted():
            return
        if not _can_go_on_without_model(self._engine):
            raise AgentFailed("No language model answers, and the workflow can't be followed without one.")
        line.note("model_replaced", by="embedded")
        await self._say(self._spec.says.too_slow)
        await dialogue.handle(Heard(words, await self._likeness(words)))
        if not self._answer.said and dialogue.end is None:
            await self._say(self._spec.says.go_on)

    async def _likeness(self, words: str) -> Mapping[str, float]:
        try:
            return await self._speech.likeness(words, self._engine.expects.choices)
        except AgentOverloaded:
            return {}

    # the dialogue's speaker

    async def say(self, say: Say) -> None:
        """See `Speaker.say`: until the caller takes the floor, except for the last words."""
        if say.kind == "farewell":
            self._floor.close()
            self._answer.floor = None
        if self._answer.batch is not None:
            self._answer.batch.append(say)
            return
        self._answer.said += 1
        await self._say(say.text)

    async def drained(self) -> None:
        """See `Speaker.drained`. What follows, such as a transfer, is no silence of ours."""
        await self._flush()
        if self._line is not None:
            await self._line.drained()
        self._cover.settle()

    def progressed(self, engine: Engine) -> None:
        """See `Speaker.progressed`."""
        if self._line is not None:
            self._line.progress(engine.node.id, engine.gathered)

    async def _fetch(self, request: HttpData) -> Mapping[str, object]:
        """A request of the workflow; the dialogue itself fills the silence, and waits for nobody's floor."""
        await self._flush()
        answer, was_owed = self._answer, self._cover.is_owed
        self._cover.settle()
        answer.floor = None
        try:
            return await self._parts.fetch(request)
        finally:
            answer.floor = self._floor.count
            answer.said = 0
            if was_owed and self._line is not None:
                self._cover.owe(self._line.now_ms)

    async def _flush(self) -> None:
        """Say what has waited."""
        batch, self._answer.batch = self._answer.batch, None
        for say in batch or ():
            self._answer.said += 1
            await self._say(say.text)

    async def _say(self, text: str) -> None:
        for sentence in split_sentences(text):
            said_ms = await self._mouth.say(sentence, is_wanted=self._is_wanted)
            if said_ms is not None and self._line is not None:
                self._answer.timings.setdefault("tts_ttfb_ms", self._mouth.first_sound_ms)
                self._note_turn(self._line, said_ms)

    # silence

    def _say_filler(self, line: Line) -> None:
        fillers = self._spec.says.fillers
        if not fillers:
            return
        text = fillers[self._fillers_said % len(fillers)]
        for sentence in split_sentences(text):
            if self._mouth.say_at_once(sentence):
                self._fillers_said += 1
                line.note("filler", text=text)

    def _floor_taken(self, cut: Interrupted | None) -> None:
        """The caller speaks: nothing is owed, nothing written any more, and what was not heard was not said."""
        self._cover.settle()
        if cut is not None:
            self._history.cut(cut.lost_text)
        if self._writing is not None:
            self._writing.cancel()

    # figures

    def _keep_timings(self, line: Line, written: Written) -> None:
        timings = self._answer.timings
        if timings and written.first_token_ms is not None:
            timings.setdefault("llm_ttft_ms", written.first_token_ms)
        if written.first_said_ms is not None:
            timings.setdefault("tts_ttfb_ms", written.first_sound_ms)
            self._note_turn(line, written.first_said_ms)

    def _note_turn(self, line: Line, first_said_ms: int | None) -> None:
        """Put the figures of the turn into the timeline, once."""
        timings, self._answer.timings = self._answer.timings, {}
        ended_ms = timings.pop("ended_ms", None)
        if ended_ms is None:
            return
        latency_ms = None if first_said_ms is None else first_said_ms - ended_ms
        line.note("turn", **timings, turn_latency_ms=latency_ms)

    @property
    def _own_sentences(self) -> list[str]:
        says = self._spec.says
        texts = (*says.fillers, says.not_understood, says.too_slow, says.go_on)
        return [sentence for text in texts for sentence in split_sentences(text)]

    async def _part(self, line: Line) -> None:
        """Stay until all has been heard."""
        try:
            async with asyncio.timeout(PARTING_LIMIT_S):
                await line.drained()
        except TimeoutError:
            line.note("farewell_unheard", limit_s=PARTING_LIMIT_S)
        finally:
            self._line = None


def _waits_for_keys(engine: Engine, keys: str) -> bool:
    """Whether the workflow's own rules take these keys; others are for the model to make something of."""
    expects = engine.expects
    return bool(expects.wanted) or expects.is_confirming or any(c.digits == keys for c in expects.choices)


def _is_question(say: Say) -> bool:
    return say.kind in ("ask", "confirm", "repair")


def _can_go_on_without_model(engine: Engine) -> bool:
    """Whether what a caller says leads anywhere by the workflow's own rules."""
    expects = engine.expects
    return bool(expects.wanted) or any(c.examples or c.digits or c.label for c in expects.choices)
