"""A continuous sound beside Asterisk's clock, which takes a frame each 20 ms and never two."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.audio.frame import MediaFormat, Pcm
from asisso.calls.live_sound import AHEAD_MS, DEPTH_FRAMES, KEPT_VOICED, LiveSound

pytestmark = pytest.mark.unit

FRAME = 320
VOICE = np.tile(np.array([3_000, -3_000], np.int16), FRAME // 2)
SILENCE = np.zeros(FRAME, np.int16)
TEN_MINUTES_MS = 600_000
TICK_MS = 100


class Asterisk:
    """The queue of one media channel, and who fills it."""

    def __init__(self) -> None:
        self.sound = LiveSound(MediaFormat.SLIN16)
        self.queue: deque[int] = deque()
        self.waits_ms: list[int] = []

    def says(self, pcm: Pcm, now_ms: int, *, came_ms: int | None = None) -> None:
        """Sound that came into the world at `came_ms` and is sent now."""
        sent = self.sound.push(pcm, now_ms)
        self.queue.extend([now_ms if came_ms is None else came_ms] * (len(sent) // FRAME))

    def passes(self, now_ms: int) -> None:
        """One millisecond: a frame is played when its time has come, and our tick looks at the queue."""
        if now_ms % 20 == 7 and self.queue:
            self.waits_ms.append(now_ms - self.queue.popleft())
        if now_ms % TICK_MS == 0 and self.sound.wants_status(now_ms):
            self.sound.queued(len(self.queue))

    def latency_ms(self, frames: int = 250) -> float:
        """Of the last five seconds."""
        return float(np.median(self.waits_ms[-frames:]))


def voice_at(now_ms: int) -> Pcm:
    """A speaker with a pause in every three seconds."""
    return SILENCE if now_ms % 3_000 < 400 else VOICE


def test_ten_minutes_with_three_stalls_are_not_later_at_the_end() -> None:
    asterisk = Asterisk()
    stalls = [range(at, at + 300) for at in (100_000, 250_000, 400_000)]
    waiting: list[int] = []
    beginning = 0.0
    for now in range(TEN_MINUTES_MS):
        if now == 30_000:
            beginning = asterisk.latency_ms()
        if now % 20 == 0:
            waiting.append(now)
        is_stalled = any(now in stall for stall in stalls)
        if not is_stalled:
            for came in waiting:
                asterisk.says(voice_at(came), now, came_ms=came)
            waiting.clear()
            asterisk.passes(now)
        elif now % 20 == 7 and asterisk.queue:
            asterisk.queue.popleft()
    assert abs(asterisk.latency_ms() - beginning) <= 40
    assert asterisk.sound.dropped_frames * 20 <= 3 * 300 + 200


def test_two_clocks_that_differ_do_not_add_up() -> None:
    """A source that is one part in a thousand too fast would be 600 ms late after ten minutes."""
    asterisk = Asterisk()
    sent = 0
    for now in range(TEN_MINUTES_MS):
        while sent * 20 < now * 1.001:
            asterisk.says(voice_at(now), now)
            sent += 1
        asterisk.passes(now)
    assert asterisk.latency_ms() <= 20 * (DEPTH_FRAMES + 2)


def test_a_voice_without_a_pause_is_a_little_faster_until_the_queue_is_short() -> None:
    sound = LiveSound(MediaFormat.SLIN16)
    sound.queued(DEPTH_FRAMES + 3)
    sent = [len(sound.push(VOICE, now)) for now in range(0, 20 * 40, 20)]
    assert sent.count(0) == 3
    assert sent.index(0) == KEPT_VOICED
    assert (sound.dropped_frames, sound.push(VOICE, 1_000).size) == (3, FRAME)


def test_a_pause_goes_first() -> None:
    sound = LiveSound(MediaFormat.SLIN16)
    sound.queued(DEPTH_FRAMES + 2)
    assert [len(sound.push(f, 20 * n)) for n, f in enumerate([VOICE, SILENCE, SILENCE, SILENCE])] == [
        FRAME,
        0,
        0,
        FRAME,
    ]


def test_a_burst_after_a_stall_is_cut_short() -> None:
    sound = LiveSound(MediaFormat.SLIN16)
    assert len(sound.push(np.tile(VOICE, 50), 1_000)) == AHEAD_MS // 20 * FRAME
    assert len(sound.push(VOICE, 1_000)) == 0
    assert len(sound.push(VOICE, 1_020)) == FRAME


@given(st.lists(st.integers(1, 700), max_size=60))
def test_whatever_the_pieces_only_whole_frames_leave_and_nothing_is_changed(sizes: list[int]) -> None:
    sound = LiveSound(MediaFormat.SLIN16)
    source = np.arange(sum(sizes), dtype=np.int32).astype(np.int16)
    sent, at, now = [], 0, 0
    for size in sizes:
        now += 50
        pieces = sound.push(source[at : at + size], now)
        assert len(pieces) % FRAME == 0
        sent.append(pieces)
        at += size
    whole = np.concatenate(sent) if sent else source[:0]
    assert np.array_equal(whole, source[: len(whole)])
    assert len(source) - len(whole) < FRAME


def test_asterisk_is_asked_while_sound_flows_and_not_for_ever() -> None:
    sound = LiveSound(MediaFormat.SLIN16)
    assert not sound.wants_status(0)
    sound.push(VOICE, 0)
    assert [sound.wants_status(now) for now in (0, 100, 400, 500, 900, 1_000, 2_000)] == [
        True,
        False,
        False,
        True,
        False,
        False,
        False,
    ]
