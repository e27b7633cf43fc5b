"""The stereo recording: both sides in their places, whatever the disk does."""

from __future__ import annotations

import asyncio
import errno
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from asisso.audio.peaks import peaks_path, read_peaks
from asisso.audio.wav import StereoWavWriter, read_wav
from asisso.calls.recorder import MAX_BACKLOG_MS, Recorder

pytestmark = pytest.mark.unit

RATE = 8000


def tone(ms: int, level: int) -> np.ndarray:
    return np.full(RATE * ms // 1000, level, np.int16)


async def test_caller_is_left_and_agent_is_right_at_their_times(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as disk:
        recorder = Recorder(tmp_path / "deep" / "run.wav", RATE, disk)
        for at in range(0, 1000, 20):
            recorder.add_caller(tone(20, 100), at)
        recorder.add_agent(tone(300, 200), 500)
        recorder.write(400)
        await recorder.close(1000)
    samples, rate = read_wav(tmp_path / "deep" / "run.wav")
    assert (rate, len(samples)) == (RATE, RATE)
    assert (samples[:, 0] == 100).all()
    assert (samples[RATE // 2 : RATE * 8 // 10, 1] == 200).all()
    assert (samples[: RATE // 2, 1] == 0).all()


async def test_jitter_leaves_no_gaps_and_a_real_pause_stays_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as disk:
        recorder = Recorder(tmp_path / "run.wav", RATE, disk)
        for at in (0, 35, 41, 60, 500, 530):
            recorder.add_caller(tone(20, 100), at)
        await recorder.close(600)
    left = read_wav(tmp_path / "run.wav")[0][:, 0]
    assert (left[: RATE * 80 // 1000] == 100).all()
    assert (left[RATE * 80 // 1000 : RATE // 2] == 0).all()
    assert (left[RATE // 2 : RATE * 54 // 100] == 100).all()


async def test_sound_never_covers_the_sound_before_it_however_late_the_clock(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as disk:
        recorder = Recorder(tmp_path / "run.wav", RATE, disk)
        recorder.add_agent(tone(500, 100), 0)
        recorder.add_agent(tone(300, 200), 350)
        await recorder.close(1000)
    right = read_wav(tmp_path / "run.wav")[0][:, 1]
    assert (right[: RATE // 2] == 100).all()
    assert (right[RATE // 2 : RATE * 8 // 10] == 200).all()


async def test_a_disk_that_hangs_costs_the_recording_and_not_the_memory(tmp_path: Path) -> None:
    release = threading.Event()
    with ThreadPoolExecutor(1) as disk:
        disk.submit(release.wait)
        recorder = Recorder(tmp_path / "run.wav", RATE, disk)
        recorder.add_caller(tone(20, 1), 0)
        recorder.write(20)
        recorder.write(MAX_BACKLOG_MS + 1000)
        assert recorder.problem == "The disk was too slow to write it."
        release.set()
        await recorder.close(MAX_BACKLOG_MS + 2000)


async def test_a_folder_that_cannot_be_made_loses_the_recording_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with ThreadPoolExecutor(1) as disk:
        recorder = Recorder(tmp_path / "file" / "run.wav", RATE, disk)
        recorder.add_caller(tone(20, 1), 0)
        await recorder.close(100)
    assert recorder.problem == "It could not be written: File exists."
    assert not recorder.has_sound


async def test_a_full_disk_ends_the_recording_once_with_what_had_been_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems: list[str] = []
    with ThreadPoolExecutor(1) as disk:
        recorder = Recorder(tmp_path / "run.wav", RATE, disk, on_problem=problems.append)
        recorder.add_caller(tone(400, 100), 0)
        recorder.write(400)
        await asyncio.wrap_future(disk.submit(lambda: None))
        monkeypatch.setattr(StereoWavWriter, "append", full)
        for at in range(400, 1000, 200):
            recorder.add_caller(tone(200, 100), at)
            recorder.write(at + 200)
            await asyncio.wrap_future(disk.submit(lambda: None))
        await recorder.close(1000)
    assert problems == ["The disk is full."]
    assert recorder.has_sound
    assert len(read_wav(tmp_path / "run.wav")[0]) == RATE * 4 // 10


def full(self: StereoWavWriter, sound: np.ndarray) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


async def test_the_picture_of_a_recording_has_a_peak_for_every_50_ms_of_both_sides(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as disk:
        recorder = Recorder(tmp_path / "run.wav", RATE, disk)
        recorder.add_caller(tone(90, -300), 100)
        recorder.add_agent(tone(50, 200), 450)
        for until in (130, 260, 390):
            recorder.write(until)
            await asyncio.wrap_future(disk.submit(lambda: None))
        await recorder.close(510)
    peaks = read_peaks(tmp_path / "run.wav")
    assert peaks[:, 0].tolist() == [0, 0, 300, 300, 0, 0, 0, 0, 0, 0, 0]
    assert peaks[:, 1].tolist() == [0, 0, 0, 0, 0, 0, 0, 0, 0, 200, 0]
    peaks_path(tmp_path / "run.wav").unlink()
    assert np.array_equal(read_peaks(tmp_path / "run.wav"), peaks), "it can be had from the sound as well"


async def test_a_call_that_is_not_recorded_is_measured_all_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as disk:
        recorder = Recorder(None, RATE, disk)
        recorder.add_caller(tone(500, 3277), 0)
        await recorder.close(500)
    caller, agent = recorder.levels
    assert caller.speech_dbfs == -20.0
    assert agent.speech_dbfs is None
    assert not recorder.has_sound


async def test_a_recording_goes_on_behind_what_another_process_left(tmp_path: Path) -> None:
    path = tmp_path / "run.wav"
    with ThreadPoolExecutor(1) as disk:
        before = Recorder(path, RATE, disk)
        before.add_caller(tone(400, 100), 0)
        await before.close(400)
        after = Recorder(path, RATE, disk, resumes=True)
        after.add_agent(tone(300, 200), 700)
        after.write(800)
        await after.close(1000)
    samples, _ = read_wav(path)
    assert read_peaks(path)[:, 0].tolist() == [100] * 8 + [0] * 12
    assert len(samples) == RATE
    assert (samples[: RATE * 4 // 10, 0] == 100).all()
    assert (samples[RATE * 4 // 10 : RATE * 7 // 10] == 0).all(), "nobody was there in between"
    assert (samples[RATE * 7 // 10 :, 1] == 200).all()


async def test_a_recording_of_another_rate_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "run.wav"
    with ThreadPoolExecutor(1) as disk:
        before = Recorder(path, 16_000, disk)
        before.add_caller(tone(400, 100), 0)
        await before.close(400)
        after = Recorder(path, RATE, disk, resumes=True)
        after.add_agent(tone(300, 200), 700)
        await after.close(1000)
    assert after.problem is not None
    assert "16000 Hz" in after.problem
    assert read_wav(path)[0].shape == (6_400, 2)
