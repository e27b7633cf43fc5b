"""Turn-taking: when the caller begins, interrupts, and is done. Pure rules over speech probabilities.

Fed one window of sound after the other with its time; knows nothing of models, tasks or clocks. All times
are milliseconds of one clock of the caller's choice, and a window's time is its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from asisso.agents.vad.detector import WINDOW_MS


@dataclass(frozen=True, slots=True)
class TurnPolicy:
    """The times turn-taking goes by.

    Attributes:
        speech_probability: from here on a window is speech; 0.15 less keeps it so (Silero's hysteresis).
        min_speech_ms: speech it takes for a turn to begin, so that a click is none.
        barge_in_ms: speech it takes to interrupt the agent; more, because a cough or an "mm" should not.
        end_silence_ms: silence after which the turn has ended. Shorter cuts off thinkers, longer is latency.
        look_back_ms: sound before the first detected speech that belongs to the turn: soft first consonants.
        max_turn_ms: where a turn is ended in any case, a limit of recognizers.
    """

    speech_probability: float = 0.5
    min_speech_ms: int = 96
    barge_in_ms: int = 200
    end_silence_ms: int = 600
    look_back_ms: int = 300
    max_turn_ms: int = 28_000

    def __post_init__(self) -> None:
        if not 0.15 < self.speech_probability <= 1:
            raise ValueError("speech_probability must be above 0.15 and at most 1.")
        if not 0 < self.min_speech_ms <= self.barge_in_ms:
            raise ValueError("min_speech_ms must be positive and at most barge_in_ms.")
        if self.end_silence_ms < WINDOW_MS or self.max_turn_ms <= self.barge_in_ms + self.end_silence_ms:
            raise ValueError("end_silence_ms or max_turn_ms is too short.")


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The caller has begun a turn; `started_ms` is where its first speech was, `at_ms` where it was certain."""

    at_ms: int
    started_ms: int


@dataclass(frozen=True, slots=True)
class BargeIn:
    """The caller means to interrupt the agent. At most once a turn, always after its SpeechStarted."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The caller's turn is over: first and last speech, and the moment that was certain."""

    at_ms: int
    started_ms: int
    ended_ms: int


TurnEvent = SpeechStarted | BargeIn | TurnEnded

_HYSTERESIS: Final = 0.15
_MAX_ONSET_GAP_MS: Final = 3 * WINDOW_MS
"""A possible beginning is given up after this much silence: plosives leave gaps inside "stop it"."""


class TurnTaking:
    """The state of one call's caller: silent, perhaps beginning, or in a turn."""

    def __init__(self, policy: TurnPolicy | None = None) -> None:
        self._policy = policy or TurnPolicy()
        self._started_ms: int | None = None
        self._last_speech_ms = 0
        self._speech_ms = 0
        self._is_turn = False
        self._has_interrupted = False
        self._turn_boundary_ms: int | None = None

    @property
    def is_idle(self) -> bool:
        """Whether silence would change nothing, so that it need not be fed."""
        return self._started_ms is None

    @property
    def sound_from_ms(self) -> int | None:
        """Where the sound of the running, perhaps only beginning, turn starts; None between turns."""
        if self._started_ms is None:
            return None
        return self._with_look_back(self._started_ms)

    def feed(self, probability: float, at_ms: int, *, is_agent_speaking: bool) -> list[TurnEvent]:
        """Take the window that ended at `at_ms` and say what it brought about, in order."""
        threshold = self._policy.speech_probability
        if not self.is_idle:
            threshold -= _HYSTERESIS
        is_speech = probability >= threshold
        if is_speech:
            self._hear_speech(at_ms)
        if self._started_ms is None:
            return []
        if not self._is_turn:
            return self._begin(self._started_ms, at_ms, is_agent_speaking)
        return self._continue(self._started_ms, at_ms, is_speech, is_agent_speaking)

    def _hear_speech(self, at_ms: int) -> None:
        if self._started_ms is None:
            self._started_ms = at_ms - WINDOW_MS
            self._speech_ms = 0
        self._speech_ms += WINDOW_MS
        self._last_speech_ms = at_ms

    def _begin(self, started_ms: int, at_ms: int, is_agent_speaking: bool) -> list[TurnEvent]:
        needed_ms = self._policy.barge_in_ms if is_agent_speaking else self._policy.min_speech_ms
        if self._speech_ms >= needed_ms:
            self._is_turn = True
            events: list[TurnEvent] = [SpeechStarted(at_ms, started_ms)]
            return events + self._interrupt(at_ms, is_agent_speaking)
        if at_ms - self._last_speech_ms >= _MAX_ONSET_GAP_MS:
            self._started_ms = None
        return []

    def _continue(
        self, started_ms: int, at_ms: int, is_speech: bool, is_agent_speaking: bool
    ) -> list[TurnEvent]:
        events = self._interrupt(at_ms, is_agent_speaking) if is_speech else []
        silence_ms = at_ms - self._last_speech_ms
        length_ms = at_ms - self._with_look_back(started_ms)
        if silence_ms >= self._policy.end_silence_ms or length_ms >= self._policy.max_turn_ms:
            events.append(TurnEnded(at_ms, started_ms, self._last_speech_ms))
            self._turn_boundary_ms = self._last_speech_ms
            self._started_ms = None
            self._is_turn = False
            self._has_interrupted = False
        return events

    def _interrupt(self, at_ms: int, is_agent_speaking: bool) -> list[TurnEvent]:
        if not is_agent_speaking or self._has_interrupted or self._speech_ms < self._policy.barge_in_ms:
            return []
        self._has_interrupted = True
        return [BargeIn(at_ms)]

    def _with_look_back(self, started_ms: int) -> int:
        """Back from the first speech, but not into the turn before."""
        from_ms = started_ms - self._policy.look_back_ms
        return from_ms if self._turn_boundary_ms is None else max(from_ms, self._turn_boundary_ms)
