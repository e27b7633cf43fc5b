"""The pure parts of the telephone's audio: codecs, RTP packets, digits, the timeline."""

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxlab.telephone import digits, g711, rtp, timeline
from pbxlab.telephone.codecs import CODECS, SLIN16, ULAW, Codec, load_wav
from pbxlab.telephone.rtp import RtpPacket

pytestmark = pytest.mark.unit


def tone(sample_rate_hz: int, duration_ms: int, amplitude: int = 8000) -> g711.Pcm:
    times = np.arange(sample_rate_hz * duration_ms // 1000) / sample_rate_hz
    return (amplitude * np.sin(2 * np.pi * 440 * times)).astype(np.int16)


def test_mu_law_matches_the_values_of_the_recommendation() -> None:
    assert g711.decode_ulaw(bytes([0x00, 0x80, 0xFF, 0x7F])).tolist() == [-32124, 32124, 0, 0]
    assert g711.encode_ulaw(np.array([0, 32767, -32768], np.int16)) == bytes([0xFF, 0x80, 0x00])


def test_a_law_matches_the_values_of_the_recommendation() -> None:
    assert g711.decode_alaw(bytes([0xAA, 0x2A, 0xD5, 0x55])).tolist() == [32256, -32256, 8, -8]
    assert g711.encode_alaw(np.array([0, 32767, -32768], np.int16)) == bytes([0xD5, 0xAA, 0x2A])


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS.keys())
def test_codec_gives_back_a_tone_nearly_as_it_was(codec: Codec) -> None:
    said = tone(codec.sample_rate_hz, 200)

    heard = codec.decode(b"".join(codec.frames(said)))

    error = said.astype(float) - heard[: len(said)]
    assert timeline.rms(said) / max(float(np.sqrt(np.mean(error**2))), 1e-9) > 30


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS.keys())
def test_codec_fills_the_last_frame_up_with_silence(codec: Codec) -> None:
    frames = codec.frames(tone(codec.sample_rate_hz, 50))

    assert len(frames) == 3
    assert {len(codec.decode(frame)) for frame in frames} == {codec.samples_per_frame}
    assert timeline.rms(codec.decode(frames[2])[codec.samples_per_frame // 2 :]) < 10
    assert codec.frames(np.zeros(0, np.int16)) == []


def test_wav_file_is_read_at_the_rate_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    left = tone(8000, 500)
    timeline.save_stereo(path, left, np.zeros(10, np.int16), 8000)

    at_16_khz = load_wav(path, 16000)

    assert load_wav(path, 8000).tolist() == left.tolist()
    assert len(at_16_khz) == 2 * len(left)
    assert abs(timeline.rms(at_16_khz) - timeline.rms(left)) < 100


def test_wav_file_of_8_bit_samples_is_refused(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "old.wav"), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(1)
        target.setframerate(8000)
        target.writeframes(bytes(8))

    with pytest.raises(ValueError, match="16-bit"):
        load_wav(tmp_path / "old.wav", 8000)


WORD = st.integers(0, 2**32 - 1)


@given(
    # The types between are RTCP's when marked (RFC 5761 4).
    payload_type=st.integers(0, 63) | st.integers(96, 127),
    sequence=st.integers(0, 65535),
    timestamp=WORD,
    ssrc=WORD,
    payload=st.binary(max_size=400),
    is_marked=st.booleans(),
)
def test_rtp_packet_survives_being_written_and_read(
    payload_type: int, sequence: int, timestamp: int, ssrc: int, payload: bytes, is_marked: bool
) -> None:
    packet = RtpPacket(payload_type, sequence, timestamp, ssrc, payload, is_marked)

    assert rtp.parse(packet.to_bytes()) == packet


def test_rtp_packet_is_freed_of_contributors_extension_and_padding() -> None:
    header = bytes([0x80 | 0x20 | 0x10 | 0x01, 0]) + bytes(10)
    contributor, extension, padding = bytes(4), bytes([0, 0, 0, 1]) + bytes(4), bytes([0, 0, 3])

    packet = rtp.parse(header + contributor + extension + b"sound" + padding)

    assert packet is not None
    assert packet.payload == b"sound"


@given(st.binary(max_size=64))
def test_any_datagram_is_an_rtp_packet_or_nothing(data: bytes) -> None:
    packet = rtp.parse(data)

    assert packet is None or len(packet.payload) <= len(data)


def test_rtcp_is_not_taken_for_audio() -> None:
    assert rtp.parse(bytes([0x80, 200]) + bytes(26)) is None


def test_pressed_keys_are_received_once_each_though_their_packets_repeat() -> None:
    receiver, timestamp, pressed_at, received = digits.DigitReceiver(), 0, 0, ""

    for frame in digits.frames_of("11#a"):
        timestamp += 160
        if frame is not None:
            pressed_at = timestamp if frame.is_first else pressed_at
            received += receiver.receive(pressed_at, frame.payload)

    assert received == "11#A"


def test_key_lasts_as_long_as_its_packets_say_and_ends_three_times() -> None:
    frames = [frame for frame in digits.frames_of("5") if frame is not None]

    durations = [int.from_bytes(frame.payload[2:4], "big") for frame in frames]
    assert durations == [160, 320, 480, 640, 800, 960, 1120, 1280, 1280, 1280, 1280]
    assert [bool(frame.payload[1] & 0x80) for frame in frames] == [False] * 8 + [True] * 3
    assert [frame.is_first for frame in frames] == [True] + [False] * 10


def test_key_that_no_keypad_has_is_refused() -> None:
    with pytest.raises(ValueError, match="substring"):
        list(digits.frames_of("x"))


FRAME = np.full(160, 1000, np.int16)


def heard_spans(track: g711.Pcm) -> list[tuple[int, int]]:
    """Start and end of everything that is not silence, in samples."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], track != 0, [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def test_timeline_plays_late_frames_seamlessly_and_keeps_real_pauses() -> None:
    frames = [(0.100, FRAME), (0.135, FRAME), (0.140, FRAME), (0.500, FRAME)]

    track = timeline.lay_out(frames, 8000, 0.0, 1.0)

    assert heard_spans(track) == [(800, 1280), (4000, 4160)]


def test_timeline_lets_a_burst_sound_as_long_as_it_is() -> None:
    track = timeline.lay_out([(0.1, FRAME)] * 25, 8000, 0.0, 1.0)

    assert heard_spans(track) == [(800, 4800)]


def test_timeline_cuts_off_what_lies_outside() -> None:
    track = timeline.lay_out([(-0.01, FRAME), (0.095, FRAME)], 8000, 0.0, 0.1)

    assert len(track) == 800
    assert heard_spans(track) == [(0, 80), (760, 800)]


def test_stereo_file_holds_both_tracks(tmp_path: Path) -> None:
    timeline.save_stereo(tmp_path / "call.wav", FRAME, -FRAME[:80], 8000)

    with wave.open(str(tmp_path / "call.wav")) as saved:
        samples = np.frombuffer(saved.readframes(saved.getnframes()), "<i2").reshape(-1, 2)
    assert samples[:, 0].tolist() == FRAME.tolist()
    assert samples[:, 1].tolist() == [-1000] * 80 + [0] * 80


def test_wideband_codec_has_twice_the_samples() -> None:
    assert (ULAW.samples_per_frame, SLIN16.samples_per_frame) == (160, 320)
