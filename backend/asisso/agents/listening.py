"""Hears one call: frames in, turns out. Shared by every agent that works with turns.

Sound is cut into windows; a gate spares the detector silence; the detector works off the event loop, one
job at a time with everything that has come meanwhile; the rules of `turns` say what it means. What cannot
be judged in time is dropped and counted, never queued without end.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from asisso.agents.agent import Line
from asisso.agents.speech import CallDetector
from asisso.agents.turns import BargeIn, SpeechStarted, TurnEnded, TurnPolicy, TurnTaking
from asisso.agents.vad.detector import DETECTION_HZ, WINDOW_MS, WINDOW_SAMPLES
from asisso.agents.vad.gate import EnergyGate
from asisso.audio.frame import Pcm

LISTENING_HZ: Final = DETECTION_HZ

MAX_WAITING_WINDOWS: Final = 2_048 // WINDOW_MS
"""Two seconds: an answer to something older would come too late anyway."""

_MAX_DRIFT_MS: Final = 200
"""How far counted sound may be from the call's clock before the clock is believed."""

_TAIL_MS: Final = 450
"""Silence left behind an utterance: with less of it recognition gets last words wrong more often."""

_WARM_UP_WINDOWS: Final = 3
"""What a detector hears before it judges again after silence it was spared."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One turn of the caller.

    Attributes:
        pcm: its sound at 16 kHz, with a little before and behind.
        started_ms: its first speech, on the line's clock.
        ended_ms: its last speech.
        decided_ms: when it was taken for over.
    """

    pcm: Pcm
    started_ms: int
    ended_ms: int
    decided_ms: int


class TurnListener(Protocol):
    """Who is told. Called on the event loop; must not block."""

    def on_speech_started(self) -> None:
        """The caller has begun a turn."""

    def on_barge_in(self) -> None:
        """The caller means to interrupt the agent."""

    def on_turn_ended(self, utterance: Utterance) -> None:
        """The caller is done."""


@dataclass(frozen=True, slots=True)
class _Window:
    pcm: Pcm
    ended_ms: int
    may_be_speech: bool


class Listening:
    """The ears of one call.

    Attributes:
        dropped_windows: windows of 32 ms that came faster than they could be judged.
    """

    def __init__(self, detector: CallDetector, policy: TurnPolicy, listener: TurnListener) -> None:
        self._detector = detector
        self._listener = listener
        self._turns = TurnTaking(policy)
        self._gate = EnergyGate()
        self._look_back_windows = max(policy.look_back_ms // WINDOW_MS + 1, _WARM_UP_WINDOWS)
        self._line: Line | None = None
        self._filling = np.empty(WINDOW_SAMPLES, np.int16)
        self._filled = 0
        self._heard_ms = 0
        self._waiting: deque[_Window] = deque()
        self._is_judging = False
        self._judged: deque[_Window] = deque()
        self._wake = asyncio.Event()
        self.dropped_windows = 0

    @property
    def lag_ms(self) -> int:
        """Sound that waits to be judged."""
        return (len(self._waiting) + self._is_judging) * WINDOW_MS

    def hear(self, pcm: Pcm) -> None:
        """Take the next samples at 16 kHz. What comes while `run` is not running is not heard."""
        if self._line is None:
            return
        start = 0
        while start < pcm.size:
            taken = min(WINDOW_SAMPLES - self._filled, pcm.size - start)
            self._filling[self._filled : self._filled + taken] = pcm[start : start + taken]
            self._filled += taken
            start += taken
            if self._filled == WINDOW_SAMPLES:
                self._take_window(self._line)

    def _take_window(self, line: Line) -> None:
        pcm, self._filling, self._filled = self._filling, np.empty(WINDOW_SAMPLES, np.int16), 0
        window = _Window(pcm, self._tick(line.now_ms), self._gate.admits(pcm))
        if not window.may_be_speech and not self.lag_ms and self._turns.is_idle:
            # Silence between turns, most of any call, ends here: no task wakes up for it.
            self._keep(window)
            return
        if len(self._waiting) >= MAX_WAITING_WINDOWS:
            self._waiting.popleft()
            self.dropped_windows += 1
        self._waiting.append(window)
        self._wake.set()

    def _tick(self, now_ms: int) -> int:
        """Count sound, which comes in fits and starts, as time; follow the clock where sound was lost."""
        counted_ms = self._heard_ms + WINDOW_MS
        is_lost = abs(now_ms - counted_ms) > _MAX_DRIFT_MS
        self._heard_ms = max(self._heard_ms, now_ms) if is_lost else counted_ms
        return self._heard_ms

    async def run(self, line: Line) -> None:
        """Listen until cancelled.

        Raises:
            AgentError: voice activity cannot be judged.
        """
        self._heard_ms = line.now_ms
        self._line = line
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    await self._judge(line)
        finally:
            self._line = None

    async def _judge(self, line: Line) -> None:
        windows = list(self._waiting)
        self._waiting.clear()
        self._is_judging = True
        try:
            probabilities = await self._probabilities(
                [window.pcm for window in windows if window.may_be_speech]
            )
        finally:
            self._is_judging = False
        for window in windows:
            self._follow(line, window, probabilities.popleft() if window.may_be_speech else 0.0)

    async def _probabilities(self, windows: list[Pcm]) -> deque[float]:
        if not windows:
            return deque()
        before: list[Pcm] = []
        if not self._judged or not self._judged[-1].may_be_speech:
            self._detector.reset()
            before = [window.pcm for window in list(self._judged)[-_WARM_UP_WINDOWS:]]
        probabilities = await self._detector.probabilities(np.stack(before + windows))
        return deque(probabilities[len(before) :].tolist())

    def _follow(self, line: Line, window: _Window, probability: float) -> None:
        sound_from_ms = self._turns.sound_from_ms
        self._keep(window)
        for event in self._turns.feed(probability, window.ended_ms, is_agent_speaking=line.is_speaking):
            match event:
                case SpeechStarted():
                    self._listener.on_speech_started()
                case BargeIn():
                    self._listener.on_barge_in()
                case TurnEnded(_, started_ms, ended_ms):
                    pcm = self._sound(
                        started_ms if sound_from_ms is None else sound_from_ms, ended_ms + _TAIL_MS
                    )
                    self._listener.on_turn_ended(Utterance(pcm, started_ms, ended_ms, line.now_ms))

    def _keep(self, window: _Window) -> None:
        """Remember a window for as long as a turn may still need it."""
        self._judged.append(window)
        needed_from_ms = self._turns.sound_from_ms
        if needed_from_ms is None:
            while len(self._judged) > self._look_back_windows:
                self._judged.popleft()
        else:
            while self._judged[0].ended_ms <= needed_from_ms:
                self._judged.popleft()

    def _sound(self, from_ms: int, to_ms: int) -> Pcm:
        return np.concatenate(
            [
                window.pcm
                for window in self._judged
                if window.ended_ms > from_ms and window.ended_ms - WINDOW_MS < to_ms
            ]
        )
