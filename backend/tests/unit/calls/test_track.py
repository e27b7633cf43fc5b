"""One side's sound on its way to the recording."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.calls.track import Track

pytestmark = pytest.mark.unit

RATE = 16_000
FRAME = 320


@given(st.lists(st.integers(0, 6), min_size=1, max_size=60), st.lists(st.integers(20, 400), max_size=20))
def test_every_sample_comes_out_once_and_in_order(late_frames: list[int], blocks_ms: list[int]) -> None:
    track = Track(RATE)
    at_ms, sent = 0, []
    for number, late in enumerate(late_frames, 1):
        at_ms += 20 * (1 + late)
        frame = np.full(FRAME, number, np.int16)
        track.add(frame.tobytes(), at_ms)
        sent.append(frame)
    end = (at_ms + 2_000) * RATE // 1000
    taken, start = [], 0
    for stop in [*np.cumsum(blocks_ms, dtype=int).tolist(), 10**9]:
        stop = min(stop * RATE // 1000, end)
        pieces = track.take(start, stop)
        assert all(at >= 0 and at + len(pcm) <= stop - start for at, pcm in pieces)
        taken += [pcm.copy() for _, pcm in pieces]
        start = stop
    assert np.array_equal(np.concatenate(taken), np.concatenate(sent))


def test_a_track_that_was_stopped_keeps_nothing() -> None:
    track = Track(RATE)
    track.add(bytes(640), 0)
    track.stop()
    track.add(bytes(640), 20)
    assert track.take(0, RATE) == []
