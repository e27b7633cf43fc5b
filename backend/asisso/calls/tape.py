"""What is kept of a call's sound: the stereo file, its picture, and both sides' levels.

Everything here belongs to a worker thread, one job at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from asisso.audio.frame import Pcm
from asisso.audio.levels import Level, LevelMeter
from asisso.audio.peaks import PeakWriter
from asisso.audio.wav import StereoWavWriter

Piece = tuple[int, Pcm]
"""Sound and where it begins, in samples."""


class Tape:
    """One call's tape; caller left, agent right.

    Args:
        path: of the recording; None where the call is measured and nothing of it is kept.
        resumes: go on with the file an earlier process left, where there is one.
    """

    def __init__(self, path: Path | None, sample_rate: int, *, resumes: bool) -> None:
        self._path = path
        self._rate = sample_rate
        self._resumes = resumes
        self._wav: StereoWavWriter | None = None
        self._peaks: PeakWriter | None = None
        self._meters = LevelMeter(sample_rate), LevelMeter(sample_rate)

    @property
    def has_sound(self) -> bool:
        """Whether there is anything to play by now."""
        return self._wav is not None and self._wav.duration_ms > 0

    @property
    def levels(self) -> tuple[Level, Level]:
        """Of caller and agent."""
        caller, agent = self._meters
        return caller.level(), agent.level()

    def append(self, caller: Sequence[Piece], agent: Sequence[Piece], samples: int) -> None:
        """Add so many samples; what no piece covers is silence.

        Raises:
            OSError: the disk is full or gone.
            WavFull: the file has reached its largest size.
            ValueError: what an earlier process left can't be gone on with.
        """
        if self._path is not None and self._wav is None:
            samples_there = self._open(self._path)
            # A new file begins with the call; a resumed one already holds everything up to the interruption.
            caller, agent = _behind(caller, samples_there), _behind(agent, samples_there)
            samples = max(0, samples - samples_there)
        # Each side lies in one piece: numpy looks at interleaved samples one by one.
        sides = np.zeros((2, samples), np.int16)
        for side, pieces, meter in zip(sides, (caller, agent), self._meters, strict=True):
            _lay(pieces, side)
            if pieces:
                meter.add(side)
            else:
                meter.add_silence(samples)
        if self._wav is not None and self._peaks is not None:
            # Column by column: numpy turns a transposed array over ten times slower.
            block = np.empty((samples, 2), np.int16)
            block[:, 0], block[:, 1] = sides
            self._wav.append(block)
            self._peaks.append(sides.T)

    def _open(self, path: Path) -> int:
        """Open the files; gives how many samples are there already."""
        if self._resumes and path.is_file():
            self._wav = StereoWavWriter.resume(path, self._rate)
            self._peaks = PeakWriter.resume(path, self._rate)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._wav = StereoWavWriter(path, self._rate)
            self._peaks = PeakWriter(path, self._rate)
        return self._wav.duration_ms * self._rate // 1000

    def close(self) -> None:
        """Close the files; what is on the disk by then is valid.

        Raises:
            OSError: the end of the picture could not be written.
        """
        if self._wav is not None:
            self._wav.close()
        if self._peaks is not None:
            self._peaks.close()


def _behind(pieces: Sequence[Piece], start: int) -> list[Piece]:
    """The pieces without what lies before `start`, positioned relative to it."""
    kept = []
    for at, pcm in pieces:
        if at + len(pcm) > start:
            kept.append((max(0, at - start), pcm[max(0, start - at) :]))
    return kept


def _lay(pieces: Sequence[Piece], track: npt.NDArray[np.int16]) -> None:
    for at, pcm in pieces:
        track[at : at + len(pcm)] = pcm
