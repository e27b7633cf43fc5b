import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.audio.levels import LevelMeter

pytestmark = pytest.mark.unit

RATE_HZ = 8_000


def noise(seconds, dbfs, seed=1):
    sound = np.random.default_rng(seed).normal(0, 32_768 * 10 ** (dbfs / 20), int(RATE_HZ * seconds))
    return np.rint(sound).clip(-32_768, 32_767).astype(np.int16)


def measured(*parts):
    meter = LevelMeter(RATE_HZ)
    for part in parts:
        meter.add(part)
    return meter.level()


def test_level_is_that_of_the_speech_and_not_of_the_pauses():
    level = measured(noise(1, -25), noise(8, -62), noise(1, -25, seed=2))

    assert level.speech_dbfs == pytest.approx(-25, abs=0.5)


def test_soft_parts_of_speech_count_as_speech():
    level = measured(noise(1, -20), noise(1, -30))

    assert level.speech_dbfs == pytest.approx(10 * np.log10((0.01 + 0.001) / 2), abs=0.5)


def test_silence_has_no_level():
    assert measured(np.zeros(RATE_HZ, np.int16), noise(1, -80)).speech_dbfs is None


def test_sound_that_is_cut_off_at_full_scale_is_clipped():
    clean = noise(1, -20)
    level = measured(clean, np.clip(clean.astype(int) * 20, -32_124, 32_124).astype(np.int16))

    assert level.clipped_percent == pytest.approx(50, abs=2)


def test_a_single_peak_at_full_scale_is_no_clipping():
    sound = noise(1, -25)
    sound[::400] = 32_767

    assert measured(sound).clipped_percent == 0


@given(cuts=st.lists(st.integers(0, 4_000), max_size=6))
def test_level_does_not_depend_on_how_the_sound_comes(cuts):
    sound = noise(0.5, -30)
    parts = np.split(sound, sorted(cuts))

    assert measured(*parts) == measured(sound)
