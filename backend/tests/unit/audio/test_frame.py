import numpy as np
import pytest

from asisso.audio.frame import MediaFormat

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("name", "sample_rate", "frame_bytes"),
    [("slin16", 16_000, 640), ("slin", 8_000, 320), ("ulaw", 8_000, 160), ("alaw", 8_000, 160)],
)
def test_format_knows_its_rate_and_the_weight_of_a_frame(name, sample_rate, frame_bytes):
    media_format = MediaFormat(name)

    assert (media_format.sample_rate, media_format.frame_bytes) == (sample_rate, frame_bytes)
    assert media_format.decode(bytes(frame_bytes)).size == media_format.frame_samples


@pytest.mark.parametrize("media_format", [MediaFormat.SLIN, MediaFormat.SLIN16])
def test_linear_format_carries_samples_unchanged_in_little_endian_order(media_format):
    pcm = np.array([0, 1, -1, 32767, -32768], np.int16)

    assert media_format.encode(pcm) == b"\x00\x00\x01\x00\xff\xff\xff\x7f\x00\x80"
    assert np.array_equal(media_format.decode(media_format.encode(pcm)), pcm)


@pytest.mark.parametrize("media_format", [MediaFormat.ULAW, MediaFormat.ALAW])
def test_companded_format_carries_speech_levels_within_four_percent(media_format):
    pcm = np.array([500, -500, 4000, -4000, 20000, -20000], np.int16)
    carried = media_format.decode(media_format.encode(pcm)).astype(float)

    assert np.all(np.abs(carried - pcm) <= 0.04 * np.abs(pcm))


def test_linear_format_refuses_half_a_sample():
    with pytest.raises(ValueError, match="buffer size"):
        MediaFormat.SLIN16.decode(b"\x00\x01\x02")
