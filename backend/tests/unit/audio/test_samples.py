"""What is done with samples once a frame or a window."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.audio.samples import WINDOW_BYTES, move, put, window_power

pytestmark = pytest.mark.unit


@given(st.integers(-32_768, 32_767), st.integers(0, 40))
def test_power_is_the_mean_square_of_a_window(level: int, before: int) -> None:
    pcm = np.random.default_rng(before).integers(-32_768, 32_768, 512).astype(np.int16)
    pcm[: before * 10] = level
    samples = bytearray(before * 2) + pcm.tobytes() + bytes(6)
    expected = np.mean(np.square(pcm.astype(np.float64)))
    assert window_power(samples, before * 2) == pytest.approx(expected, rel=1e-5)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 49))
def test_sound_is_put_and_moved_over_itself(start: int, length: int, to: int) -> None:
    samples = bytearray(200)
    sound = bytes(range(1, length + 1))
    put(samples, start, sound)
    assert samples == bytes(start) + sound + bytes(200 - start - length)
    move(samples, start, start + length, to)
    assert samples[to : to + length] == sound
    assert len(samples) == 200


@pytest.mark.parametrize("at", [-1, 1])
def test_nothing_is_measured_beyond_what_there_is(at: int) -> None:
    with pytest.raises((ValueError, IndexError)):
        window_power(bytearray(WINDOW_BYTES), at)
