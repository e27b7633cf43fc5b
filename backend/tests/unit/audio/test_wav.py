import shutil
import wave

import numpy as np
import pytest

from asisso.audio import wav
from asisso.audio.wav import StereoWavWriter, WavFull, read_wav

pytestmark = pytest.mark.unit

CALLER = np.arange(320, dtype=np.int16)
AGENT = -CALLER
BLOCK = np.stack((CALLER, AGENT), axis=1)


def test_recording_keeps_caller_left_and_agent_right(tmp_path):
    with StereoWavWriter(tmp_path / "call.wav", 16_000) as recording:
        recording.append(BLOCK)
        recording.append(BLOCK)
        assert recording.duration_ms == 40

    sound, sample_rate = read_wav(tmp_path / "call.wav")

    assert sample_rate == 16_000
    assert np.array_equal(sound[:, 0], np.tile(CALLER, 2))
    assert np.array_equal(sound[:, 1], np.tile(AGENT, 2))


def test_recording_is_playable_after_every_block_without_being_closed(tmp_path):
    recording = StereoWavWriter(tmp_path / "call.wav", 8_000)
    for blocks in range(4):
        shutil.copy(tmp_path / "call.wav", tmp_path / "killed.wav")
        assert read_wav(tmp_path / "killed.wav")[0].shape == (320 * blocks, 2)
        recording.append(BLOCK)
    recording.close()


def test_recording_killed_between_sound_and_header_is_one_block_short(tmp_path):
    with StereoWavWriter(tmp_path / "call.wav", 8_000) as recording:
        recording.append(BLOCK)
    with (tmp_path / "call.wav").open("ab") as file:
        file.write(b"\x01\x02\x03")

    assert read_wav(tmp_path / "call.wav")[0].shape == (320, 2)


def test_recording_stops_before_its_header_overflows(tmp_path, monkeypatch):
    monkeypatch.setattr(wav, "_MAX_DATA_BYTES", 2_000)
    with StereoWavWriter(tmp_path / "call.wav", 8_000) as recording:
        recording.append(BLOCK)
        with pytest.raises(WavFull):
            recording.append(BLOCK)

    assert read_wav(tmp_path / "call.wav")[0].shape == (320, 2)


def test_read_wav_refuses_what_is_not_16_bit_pcm(tmp_path):
    (tmp_path / "text.wav").write_bytes(b"hello")
    with pytest.raises(ValueError, match="not a PCM WAV"):
        read_wav(tmp_path / "text.wav")

    with wave.open(str(tmp_path / "eight.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8_000)
        file.writeframes(bytes(80))
    with pytest.raises(ValueError, match="8 bit"):
        read_wav(tmp_path / "eight.wav")


def test_recording_of_another_process_is_continued(tmp_path):
    with StereoWavWriter(tmp_path / "call.wav", 8_000) as recording:
        recording.append(BLOCK)
    with StereoWavWriter.resume(tmp_path / "call.wav", 8_000) as resumed:
        assert resumed.duration_ms == 40
        resumed.append(BLOCK[:, ::-1])

    sound, _ = read_wav(tmp_path / "call.wav")
    assert np.array_equal(sound[:, 0], np.concatenate((CALLER, AGENT)))


def test_what_is_no_recording_is_not_continued(tmp_path):
    (tmp_path / "call.wav").write_bytes(b"hello")
    with pytest.raises(ValueError, match="not a PCM WAV"):
        StereoWavWriter.resume(tmp_path / "call.wav", 8_000)
