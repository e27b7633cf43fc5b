from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asisso.audio.resample import LIVE_RATES_HZ, LiveResampler, resample_clip

pytestmark = pytest.mark.unit

RATE_PAIRS = list(permutations(LIVE_RATES_HZ, 2))
TELEPHONE_PAIRS = [pair for pair in RATE_PAIRS if 16_000 in pair]
PASS_BAND_HZ = {8_000: 3_400, 16_000: 7_000, 22_050: 9_200, 24_000: 10_200}


def tone(frequency_hz, rate_hz, seconds=0.5):
    return np.rint(
        20_000 * np.sin(2 * np.pi * frequency_hz * np.arange(int(rate_hz * seconds)) / rate_hz)
    ).astype(np.int16)


def in_frames(resampler, pcm, rate_hz):
    frame = rate_hz // 50
    return [resampler.push(pcm[at : at + frame]) for at in range(0, pcm.size, frame)]


def fit(pcm, frequency_hz, rate_hz):
    """Amplitude, phase and SINAD (dB) of the one tone that should be in `pcm`, once it has settled."""
    at = np.arange(pcm.size) / rate_hz
    basis = np.stack((np.sin(2 * np.pi * frequency_hz * at), np.cos(2 * np.pi * frequency_hz * at)), axis=1)
    settled = slice(rate_hz // 50, None)
    (sine, cosine), *_ = np.linalg.lstsq(basis[settled], pcm[settled].astype(float), rcond=None)
    wanted = basis[settled] @ np.array([sine, cosine])
    sinad_db = 10 * np.log10(np.sum(wanted**2) / np.sum((pcm[settled] - wanted) ** 2))
    return np.hypot(sine, cosine), np.arctan2(cosine, sine), sinad_db


@pytest.mark.parametrize(("from_hz", "to_hz"), RATE_PAIRS)
def test_live_resampler_gives_a_whole_frame_for_every_frame(from_hz, to_hz):
    sizes = {frame.size for frame in in_frames(LiveResampler(from_hz, to_hz), tone(440, from_hz), from_hz)}

    assert sizes == {to_hz // 50}


@pytest.mark.parametrize(("from_hz", "to_hz"), TELEPHONE_PAIRS)
@pytest.mark.parametrize("part_of_pass_band", [0.1, 0.5, 1.0])
def test_live_resampler_keeps_80_db_and_the_level_in_its_pass_band(from_hz, to_hz, part_of_pass_band):
    frequency_hz = PASS_BAND_HZ[min(from_hz, to_hz)] * part_of_pass_band
    out = np.concatenate(in_frames(LiveResampler(from_hz, to_hz), tone(frequency_hz, from_hz), from_hz))
    amplitude, _, sinad_db = fit(out, frequency_hz, to_hz)

    assert sinad_db >= 80
    assert abs(20 * np.log10(amplitude / 20_000)) < 0.1


@pytest.mark.parametrize(("from_hz", "to_hz"), [(a, b) for a, b in TELEPHONE_PAIRS if b < a])
def test_live_resampler_lets_nothing_above_the_new_band_through(from_hz, to_hz):
    image_hz = to_hz - PASS_BAND_HZ[to_hz] + 100
    out = np.concatenate(in_frames(LiveResampler(from_hz, to_hz), tone(image_hz, from_hz), from_hz))

    # The tone is at 20000; 80 dB below it are 2 steps of a 16 bit sample.
    assert np.abs(out[to_hz // 50 :]).max() <= 2


@pytest.mark.parametrize(("from_hz", "to_hz"), TELEPHONE_PAIRS)
def test_live_resampler_delays_by_what_it_says_and_two_milliseconds_at_most(from_hz, to_hz):
    resampler = LiveResampler(from_hz, to_hz)
    _, phase, _ = fit(np.concatenate(in_frames(resampler, tone(100, from_hz), from_hz)), 100, to_hz)

    assert -phase / (2 * np.pi * 100) * 1000 == pytest.approx(resampler.delay_ms, abs=0.02)
    assert resampler.delay_ms <= 2


@settings(max_examples=30, deadline=None)
@given(
    pair=st.sampled_from(RATE_PAIRS),
    cuts=st.lists(st.integers(0, 2400), max_size=20),
    seed=st.integers(0, 2**16),
)
def test_live_resampler_gives_the_same_sound_however_the_stream_is_cut(pair, cuts, seed):
    sound = np.random.default_rng(seed).integers(-32768, 32767, 2400, dtype=np.int16, endpoint=True)
    in_one = LiveResampler(*pair).push(sound)
    resampler = LiveResampler(*pair)
    pieces = [resampler.push(sound[start:end]) for start, end in pairwise([0, *sorted(cuts), sound.size])]

    assert np.array_equal(np.concatenate(pieces), in_one)
    assert in_one.size == sound.size * 50 // pair[0] * (pair[1] // 50)


def test_live_resampler_forgets_all_it_heard():
    resampler = LiveResampler(22_050, 16_000)
    resampler.push(tone(440, 22_050)[:1_000])
    resampler.reset()

    assert not resampler.push(np.zeros(441, np.int16)).any()


def test_live_resampler_clips_instead_of_wrapping_around():
    square = np.where(np.arange(3200) // 40 % 2, 32767, -32768).astype(np.int16)
    out = LiveResampler(16_000, 24_000).push(square)

    assert np.all(np.diff(np.sign(out[100:].astype(int))).nonzero()[0].size <= 2 * square.size / 40)
    assert out.max() == 32767
    assert out.min() == -32768


def test_live_resampler_of_equal_rates_passes_sound_through():
    pcm = tone(440, 16_000)

    assert np.array_equal(LiveResampler(16_000, 16_000).push(pcm), pcm)


def test_live_resampler_refuses_a_rate_it_has_no_filter_for():
    with pytest.raises(ValueError, match="44100"):
        LiveResampler(44_100, 16_000)


def test_clip_keeps_its_length_and_its_sound():
    clip = resample_clip(tone(1_000, 24_000, seconds=1), 24_000, 16_000)
    _, _, sinad_db = fit(clip[:-400], 1_000, 16_000)

    assert clip.dtype == np.int16
    assert clip.size == 16_000
    assert sinad_db > 80
