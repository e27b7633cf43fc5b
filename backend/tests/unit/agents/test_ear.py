"""The sound of one call as its ears keep it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asisso.agents.ear import MAX_WAITING_WINDOWS, Arrivals, Ear, Window
from asisso.audio.frame import Pcm

pytestmark = pytest.mark.unit

WINDOW = 512
LOOK_BACK = 10


class Call:
    """An ear with everything around it.

    Attributes:
        sound_from_ms: from where on the turn needs the sound; None between turns.
        followed: the windows that were judged, with how likely they are speech.
    """

    def __init__(self) -> None:
        self.is_speaking = False
        self.sound_from_ms: int | None = None
        self.followed: list[tuple[Window, float]] = []
        self.on_follow: Callable[[], None] = lambda: None
        self.woken: list[bool] = []
        self.arrivals = Arrivals(self.woken.append)
        self.now_ms = 0
        self.ear = Ear(LOOK_BACK, cast("Any", self), cast("Any", self))
        self.ear.open(cast("Any", self), self.arrivals, 0)

    @property
    def is_idle(self) -> bool:
        return self.sound_from_ms is None

    def follow(self, window: Window, probability: float, sound_from_ms: int | None) -> None:
        self.followed.append((window, probability))
        self.on_follow()

    def hears(self, pcm: Pcm) -> None:
        self.now_ms += pcm.size * 1000 // 16_000
        self.ear.hear(pcm.tobytes(), self.now_ms)

    def judges(self, probability: float = 0.9) -> list[Pcm]:
        """One round of judging; gives what the network was shown."""
        shown = self.ear.begin_judging()
        sound = [np.frombuffer(bytes(self.ear.shown(index)), np.int16) for index in shown]
        self.ear.judged([probability] * len(shown))
        return sound


def speech(windows: int, seed: int = 1) -> Pcm:
    return np.random.default_rng(seed).integers(-8_000, 8_000, windows * WINDOW).astype(np.int16)


def silence(windows: int) -> Pcm:
    return np.zeros(windows * WINDOW, np.int16)


@given(st.lists(st.integers(1, 3_000), min_size=1, max_size=60), st.integers(0, 2**32 - 1), st.data())
@settings(deadline=None)
def test_a_turn_keeps_every_sample_however_it_came(sizes: list[int], seed: int, data: st.DataObject) -> None:
    call = Call()
    call.sound_from_ms = 0
    pcm = np.random.default_rng(seed).integers(-8_000, 8_000, sum(sizes)).astype(np.int16)
    at, shown = 0, []
    for size in sizes:
        call.hears(pcm[at : at + size])
        at += size
        if data.draw(st.booleans()):
            call.arrivals.look()
            shown += call.judges()
    call.arrivals.look()
    shown += call.judges()
    whole = pcm[: len(pcm) // WINDOW * WINDOW]
    assert np.array_equal(call.ear.sound(0, 10**9), whole)
    assert np.array_equal(np.concatenate(shown) if shown else whole[:0], whole)
    assert call.ear.lag_ms == 0


def test_between_turns_only_the_look_back_is_kept() -> None:
    call = Call()
    pcm = speech(300)
    for at in range(0, pcm.size, 320):
        call.hears(pcm[at : at + 320])
        call.arrivals.look()
        call.judges(0.0)
    assert np.array_equal(call.ear.sound(0, 10**9), pcm[-LOOK_BACK * WINDOW :])


def test_a_long_turn_takes_memory_and_gives_it_back() -> None:
    call = Call()
    call.sound_from_ms = 0
    pcm = speech(1_000)
    for at in range(0, pcm.size, WINDOW):
        call.hears(pcm[at : at + WINDOW])
        call.arrivals.look()
        call.judges()
    assert np.array_equal(call.ear.sound(0, 10**9), pcm)
    call.sound_from_ms = None
    for at in range(0, pcm.size, WINDOW):
        call.hears(pcm[at : at + WINDOW])
        call.arrivals.look()
        call.judges(0.0)
    assert np.array_equal(call.ear.sound(0, 10**9), pcm[-LOOK_BACK * WINDOW :])


def test_silence_is_not_shown_and_three_windows_of_it_go_before_speech() -> None:
    call = Call()
    call.hears(silence(20))
    assert call.arrivals.look() == []
    call.hears(speech(2))
    assert call.arrivals.look() == [call.ear]
    assert call.ear.is_anew
    shown = call.judges()
    assert [bool(window.any()) for window in shown] == [False, False, False, True, True]
    assert [probability for _, probability in call.followed] == [0.9, 0.9]
    assert not call.ear.is_anew


def test_the_times_of_windows_follow_the_sound_and_the_clock_where_sound_was_lost() -> None:
    call = Call()
    call.sound_from_ms = 0
    call.hears(speech(3))
    call.now_ms += 1_000
    call.hears(speech(1))
    call.arrivals.look()
    call.judges()
    assert [window.ended_ms for window, _ in call.followed] == [1_128, 1_160, 1_192, 1_224]


def test_windows_that_wait_too_long_are_dropped_oldest_first() -> None:
    call = Call()
    call.sound_from_ms = 0
    pcm = speech(MAX_WAITING_WINDOWS + 5)
    call.hears(pcm)
    call.arrivals.look()
    assert call.ear.dropped_windows == 5
    shown = call.judges()
    assert np.array_equal(np.concatenate(shown), pcm[5 * WINDOW :])


def test_what_comes_while_windows_are_judged_waits_for_the_next_round() -> None:
    call = Call()
    call.hears(speech(1, seed=1))
    call.arrivals.look()
    shown = call.ear.begin_judging()
    call.hears(speech(2, seed=2))
    assert call.arrivals.look() == [], "it is being judged already"
    assert call.ear.judged([0.9] * len(shown))
    assert np.array_equal(np.concatenate(call.judges()), speech(2, seed=2))


def test_an_ear_that_was_shut_forgets_and_tells_nobody() -> None:
    call = Call()
    call.hears(speech(2))
    call.arrivals.look()
    shown = call.ear.begin_judging()
    call.ear.shut()
    assert not call.ear.judged([0.9] * len(shown))
    call.hears(speech(5))
    assert (call.followed, call.ear.lag_ms) == ([], 0)


def test_a_turn_that_ends_the_listening_is_the_last_one_told() -> None:
    call = Call()
    call.on_follow = call.ear.shut
    call.hears(speech(4))
    call.arrivals.look()
    call.judges()
    assert len(call.followed) == 1


def test_many_calls_are_looked_at_together_and_wake_once() -> None:
    first, second = Call(), Call()
    second.ear.open(cast("Any", second), first.arrivals, 0)
    first.hears(speech(1))
    second.hears(speech(1))
    assert first.woken == [False]
    assert first.arrivals.look() == [first.ear, second.ear]
    assert first.arrivals.look() == []


def test_the_agent_was_heard_until_the_last_window_it_spoke_in() -> None:
    call = Call()
    call.is_speaking = True
    call.hears(silence(2))
    call.arrivals.look()
    call.is_speaking = False
    call.hears(silence(5))
    call.arrivals.look()
    assert call.ear.agent_heard_ms == 64
