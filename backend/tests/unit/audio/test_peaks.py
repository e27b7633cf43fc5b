"""The picture of a recording, however its sound comes in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.audio.peaks import PeakMeter

pytestmark = pytest.mark.unit

RATE = 8_000
BIN = RATE // 20
RISING = np.arange(3 * BIN + 70)
SOUND = np.column_stack((RISING, -32_768 + RISING)).astype(np.int16)
"""A sample lost or moved anywhere changes the peaks that follow."""


def expected():
    bins = [SOUND[at : at + BIN].astype(int) for at in range(0, len(SOUND), BIN)]
    return np.array([np.abs(samples).max(axis=0) for samples in bins])


@given(st.lists(st.integers(0, len(SOUND)), max_size=6), st.sampled_from("CF"))
def test_pieces_of_any_length_and_layout_make_the_same_peaks(cuts, order):
    meter = PeakMeter(RATE)

    pieces = np.split(SOUND, sorted(cuts))
    peaks = [meter.add(np.array(piece, order=order)) for piece in pieces]

    assert np.array_equal(np.concatenate([*peaks, meter.rest()]), expected())


def test_nothing_has_no_peaks():
    meter = PeakMeter(RATE)

    assert meter.add(np.empty((0, 2), np.int16)).shape == meter.rest().shape == (0, 2)
