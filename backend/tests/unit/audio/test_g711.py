import numpy as np
import pytest

from asisso.audio.g711 import decode_alaw, decode_ulaw, encode_alaw, encode_ulaw

pytestmark = pytest.mark.unit

EVERY_CODE = np.arange(256, dtype=np.uint8)
EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)


@pytest.mark.parametrize(
    ("code", "sample"), [(0xFF, 0), (0x80, 32124), (0x00, -32124), (0xFE, 8), (0x7E, -8), (0xC0, 1884)]
)
def test_ulaw_decodes_to_the_values_of_the_recommendation(code, sample):
    assert decode_ulaw(np.array([code], np.uint8)).tolist() == [sample]


@pytest.mark.parametrize(
    ("code", "sample"), [(0xD5, 8), (0x55, -8), (0xAA, 32256), (0x2A, -32256), (0xD4, 24), (0xC5, 264)]
)
def test_alaw_decodes_to_the_values_of_the_recommendation(code, sample):
    assert decode_alaw(np.array([code], np.uint8)).tolist() == [sample]


def test_ulaw_code_survives_a_transcoding_except_for_negative_zero():
    again = encode_ulaw(decode_ulaw(EVERY_CODE))

    assert np.flatnonzero(again != EVERY_CODE).tolist() == [0x7F]


def test_alaw_code_survives_a_transcoding():
    assert np.array_equal(encode_alaw(decode_alaw(EVERY_CODE)), EVERY_CODE)


@pytest.mark.parametrize(("encode", "decode"), [(encode_ulaw, decode_ulaw), (encode_alaw, decode_alaw)])
def test_encoding_takes_the_nearest_code_within_half_a_step(encode, decode):
    levels = np.unique(decode(EVERY_CODE)).astype(np.int32)
    samples = np.arange(levels[0], levels[-1] + 1).astype(np.int16)
    error = np.abs(decode(encode(samples)).astype(np.int32) - samples)
    above = np.clip(np.searchsorted(levels, samples), 1, levels.size - 1)

    assert np.all(error <= levels[above] - levels[above - 1])
    assert np.all(np.diff(decode(encode(EVERY_SAMPLE)).astype(np.int32)) >= 0)


@pytest.mark.parametrize(("encode", "decode"), [(encode_ulaw, decode_ulaw), (encode_alaw, decode_alaw)])
def test_a_loud_tone_keeps_the_signal_to_distortion_ratio_of_the_recommendation(encode, decode):
    tone = np.rint(10_000 * np.sin(2 * np.pi * 1004 * np.arange(8000) / 8000)).astype(np.int16)
    distortion = decode(encode(tone)).astype(float) - tone

    # ITU-T G.712 asks for 33 dB at this level over a whole channel; the codec alone has more.
    assert 10 * np.log10(np.sum(tone.astype(float) ** 2) / np.sum(distortion**2)) > 36
