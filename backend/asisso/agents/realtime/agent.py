"""The speech-to-speech agent: a model that hears and speaks, with a workflow's graph as rails.

The model speaks the workflow's words too, told to say them as they stand, so that there is one voice; this machine's
voice stands in when it is late. Three tasks share one call: the session's messages, the caller's patience, and the
conversation, which uses tools one at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

from asisso.agents.agent import AgentEnd, AgentFailed, AgentUnavailable, Line, own_errors
from asisso.agents.dialogue import FILLERS, Dialogue, Fetch
from asisso.agents.graph_tools import GraphTools
from asisso.agents.listening import LISTENING_HZ, Utterance
from asisso.agents.llm.chat_model import ToolCall
from asisso.agents.speech import SpeechModels
from asisso.audio.frame import Pcm
from asisso.audio.resample import resample_clip
from asisso.outbound_addresses import AddressPolicy
from asisso.workflows.engine import Engine
from asisso.workflows.steps import Keyed, Say

from .caller_turns import CallerTurns, Spoken
from .ears import Ears, OwnEars, ServerEars
from .events import (
    AnswerBegan,
    AnswerDone,
    CallerBegan,
    CallerHeard,
    CallerPaused,
    CallerUnclear,
    Limits,
    Problem,
    ServerEvent,
    Sound,
    Words,
    Work,
)
from .link import Link, LinkLost
from .mouth import Mouth
from .patience import Patience, Step
from .session import ASK, HZ, Ask, Session, SessionSettings, Turn
from .spec import RealtimeSpec
from .troubles import Troubles

LOOK_EVERY_S: Final = 0.1
PARTING_LIMIT_S: Final = 30.0
MAX_WORK: Final = 32
TRY_AGAIN_AFTER_S: Final = 0.5


class RealtimeAgent:
    """An `Agent`."""

    sample_rate = HZ
    ear = None

    def __init__(
        self,
        spec: RealtimeSpec,
        *,
        engine: Engine,
        models: SpeechModels,
        fetch: Fetch,
        addresses: AddressPolicy,
        now: Callable[[], datetime],
        opening: str | None = None,
    ) -> None:
        """`opening` is said first when a conversation goes on that was cut off."""
        self._spec = spec
        self._engine = engine
        self._fetch = fetch
        self._addresses = addresses
        self._now = now
        self._opening = opening
        self._settings = SessionSettings(
            spec.voice,
            spec.turn_detection,
            spec.transcription_model,
            spec.language,
            is_interruptible=spec.turns.barge_in != "off",
        )
        speech = models.call()
        self._mouth = Mouth(speech)
        self._session = Session(self._settings)
        self._link: Link | None = None
        self._ears: Ears = (
            OwnEars(speech, spec.turns, self)
            if spec.turn_detection == "ours"
            else ServerEars(self._hear_by_server, spec.turns, self)
        )
        self._line: Line | None = None
        self._tools: GraphTools | None = None
        self._patience = Patience()
        self._work: asyncio.Queue[Sequence[ToolCall] | str] = asyncio.Queue(MAX_WORK)
        self._quiet = asyncio.Event()
        self._is_owed = False
        self._is_working = False
        self._said = 0
        self._turns = CallerTurns()
        self._troubles = Troubles()
        self._last_turn: Spoken | None = None

    @property
    def agent_text(self) -> str:
        """See `ears.Listener`."""
        return self._mouth.lately

    async def prepare(self) -> None:
        """Open the session, so that a model that can't be had is known before the call is answered.

        Raises:
            AgentUnavailable: there is no session.
        """
        self._link = await Link.open(self._spec, self._addresses, self._session)

    async def converse(self, line: Line) -> AgentEnd:
        """See `Agent.converse`."""
        if self._link is None or not self._link.is_open:
            self._session = Session(self._settings)
            self._link = await Link.open(self._spec, self._addresses, self._session)
        self._line = line
        self._mouth.open(line)
        dialogue = Dialogue(self._engine, self, line.control, self._fetch, self._now)
        self._tools = GraphTools(dialogue, line.control, self._spec.tools)
        try:
            with own_errors():
                async with asyncio.TaskGroup() as tasks:
                    beside = [
                        tasks.create_task(self._carry(line), name="the session"),
                        tasks.create_task(self._watch(line), name="patience"),
                        tasks.create_task(self._ears.run(line), name="ears"),
                    ]
                    end = await self._talk(line, dialogue, self._tools)
                    for task in beside:
                        task.cancel()
        finally:
            self._line = None
        return end

    def hear(self, pcm: Pcm) -> None:
        """See `Agent.hear`."""
        self._ears.hear(pcm)

    def press(self, digit: str) -> None:
        """See `Agent.press`."""
        self._ears.press(digit)

    async def close(self) -> None:
        """End the session."""
        if self._link is not None:
            await self._link.close()

    # the conversation

    async def _talk(self, line: Line, dialogue: Dialogue, tools: GraphTools) -> AgentEnd:
        """First words, then what the model wants done and what the caller keys, until it is over."""
        self._configure()
        if self._opening:
            await self.say(Say(self._opening))
        await self._follow(dialogue.begin())
        while dialogue.end is None and not tools.is_hanging_up:
            work = await self._work.get()
            if isinstance(work, str):
                await self._key(line, dialogue, work)
            else:
                await self._use_tools(tools, dialogue, work)
        await self._part(line)
        return dialogue.end or AgentEnd("completed")

    async def _follow(self, step: Awaitable[None]) -> None:
        """Let the engine do a step; when it says nothing by itself the model goes on."""
        said, self._is_working = self._said, True
        try:
            await step
        finally:
            self._is_working = False
        self._configure()
        if self._said == said and self._tools is not None and not self._is_over:
            self._ask(Ask())

    @property
    def _is_over(self) -> bool:
        return self._engine.is_over or (self._tools is not None and self._tools.is_hanging_up)

    async def _use_tools(self, tools: GraphTools, dialogue: Dialogue, calls: Sequence[ToolCall]) -> None:
        await self._follow(self._use_each(tools, dialogue, calls))

    async def _use_each(self, tools: GraphTools, dialogue: Dialogue, calls: Sequence[ToolCall]) -> None:
        for call in calls:
            session = self._session
            result = await tools.use(call)
            if self._line is not None:
                self._line.note("tool", name=call.name)
            if session is self._session:
                session.tell_result(call.id, result)
            if dialogue.end is not None or tools.is_hanging_up:
                return

    async def _key(self, line: Line, dialogue: Dialogue, keys: str) -> None:
        expects = self._engine.expects
        if expects.wanted or expects.is_confirming or any(c.digits == keys for c in expects.choices):
            await self._follow(dialogue.handle(Keyed(keys)))
            return
        self._session.tell(Turn("user", f"(The caller pressed the keys {keys}.)"))
        self._ask(Ask())

    async def _part(self, line: Line) -> None:
        """Stay until the last words have been heard."""
        try:
            async with asyncio.timeout(PARTING_LIMIT_S):
                await self.drained()
        except TimeoutError:
            line.note("farewell_unheard", limit_s=PARTING_LIMIT_S)

    def _configure(self) -> None:
        if self._tools is not None:
            self._session.configure(self._tools.instructions, self._tools.specs)
            if self._is_over:
                self._session.stop_listening()
            self._ears.expect(self._engine.expects)
            self._flush()

    # the dialogue's speaker

    async def say(self, say: Say) -> None:
        """See `Speaker.say`: the model says it, or this machine what can't wait for a model."""
        self._said += 1
        if say.text in FILLERS:
            await self._mouth.say(say.text)
        else:
            self._ask(Ask(say.text))

    async def drained(self) -> None:
        """See `Speaker.drained`."""
        while self._line is not None:
            await self._quiet.wait()
            await self._line.drained()
            if self._session.is_idle:
                return

    def progressed(self, engine: Engine) -> None:
        """See `Speaker.progressed`."""
        if self._line is not None:
            self._line.progress(engine.node.id, engine.gathered)

    # the caller, as the ears tell

    def _hear_by_server(self, pcm: Pcm) -> None:
        if self._line is not None and self._session.is_configured:
            self._turns.hears(self._line.now_ms)
        self._session.hear(pcm)
        self._flush()

    def caller_began(self) -> None:
        """See `ears.Listener`."""
        self._is_owed = False
        if self._line is not None:
            self._line.turn_began()

    def caller_interrupts(self) -> None:
        """See `ears.Listener`."""
        self._interrupt(by_server=False)

    def caller_spoke(self, utterance: Utterance) -> None:
        """See `ears.Listener`."""
        if self._line is None:
            return
        spoken = Spoken(utterance.started_ms, utterance.ended_ms, utterance.decided_ms)
        self._turns.spoke(spoken)
        self._turn_ended(spoken)
        self._session.turn(resample_clip(utterance.pcm, LISTENING_HZ, HZ))
        self._flush()

    def caller_keyed(self, keys: str) -> None:
        """See `ears.Listener`."""
        if self._line is not None:
            self._line.turn_ended()
            self._is_owed = True
            self._put(keys)

    def _turn_ended(self, spoken: Spoken) -> None:
        self._last_turn, self._is_owed = spoken, True
        if self._line is not None:
            self._line.turn_ended()

    def _interrupt(self, *, by_server: bool) -> None:
        if self._is_over:
            return  # last words are said to their end
        self._session.cut(by_server=by_server)
        for cut in self._mouth.interrupt():
            self._session.truncate(cut.item_id, cut.heard_ms)
        self._flush()

    def _put(self, work: Sequence[ToolCall] | str) -> None:
        if self._work.full():
            self._work.get_nowait()
        self._work.put_nowait(work)

    # the session

    def _ask(self, wish: Ask) -> None:
        self._is_owed = True
        self._session.ask(wish)
        self._flush()

    def _flush(self) -> None:
        if self._session.is_idle:
            self._quiet.set()
        else:
            self._quiet.clear()
        if self._link is not None:
            self._link.flush()

    async def _carry(self, line: Line) -> None:
        """Follow one session after the other.

        Raises:
            AgentFailed: there is no other one.
        """
        while self._link is not None:
            try:
                await self._link.run(lambda event: self._on_event(line, event))
            except LinkLost as lost:
                line.note("model_lost", reason=str(lost))
                await self._reconnect(str(lost))

    async def _reconnect(self, reason: str) -> None:
        if not self._patience.reconnects():
            raise AgentFailed(reason)
        wishes, is_due = self._session.wishes, self._is_owed
        self._mouth.leave()
        self._session = session = Session(self._settings, self._mouth.history)
        self._turns = CallerTurns()
        self._configure()
        if is_due and not wishes:
            wishes = [Ask()]
        for wish in wishes:
            self._ask(wish)
        try:
            self._link = await Link.open(self._spec, self._addresses, session)
        except AgentUnavailable as unavailable:
            raise AgentFailed(f"{reason} {unavailable}") from None
        self._flush()

    def _on_event(self, line: Line, event: ServerEvent) -> None:
        match event:
            case CallerBegan() | CallerPaused() | CallerHeard() | CallerUnclear():
                self._on_caller(line, event)
            case AnswerBegan() | Work():
                self._patience.came(line.now_ms)
            case Sound(_, item_id, pcm):
                self._patience.came(line.now_ms)
                self._mouth.sound(item_id, pcm)
                self._note_turn(line)
            case Words(_, item_id, text):
                self._mouth.words(item_id, text)
            case AnswerDone():
                self._on_answer(line, event)
            case Problem():
                self._on_problem(line, event)
            case Limits(left):
                self._troubles.limits(line, left)
        self._flush()

    def _on_caller(self, line: Line, event: CallerBegan | CallerPaused | CallerHeard | CallerUnclear) -> None:
        match event:
            case CallerBegan(item_id, at_ms):
                self._turns.began(item_id, at_ms)
                self.caller_began()
                if self._spec.turns.barge_in != "off":
                    self._interrupt(by_server=True)
            case CallerPaused(item_id, at_ms):
                self._turn_ended(self._turns.paused(item_id, at_ms, line.now_ms))
            case CallerHeard(item_id, text):
                spoken = self._turns.of(item_id, line.now_ms)
                if text:
                    line.caller_said(text, started_ms=spoken.started_ms, ended_ms=spoken.ended_ms)
                    self._mouth.caller_said(text)
            case CallerUnclear(_, reason):
                line.note("transcription_failed", reason=reason)

    def _on_answer(self, line: Line, done: AnswerDone) -> None:
        self._mouth.finish()
        line.use(**done.usage)
        self._patience.came(line.now_ms)
        if done.status == "failed":
            self._on_failed(line, *done.error)
            return
        self._troubles.answered()
        if done.calls:
            self._put(done.calls)
        elif done.status != "cancelled":
            self._is_owed = False
            self._patience.succeeded()
            if not self._mouth.is_heard:
                line.turn_ignored()

    def _on_failed(self, line: Line, code: str, message: str) -> None:
        if self._troubles.failed(line, code, message):
            asyncio.get_running_loop().call_later(TRY_AGAIN_AFTER_S, self._ask, Ask())

    def _on_problem(self, line: Line, problem: Problem) -> None:
        self._troubles.reported(line, problem)
        if problem.code == "session_expired" and self._link is not None:
            self._link.drop()
        elif problem.event_id.startswith(ASK):
            self._on_failed(line, problem.code, problem.message)

    def _note_turn(self, line: Line) -> None:
        """The first sound behind a turn of the caller."""
        spoken, self._last_turn = self._last_turn, None
        if spoken is not None:
            line.note(
                "turn",
                endpointing_ms=max(0, spoken.decided_ms - spoken.ended_ms),
                llm_ttft_ms=line.now_ms - spoken.decided_ms,
                turn_latency_ms=line.now_ms - spoken.ended_ms,
            )

    # the caller's patience

    @property
    def _owes(self) -> bool:
        """Whether the caller waits for something, other than for a tool that says so itself."""
        return self._session.is_due or (self._is_owed and not self._is_working)

    async def _watch(self, line: Line) -> None:
        """Ten times a second.

        Raises:
            AgentFailed: nothing comes any more.
        """
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self._troubles.failure:
                raise AgentFailed(self._troubles.failure)
            self._mouth.look()
            step = self._patience.look(line.now_ms, is_owed=self._owes, is_heard=self._mouth.is_heard)
            match step:
                case Step.FILL:
                    await self._fill(line)
                case Step.RECONNECT if self._link is not None:
                    line.note("model_stalled")
                    self._link.drop()
                case Step.GIVE_UP:
                    raise AgentFailed("The model does not answer any more.")

    async def _fill(self, line: Line) -> None:
        """Say the workflow's own words in the model's stead, or that it takes a moment."""
        asked = self._session.asked
        if asked is not None and asked.words and not self._session.has_sounded:
            line.note("model_replaced", by="embedded")
            self._session.drop_asked()
            self._session.tell(Turn("assistant", asked.words))
            self._is_owed = False
            self._flush()
            await self._mouth.say(asked.words)
            self._mouth.said(asked.words)
        elif self._spec.filler:
            line.note("filler", text=self._spec.filler)
            await self._mouth.say(self._spec.filler)
