"""Turn-taking: when the caller begins, interrupts, and is done. A pure state machine.

Fed one window of sound after the other with its time, keys, and what recognition and prediction had to say; knows
nothing of models, tasks or clocks. All times are milliseconds of one clock of the caller's choice, and a window's time
is its end.

A caller who speaks over the agent silences it at once (`AgentHeld`); only then the words decide: real ones interrupt
for good (`BargeIn`), an "uh-huh", a noise or the agent's own echo let it go on (`AgentResumed`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from asisso.agents.keypad import MAX_ENTRY_KEYS, Keypad
from asisso.agents.turn_policy import TurnPolicy
from asisso.agents.vad.detector import WINDOW_MS
from asisso.agents.words import is_echo, is_unfinished, spoken_words, tokens


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The caller has begun a turn; `started_ms` is where its first speech was, `at_ms` where it was certain."""

    at_ms: int
    started_ms: int


@dataclass(frozen=True, slots=True)
class AgentHeld:
    """Somebody speaks over the agent: it must be silent now, and may go on later. `held` is to be told how it went."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class AgentResumed:
    """It was nothing: the agent goes on where it was held."""

    at_ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class BargeIn:
    """The caller means to interrupt the agent. At most once a turn, always after its SpeechStarted."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class WordsWanted:
    """What has been said over the agent, from `started_ms` on? The answer goes to `words` with the same `at_ms`."""

    at_ms: int
    started_ms: int


@dataclass(frozen=True, slots=True)
class PauseBegan:
    """The caller may be done. `predicted` and `transcribed` take hints about it, with the same `ended_ms`."""

    at_ms: int
    started_ms: int
    ended_ms: int


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The caller's turn is over: first and last speech, and the moment that was certain."""

    at_ms: int
    started_ms: int
    ended_ms: int


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The caller takes the floor by key: the agent is interrupted, and an answer follows KeysEntered."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class KeysEntered:
    """The caller has keyed something in."""

    at_ms: int
    keys: str


TurnEvent = (
    SpeechStarted
    | AgentHeld
    | AgentResumed
    | BargeIn
    | WordsWanted
    | PauseBegan
    | TurnEnded
    | KeyPressed
    | KeysEntered
)

_HYSTERESIS: Final = 0.15
_MAX_ONSET_GAP_MS: Final = 3 * WINDOW_MS
"""A possible beginning is given up after this much silence: plosives leave gaps inside "stop it"."""

PAUSE_MS: Final = 160
"""Silence after which it is worth asking what was said and whether that is all; gaps inside words are shorter."""

WORDS_EVERY_MS: Final = 480
"""How much more speech over the agent there has to be before its words are asked for again."""

DECIDE_WITHIN_MS: Final = 2_500
"""Without words by then, what holds the agent is a noise, or recognition has no time."""

LONGER_THAN_A_HUM_MS: Final = 800
"""Where words can't be had, speech of this length means to interrupt."""

NEARLY_DONE_MS: Final = 700
"""An agent with less left to say was answered, not accompanied: then a "yes" is a turn."""

_ECHO_MARGIN: Final = 4.0
"""Once the agent's echo is known, only what is 6 dB louder counts as the caller."""

COMPLETE_FROM: Final = 0.8
UNFINISHED_BELOW: Final = 0.5


class _Words(Enum):
    """What is known of the words before a pause."""

    UNHEARD = auto()
    HEARD = auto()
    WANT_MORE = auto()
    COMPLETE = auto()


class _Phase(Enum):
    SILENT = auto()
    ONSET = auto()
    OVERLAP = auto()
    """The agent is held, and nothing decided."""
    TURN = auto()


