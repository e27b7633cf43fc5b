"""Hears one call: frames and keys in, turns out. Shared by every agent that works with turns.

Sound is cut into windows and judged by the ears all calls share; the rules of `turns` say what it means; what the rules
want to know, recognition and prediction answer off the event loop. What cannot be judged in time is dropped and
counted, never queued without end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

import numpy as np

from asisso.agents import turns
from asisso.agents.agent import AgentError, Line
from asisso.agents.ear import Ear, Window
from asisso.agents.speech import CallSpeech
from asisso.agents.turn_policy import TurnPolicy
from asisso.agents.vad.detector import DETECTION_HZ, WINDOW_MS, VoiceMemory
from asisso.agents.workers import AgentOverloaded
from asisso.audio.frame import Pcm

T = TypeVar("T")

LISTENING_HZ: Final = DETECTION_HZ

_TAIL_MS: Final = 450
"""Silence left behind an utterance: with less of it recognition gets last words wrong more often."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One turn of the caller.

    Attributes:
        pcm: its sound at 16 kHz, with a little before and behind.
        started_ms: its first speech, on the line's clock.
        ended_ms: its last speech.
        decided_ms: when it was taken for over.
        words: recognition that has begun before that was certain; it may fail as any other.
        prediction_ms: how long the prediction of its end took; None without one.
        is_near_agent: whether it began and ended while the agent was heard, or right after: it may be its echo.
    """

    pcm: Pcm
    started_ms: int
    ended_ms: int
    decided_ms: int
    words: asyncio.Task[str] | None = None
    prediction_ms: int | None = None
    is_near_agent: bool = False


class TurnListener(Protocol):
    """Who is told. Called on the event loop; must not block."""

    @property
    def agent_text(self) -> str:
        """What the agent has said lately."""

    def on_speech_started(self) -> None:
        """The caller has begun a turn."""

    def on_hold(self) -> int | None:
        """Somebody speaks over the agent: fall silent at once. Gives the ms left to say; None: nothing was said."""

    def on_resume(self, reason: str) -> None:
        """It was nothing: go on."""

    def on_barge_in(self) -> None:
        """The caller interrupts the agent."""

    def on_turn_ended(self, utterance: Utterance) -> None:
        """The caller is done."""

    def on_key_pressed(self) -> None:
        """The caller takes the floor by key."""

    def on_keys(self, keys: str) -> None:
        """An entry of keys is complete."""


@dataclass(slots=True)
class _Pause:
    """What is found out about a pause while it lasts."""

    ended_ms: int
    words: asyncio.Task[str] | None = None
    prediction: asyncio.Task[None] | None = None
    prediction_ms: int | None = None

    def give_up(self) -> None:
        """The caller goes on: nobody needs it any more."""
        for task in (self.words, self.prediction):
            if task is not None:
                task.cancel()


ECHO_TAIL_MS: Final = 800
"""How long after the agent its echo may still come."""


class Listening:
    """The ears of one call.

    Attributes:
        ear: what keeps the sound; it may be given sound without this being asked.
        memory: what the shared ears keep of this call for the network.
    """

    def __init__(self, speech: CallSpeech, policy: TurnPolicy, listener: TurnListener) -> None:
        self.memory: VoiceMemory | None = None
        self._speech = speech
        self._listener = listener
        self._turns = turns.TurnTaking(policy)
        self.ear = Ear(policy.look_back_ms // WINDOW_MS + 1, self._turns, self)
        self._wants_hints = policy.end_of_turn == "auto"
        self._line: Line | None = None
        self._failed: asyncio.Future[None] | None = None
        self._is_near_agent = False
        self._pause: _Pause | None = None
        self._wants_more: Callable[[str], bool | None] = _who_knows
        self._asking: set[asyncio.Task[Any]] = set()

    @property
    def lag_ms(self) -> int:
        """Sound that waits to be judged."""
        return self.ear.lag_ms

    @property
    def is_asking(self) -> bool:
        """Whether recognition or prediction has been asked something."""
        return bool(self._asking)

    def expect(
        self, *, longest_keys: int | None, is_patient: bool, wants_more: Callable[[str], bool | None]
    ) -> None:
        """What may come next: see `TurnTaking.expect`, and for `wants_more`, given the words, `transcribed`."""
        self._wants_more = wants_more
        self._turns.expect(longest_keys=longest_keys, is_patient=is_patient)

    def hear(self, pcm: Pcm) -> None:
        """Take the next samples at 16 kHz. What comes while `run` is not running is not heard."""
        if self._line is not None:
            self.ear.hear(pcm.tobytes(), self._line.now_ms)

    def press(self, key: str) -> None:
        """Take a key; like sound, it is lost while `run` is not running."""
        if self._line is not None:
            self._act(self._line, self._turns.press(key, self._line.now_ms), None)

    async def run(self, line: Line) -> None:
        """Listen until cancelled.

        Raises:
            AgentError: voice activity cannot be judged.
        """
        self._failed = asyncio.get_running_loop().create_future()
        self._line = line
        self._speech.hearing.enter(self.ear, line, line.now_ms)
        try:
            await self._failed
        finally:
            self._line = None
            self._speech.hearing.leave(self.ear)
            for task in self._asking:
                task.cancel()

    # what the shared ears use

    def fail(self, error: Exception) -> None:
        if self._failed is not None and not self._failed.done():
            self._failed.set_exception(error)

    # what the windows mean

    def follow(self, window: Window, probability: float, sound_from_ms: int | None) -> None:
        """Take the next window that was judged; what the rules make of it is acted on at once."""
        line = self._line
        if line is None:
            return
        events = self._turns.feed(
            probability, window.ended_ms, is_agent_speaking=line.is_speaking, power=window.power
        )
        if events:
            self._act(line, events, sound_from_ms)
        if self._pause is not None and self._turns.pause_ms != self._pause.ended_ms:
            self._go_on()

    def _act(self, line: Line, events: Iterable[turns.TurnEvent], sound_from_ms: int | None) -> None:
        for event in events:
            match event:
                case turns.SpeechStarted(_, started_ms):
                    self._is_near_agent = started_ms - self.ear.agent_heard_ms < ECHO_TAIL_MS
                    self._listener.on_speech_started()
                case turns.AgentHeld():
                    self._act(line, self._turns.held(self._listener.on_hold()), sound_from_ms)
                case turns.AgentResumed(_, reason):
                    self._listener.on_resume(reason)
                case turns.BargeIn():
                    self._listener.on_barge_in()
                case turns.WordsWanted(at_ms):
                    self._ask(self._find_words(line, at_ms, self._sound_so_far()))
                case turns.PauseBegan(_, _, ended_ms):
                    self._look_into_pause(line, ended_ms)
                case turns.TurnEnded(_, started_ms, ended_ms):
                    self._end_turn(line, started_ms, ended_ms, sound_from_ms)
                case turns.KeyPressed():
                    self._listener.on_key_pressed()
                case turns.KeysEntered(_, keys):
                    self._listener.on_keys(keys)

    def _end_turn(self, line: Line, started_ms: int, ended_ms: int, sound_from_ms: int | None) -> None:
        from_ms = started_ms if sound_from_ms is None else sound_from_ms
        pause, self._pause = self._pause, None
        if pause is not None and pause.ended_ms != ended_ms:
            pause.give_up()
            pause = None
        if pause is not None and pause.prediction is not None:
            pause.prediction.cancel()
        self._listener.on_turn_ended(
            Utterance(
                self.ear.sound(from_ms, ended_ms + _TAIL_MS),
                started_ms,
                ended_ms,
                line.now_ms,
                words=pause.words if pause else None,
                prediction_ms=pause.prediction_ms if pause else None,
                is_near_agent=self._is_near_agent and ended_ms - self.ear.agent_heard_ms < ECHO_TAIL_MS,
            )
        )

    # what the rules want to know

    def _look_into_pause(self, line: Line, ended_ms: int) -> None:
        """Recognition and prediction begin when the caller pauses, where there is time for something in vain."""
        self._go_on()
        if not self._wants_hints or not self._speech.has_time:
            return
        sound = self._sound_so_far()
        pause = self._pause = _Pause(ended_ms)
        padded = np.concatenate((sound, np.zeros((_TAIL_MS - turns.PAUSE_MS) * 16, np.int16)))
        if self._speech.can_predict:
            pause.prediction = self._ask(self._predict(line, pause, sound))
        pause.words = self._ask(self._transcribe(pause, padded))

    def _go_on(self) -> None:
        if self._pause is not None:
            self._pause.give_up()
            self._pause = None

    async def _transcribe(self, pause: _Pause, sound: Pcm) -> str:
        text = await self._speech.recognize(sound)
        self._turns.transcribed(text, pause.ended_ms, wants_more=self._wants_more(text))
        return text

    async def _predict(self, line: Line, pause: _Pause, sound: Pcm) -> None:
        began_ms = line.now_ms
        try:
            probability = await self._speech.predict_end(sound)
        except AgentOverloaded:
            return
        pause.prediction_ms = line.now_ms - began_ms
        self._turns.predicted(probability, pause.ended_ms)

    async def _find_words(self, line: Line, asked_ms: int, sound: Pcm) -> None:
        try:
            text = await self._speech.recognize(sound)
        except AgentOverloaded:
            text = None
        agent_text = self._listener.agent_text
        self._act(line, self._turns.words(text, asked_ms, agent_text=agent_text), self._turns.sound_from_ms)

    def _ask(self, question: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(question)
        self._asking.add(task)
        task.add_done_callback(self._answered)
        return task

    def _answered(self, task: asyncio.Task[Any]) -> None:
        self._asking.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, AgentOverloaded):
            self.fail(error if isinstance(error, AgentError) else AgentError(str(error)))

    def _sound_so_far(self) -> Pcm:
        from_ms = self._turns.sound_from_ms
        return self.ear.sound(0 if from_ms is None else from_ms, self.ear.judged_until_ms)


def _who_knows(text: str) -> bool | None:
    return None
