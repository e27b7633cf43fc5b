"""The picture of a recording: the loudest sample of every 50 ms of both sides, in a file beside the WAV.

With it a page draws an hour without reading its 230 MB. The file is a sequence of pairs of 16 bit numbers, caller
and agent, and grows with the recording. Synchronous; a caller on an event loop uses a thread.
"""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from asisso.audio.wav import stereo_bytes

BIN_MS: Final = 50
READ_FRAMES: Final = 1 << 20

Peaks = npt.NDArray[np.uint16]
"""Shape (n, 2): the loudest of a time, 0 to 32768, of the caller and of the agent."""

Stereo = npt.NDArray[np.int16]
"""Samples, shape (n, 2)."""


def peaks_path(recording: Path) -> Path:
    """Where the picture of a recording lies."""
    return recording.with_suffix(".peaks")


class PeakMeter:
    """Reduces stereo sound to its peaks, whatever pieces it comes in."""

    def __init__(self, sample_rate: int) -> None:
        self._bin = sample_rate * BIN_MS // 1000
        self._rest = np.empty((2, 0), np.int16)

    def add(self, sound: Stereo) -> Peaks:
        """The peaks that are complete with these samples."""
        # Each side in one piece: to search samples that lie alternately takes numpy twenty times as long.
        sides = np.concatenate((self._rest, np.ascontiguousarray(sound.T)), axis=1)
        whole = sides.shape[1] // self._bin * self._bin
        self._rest = sides[:, whole:].copy()
        return _loudest(sides[:, :whole], self._bin)

    def rest(self) -> Peaks:
        """The peak of what has not filled its time yet."""
        rest, self._rest = self._rest, self._rest[:, :0]
        return _loudest(rest, rest.shape[1])


def _loudest(sides: npt.NDArray[np.int16], samples: int) -> Peaks:
    """The peaks of so many samples each, of both sides in a row each; shape (n, 2)."""
    if not sides.size:
        return np.empty((0, 2), np.uint16)
    bins = sides.reshape(2, -1, samples)
    highest, lowest = bins.max(axis=2).astype(np.int32), bins.min(axis=2).astype(np.int32)
    loudest: Peaks = np.maximum(highest, -lowest).astype(np.uint16).T
    return loudest


class PeakWriter:
    """The file beside a growing recording."""

    def __init__(self, recording: Path, sample_rate: int) -> None:
        """Begin anew.

        Raises:
            OSError: the file cannot be made.
        """
        self._meter = PeakMeter(sample_rate)
        self._file = peaks_path(recording).open("wb", buffering=0)

    @classmethod
    def resume(cls, recording: Path, sample_rate: int) -> Self:
        """Go on behind what the recording holds. It is read again: whoever was killed may have left the two apart.

        Raises:
            OSError, ValueError: it cannot be read.
        """
        writer = cls(recording, sample_rate)
        for sound in _read(recording):
            writer.append(sound)
        return writer

    def append(self, sound: Stereo) -> None:
        """Add what was added to the recording.

        Raises:
            OSError: the disk is full or gone.
        """
        self._write(self._meter.add(sound))

    def close(self) -> None:
        """Write the last peak, as far as the disk can, and close the file."""
        try:
            self._write(self._meter.rest())
        finally:
            self._file.close()

    def _write(self, peaks: Peaks) -> None:
        if peaks.size:
            self._file.write(peaks.astype("<u2").tobytes())


def read_peaks(recording: Path) -> Peaks:
    """A recording's picture, from its file, or from the sound where there is none.

    Raises:
        OSError, ValueError: neither can be read.
    """
    try:
        data = peaks_path(recording).read_bytes()
    except FileNotFoundError:
        return _peaks_of_sound(recording)
    return np.frombuffer(data[: len(data) // 4 * 4], "<u2").astype(np.uint16).reshape(-1, 2)


def _peaks_of_sound(recording: Path) -> Peaks:
    _, sample_rate = stereo_bytes(recording)
    meter = PeakMeter(sample_rate)
    parts = [meter.add(sound) for sound in _read(recording)]
    return np.concatenate([*parts, meter.rest()])


def _read(recording: Path) -> Iterator[Stereo]:
    """A stereo recording in pieces, so that an hour of it is never in memory at once."""
    try:
        with wave.open(str(recording), "rb") as file:
            while data := file.readframes(READ_FRAMES):
                yield np.frombuffer(data, "<i2").astype(np.int16).reshape(-1, 2)
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{recording.name} is not a PCM WAV file: {error}.") from error


def fewer(peaks: Peaks, most: int) -> tuple[Peaks, int]:
    """At most so many peaks, each for equally many of the given ones, and how many that is."""
    together = max(1, -(-len(peaks) // most))
    missing = -len(peaks) % together
    padded = np.pad(peaks, ((0, missing), (0, 0)))
    return padded.reshape(-1, together, 2).max(axis=1), together