class TurnTaking:
    """The state of one call's caller."""

    def __init__(self, policy: TurnPolicy | None = None) -> None:
        self._policy = policy or TurnPolicy()
        self._keypad = Keypad(pause_ms=self._policy.key_pause_ms, terminator=self._policy.key_terminator)
        self._phase = _Phase.SILENT
        self._at_ms = 0
        self._started_ms = 0
        self._last_speech_ms = 0
        self._speech_ms = 0
        self._peak_power = 0.0
        self._echo_power = 0.0
        self._has_interrupted = False
        self._turn_boundary_ms: int | None = None
        self._held_ms = 0
        self._is_nearly_done = False
        self._asked_ms: int | None = None
        self._ask_from_speech_ms = 0
        self._is_wordless = False
        self._is_ignoring = False
        self._ignored_ms = 0
        self._pause_ms: int | None = None
        self._prediction: float | None = None
        self._words = _Words.UNHEARD
        self._is_patient = False

    @property
    def is_idle(self) -> bool:
        """Whether silence would change nothing, so that it need not be fed."""
        return self._phase is _Phase.SILENT and self._keypad.is_empty

    @property
    def sound_from_ms(self) -> int | None:
        """Where the sound of the running, perhaps only beginning, turn starts; None between turns."""
        return None if self._phase is _Phase.SILENT else self._with_look_back(self._started_ms)

    @property
    def pause_ms(self) -> int | None:
        """Where the pause began that the caller makes in the running turn; None while speaking."""
        return self._pause_ms

    def expect(self, *, longest_keys: int | None, is_patient: bool) -> None:
        """What may come next.

        Args:
            longest_keys: an entry of so many keys is complete at once; None: only a pause or the terminator tells.
            is_patient: whether people pause inside what they were asked for: without a hint about its words, a turn
                counts as unfinished.
        """
        self._keypad.longest = min(max(longest_keys or MAX_ENTRY_KEYS, 1), MAX_ENTRY_KEYS)
        self._is_patient = is_patient

    def feed(
        self, probability: float, at_ms: int, *, is_agent_speaking: bool, power: float = 0.0
    ) -> list[TurnEvent]:
        """Take the window that ended at `at_ms` and say what it brought about, in order.

        Args:
            is_agent_speaking: whether the caller hears the agent, or would if it were not held.
            power: mean square of the window's samples.
        """
        self._at_ms = at_ms
        is_speech = self._is_speech(probability, power, is_agent_speaking)
        if is_speech:
            self._hear_speech(at_ms, power)
        entry = self._keypad.look(at_ms)
        events: list[TurnEvent] = [] if entry is None else [KeysEntered(at_ms, entry)]
        match self._phase:
            case _Phase.ONSET:
                return events + self._begin(at_ms, is_agent_speaking)
            case _Phase.OVERLAP:
                return events + self._weigh(at_ms)
            case _Phase.TURN:
                return events + self._continue(at_ms, is_speech, is_agent_speaking)
            case _:
                return events

    def press(self, key: str, at_ms: int) -> list[TurnEvent]:
        """Take a key: it takes the floor at once, whatever is being said."""
        if self._phase is _Phase.OVERLAP:
            self._fall_silent()
        events: list[TurnEvent] = [KeyPressed(at_ms)]
        entry = self._keypad.press(key, at_ms)
        return events if entry is None else [*events, KeysEntered(at_ms, entry)]

    def held(self, left_ms: int | None) -> list[TurnEvent]:
        """Answer to AgentHeld: how much the agent has left to say; None: it said nothing."""
        if self._phase is not _Phase.OVERLAP:
            return []
        if left_ms is None:
            self._phase = _Phase.ONSET
            return self._begin(self._at_ms, is_agent_speaking=False)
        self._is_nearly_done = left_ms < NEARLY_DONE_MS
        return []

    def words(self, text: str | None, asked_ms: int, *, agent_text: str = "") -> list[TurnEvent]:
        """Answer to the WordsWanted of `asked_ms`: what was said over the agent, None when nobody could tell.

        Args:
            agent_text: what the agent has said lately, to know its echo by.
        """
        if self._phase is not _Phase.OVERLAP or asked_ms != self._asked_ms:
            return []
        self._asked_ms = None
        if text is None:
            return self._decide_by_length()
        if is_echo(text, agent_text):
            self._echo_power = max(self._echo_power, self._peak_power)
            return self._resume("echo")
        listening = () if self._is_nearly_done else self._policy.back_channels
        if spoken_words(text, listening) >= self._policy.min_words:
            return self._interrupt_held()
        if self._is_pause and asked_ms > self._last_speech_ms:
            return self._resume("back_channel" if tokens(text) else "noise")
        self._is_wordless = True
        self._ask_from_speech_ms = self._speech_ms + WORDS_EVERY_MS
        return []

    def _decide_by_length(self) -> list[TurnEvent]:
        if self._speech_ms >= LONGER_THAN_A_HUM_MS:
            return self._interrupt_held()
        return self._resume("undecided") if self._is_pause else []

    @property
    def _is_pause(self) -> bool:
        return self._at_ms - self._last_speech_ms >= PAUSE_MS

    def predicted(self, probability: float | None, ended_ms: int) -> None:
        """A hint about the pause that began at `ended_ms`: how likely the turn is complete."""
        if self._phase is _Phase.TURN and ended_ms == self._last_speech_ms:
            self._prediction = probability

    def transcribed(self, text: str, ended_ms: int, *, wants_more: bool | None = None) -> None:
        """A hint about the pause that began at `ended_ms`: the words so far.

        Args:
            wants_more: whether others must come behind them; False: they are all that was asked for; None: who knows.
        """
        if self._phase is _Phase.TURN and ended_ms == self._last_speech_ms:
            is_open = wants_more or is_unfinished(text)
            is_complete = wants_more is False
            self._words = _Words.WANT_MORE if is_open else _Words.COMPLETE if is_complete else _Words.HEARD

    def _is_speech(self, probability: float, power: float, is_agent_speaking: bool) -> bool:
        is_silent = self._phase is _Phase.SILENT
        is_speech = probability >= self._policy.speech_probability - (0 if is_silent else _HYSTERESIS)
        if not is_agent_speaking or self._phase is _Phase.TURN:
            self._is_ignoring = False
            return is_speech
        if is_speech and self._is_ignoring and self._ignores(self._at_ms):
            return False
        return is_speech and power >= self._echo_power * _ECHO_MARGIN

    def _ignores(self, at_ms: int) -> bool:
        """Whether this still is the noise the agent has been let go on over: it ends with a pause."""
        self._is_ignoring = at_ms - self._ignored_ms < PAUSE_MS
        self._ignored_ms = at_ms
        return self._is_ignoring

    def _hear_speech(self, at_ms: int, power: float) -> None:
        if self._phase is _Phase.SILENT:
            self._phase = _Phase.ONSET
            self._started_ms = at_ms - WINDOW_MS
            self._speech_ms, self._peak_power = 0, 0.0
            self._has_interrupted = False
        self._speech_ms += WINDOW_MS
        self._peak_power = max(self._peak_power, power)
        self._last_speech_ms = at_ms
        self._pause_ms, self._prediction, self._words = None, None, _Words.UNHEARD

    def _begin(self, at_ms: int, is_agent_speaking: bool) -> list[TurnEvent]:
        policy = self._policy
        if is_agent_speaking and policy.barge_in == "words":
            if self._speech_ms >= policy.hold_after_ms:
                self._phase = _Phase.OVERLAP
                self._held_ms = at_ms
                self._asked_ms, self._ask_from_speech_ms = None, WORDS_EVERY_MS
                self._is_wordless = False
                self._is_nearly_done = False
                return [AgentHeld(at_ms)]
        elif self._speech_ms >= self._needed_ms(is_agent_speaking):
            self._phase = _Phase.TURN
            started: list[TurnEvent] = [SpeechStarted(at_ms, self._started_ms)]
            return started + self._interrupt(at_ms, is_agent_speaking)
        if at_ms - self._last_speech_ms >= _MAX_ONSET_GAP_MS:
            self._fall_silent()
        return []

    def _needed_ms(self, is_agent_speaking: bool) -> int:
        policy = self._policy
        is_over_agent = is_agent_speaking and policy.barge_in == "sound"
        return max(policy.barge_in_ms, policy.min_speech_ms) if is_over_agent else policy.min_speech_ms

    def _weigh(self, at_ms: int) -> list[TurnEvent]:
        if at_ms - self._held_ms >= DECIDE_WITHIN_MS:
            return self._resume("noise") if self._is_wordless else self._decide_in_the_end()
        if self._asked_ms is None and (self._is_pause or self._speech_ms >= self._ask_from_speech_ms):
            self._asked_ms = at_ms
            return [WordsWanted(at_ms, self._started_ms)]
        return []

    def _decide_in_the_end(self) -> list[TurnEvent]:
        is_long = self._speech_ms >= LONGER_THAN_A_HUM_MS
        return self._interrupt_held() if is_long else self._resume("undecided")

    def _interrupt_held(self) -> list[TurnEvent]:
        self._phase = _Phase.TURN
        self._has_interrupted = True
        return [SpeechStarted(self._at_ms, self._started_ms), BargeIn(self._at_ms)]

    def _resume(self, reason: str) -> list[TurnEvent]:
        self._is_ignoring, self._ignored_ms = True, self._last_speech_ms
        self._fall_silent()
        self._turn_boundary_ms = self._last_speech_ms
        return [AgentResumed(self._at_ms, reason)]

    def _continue(self, at_ms: int, is_speech: bool, is_agent_speaking: bool) -> list[TurnEvent]:
        events = self._interrupt(at_ms, is_agent_speaking) if is_speech else []
        silence_ms = at_ms - self._last_speech_ms
        length_ms = at_ms - self._with_look_back(self._started_ms)
        if silence_ms >= PAUSE_MS and self._pause_ms is None:
            self._pause_ms = self._last_speech_ms
            events.append(PauseBegan(at_ms, self._started_ms, self._last_speech_ms))
        if silence_ms >= self._end_silence_ms or length_ms >= self._policy.max_turn_ms:
            events.append(TurnEnded(at_ms, self._started_ms, self._last_speech_ms))
            self._turn_boundary_ms = self._last_speech_ms
            self._fall_silent()
        return events

    @property
    def _end_silence_ms(self) -> int:
        policy = self._policy
        if policy.end_of_turn == "off":
            return policy.end_silence_ms
        if self._words is _Words.COMPLETE:
            return policy.end_silence_complete_ms
        if self._words is _Words.WANT_MORE or (self._words is _Words.UNHEARD and self._is_patient):
            return policy.end_silence_unfinished_ms
        if self._prediction is None:
            return policy.end_silence_ms
        if self._prediction > COMPLETE_FROM:
            return policy.end_silence_complete_ms
        is_open = self._prediction < UNFINISHED_BELOW
        return policy.end_silence_unfinished_ms if is_open else policy.end_silence_ms

    def _interrupt(self, at_ms: int, is_agent_speaking: bool) -> list[TurnEvent]:
        if not is_agent_speaking or self._has_interrupted or self._policy.barge_in == "off":
            return []
        if self._policy.barge_in == "sound" and self._speech_ms < self._policy.barge_in_ms:
            return []
        self._has_interrupted = True
        return [BargeIn(at_ms)]

    def _fall_silent(self) -> None:
        self._phase = _Phase.SILENT
        self._asked_ms = None
        self._pause_ms, self._prediction, self._words = None, None, _Words.UNHEARD

    def _with_look_back(self, started_ms: int) -> int:
        """Back from the first speech, but not into the turn before."""
        from_ms = started_ms - self._policy.look_back_ms
        return from_ms if self._turn_boundary_ms is None else max(from_ms, self._turn_boundary_ms)
