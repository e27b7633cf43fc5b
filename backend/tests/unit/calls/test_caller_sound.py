"""The caller's frames on their way to ear, agent and recording."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from asisso.agents.ear import Arrivals, Ear
from asisso.calls.call_clock import CallClock
from asisso.calls.caller_sound import CallerSound
from asisso.calls.intake import Intake
from asisso.calls.track import Track

pytestmark = pytest.mark.unit


class ToldClock(CallClock):
    at_ms = 1_000

    def now_ms(self) -> int:
        return self.at_ms


class Way:
    """A caller's way in, with an ear or without one."""

    def __init__(self, *, has_ear: bool) -> None:
        self.clock, self.track = ToldClock(), Track(16_000)
        self.ear = Ear(10, cast("Any", self), cast("Any", self))
        self.ear.open(cast("Any", self), Arrivals(lambda is_gathered: None), 1_000)
        self.heard: list[tuple[bytes, int]] = []
        self.silence = 0
        self.sound = CallerSound(
            self.clock,
            Intake(),
            self.track,
            self.ear if has_ear else None,
            lambda payload, at_ms: self.heard.append((payload, at_ms)),
            self._hear_silence,
        )
        self.sound.is_open = True

    def _hear_silence(self, frames: int) -> None:
        self.silence += frames

    def comes(self, payload: bytes, after_ms: int = 20) -> None:
        self.clock.at_ms += after_ms
        self.sound.take(payload)

    @property
    def recorded(self) -> bytes:
        return b"".join(pcm.tobytes() for _, pcm in self.track.take(0, 10**9))


def frame(level: int) -> bytes:
    return np.full(320, level, np.int16).tobytes()


def test_an_ear_gets_the_frames_as_they_come_and_so_does_the_recording() -> None:
    way = Way(has_ear=True)
    for level in range(1, 9):
        way.comes(frame(level))
    assert way.ear.lag_ms == 8 * 20 // 32 * 32
    assert way.recorded == b"".join(frame(level) for level in range(1, 9))
    assert (way.heard, way.sound.total_frames, way.sound.may_wait) == ([], 8, True)


def test_without_an_ear_each_frame_is_told_with_its_time() -> None:
    way = Way(has_ear=False)
    way.comes(frame(1))
    way.comes(frame(2), after_ms=200)
    assert way.heard == [(frame(1), 1_020), (frame(2), 1_220)]
    assert (way.silence, way.sound.may_wait) == (9, False)


def test_a_pause_of_the_line_is_silence_to_the_ear() -> None:
    way = Way(has_ear=True)
    way.comes(frame(1))
    way.comes(frame(1), after_ms=320)
    assert way.ear.lag_ms == 320
    assert way.recorded == frame(1) + frame(1), "the recording has its gaps from the clock"


def test_a_late_burst_is_counted_and_not_heard() -> None:
    way = Way(has_ear=True)
    for _ in range(100):
        way.comes(frame(1), after_ms=0)
    assert way.ear.lag_ms < 300
    assert way.sound.total_frames == 100


def test_half_a_sample_is_no_sound() -> None:
    way = Way(has_ear=True)
    way.comes(b"\x01" * 641)
    assert (way.recorded, way.ear.lag_ms) == (b"", 0)


def test_nothing_is_heard_before_the_talk_and_after_it() -> None:
    way = Way(has_ear=True)
    way.sound.is_open = False
    way.comes(frame(1))
    assert (way.recorded, way.sound.received_frames) == (b"", 1)
