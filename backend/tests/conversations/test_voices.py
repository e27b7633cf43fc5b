"""Callers sound as their scripts say: level, pauses, and what is around them."""

from __future__ import annotations

import numpy as np
import pytest

from conversations.script import Noise
from conversations.voices import RATE_HZ, active_rms, levelled, surroundings, without_margins
from pbxlab.telephone.timeline import rms

pytestmark = pytest.mark.unit


def tone(duration_ms: int, amplitude: float) -> np.ndarray:
    times = np.arange(duration_ms * RATE_HZ // 1000) / RATE_HZ
    return (amplitude * np.sin(2 * np.pi * 440 * times)).astype(np.int16)


def silence(duration_ms: int) -> np.ndarray:
    return np.zeros(duration_ms * RATE_HZ // 1000, np.int16)


def dbfs(level: float) -> float:
    return float(20 * np.log10(level / 32768))


def test_level_is_that_of_speech_whatever_the_pauses() -> None:
    spoken = np.concatenate([tone(500, 9_000), silence(2_000), tone(500, 9_000)])

    assert dbfs(active_rms(levelled(spoken, -26.0))) == pytest.approx(-26.0, abs=0.2)
    assert levelled(silence(100), -20.0).tolist() == silence(100).tolist()


def test_margins_go_and_pauses_stay() -> None:
    clip = np.concatenate([silence(300), tone(200, 5_000), silence(400), tone(200, 5_000), silence(500)])

    assert len(without_margins(clip)) == pytest.approx(800 * RATE_HZ // 1000, abs=320)


def test_pink_noise_lies_as_far_below_speech_as_it_should() -> None:
    noise = surroundings(Noise("pink", 15))

    assert dbfs(rms(noise)) == pytest.approx(-35.0, abs=0.5)
    halves = np.abs(np.fft.rfft(noise.astype(float))) ** 2
    low, high = halves[1000:2000].sum(), halves[20_000:40_000].sum()
    assert low == pytest.approx(high, rel=0.3), "as much in each octave"
