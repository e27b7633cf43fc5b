"""How loud a voice is, and whether it is distorted. Pure numpy, a second or so of sound at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from asisso.audio.frame import PTIME_MS, Pcm

FULL_SCALE: Final = 32_768.0

SPEECH_MARGIN_DB: Final = 15.9
"""Speech is what lies at most this far below its own level (ITU-T P.56, 12/2011, clause 9)."""

QUIETEST_DBFS: Final = -70
"""Frames below this are silence, whatever else is heard: codecs idle at up to -72 dBFS."""

CLIPPED_AT: Final = 32_100
"""The largest samples of mu-law and A-law are 32,124 and 32,256."""

CLIPPED_RUN: Final = 3
"""So many samples in a row at the limit are no longer a peak but a cut-off one."""


@dataclass(frozen=True, slots=True)
class Level:
    """One side of a call.

    Attributes:
        speech_dbfs: mean level while there was speech; None when there was none.
        clipped_percent: frames of speech that were cut off at full scale.
    """

    speech_dbfs: float | None
    clipped_percent: float


class LevelMeter:
    """Adds up one side of a call in a histogram of its 20 ms frames' levels."""

    def __init__(self, sample_rate: int) -> None:
        self._frame = sample_rate * PTIME_MS // 1000
        self._frames = np.zeros(-QUIETEST_DBFS + 4, np.int64)
        self._power = np.zeros(self._frames.size)
        self._clipped = 0
        self._rest = np.empty(0, np.int16)

    def add(self, pcm: Pcm) -> None:
        """Take the next samples, shape (n,)."""
        if self._rest.size:
            pcm = np.concatenate((self._rest, pcm))
        whole = pcm.size // self._frame * self._frame
        frames, self._rest = pcm[:whole].reshape(-1, self._frame), pcm[whole:].copy()
        sound = frames.astype(np.float32)
        power = np.einsum("ij,ij->i", sound, sound) / (self._frame * FULL_SCALE**2)
        audible = power > 10 ** (QUIETEST_DBFS / 10)
        if not audible.any():
            return
        loud = power[audible].astype(np.float64)
        # Bin n holds what lies less than a decibel above QUIETEST_DBFS + n.
        bins = (10 * np.log10(loud)).astype(np.int64) - QUIETEST_DBFS
        np.add.at(self._frames, bins, 1)
        np.add.at(self._power, bins, loud)
        if pcm.max() >= CLIPPED_AT or pcm.min() <= -CLIPPED_AT:
            self._clipped += _clipped_frames(frames[audible])

    def add_silence(self, samples: int) -> None:
        """Take so many samples of nothing, for less than `add`."""
        if self._rest.size:
            missing = min(samples, self._frame - self._rest.size)
            self.add(np.zeros(missing, np.int16))
            samples -= missing
        self._rest = np.concatenate((self._rest, np.zeros(samples % self._frame, np.int16)))

    def level(self) -> Level:
        """What was measured so far."""
        frames = np.cumsum(self._frames[::-1])[::-1]
        power = np.cumsum(self._power[::-1])[::-1]
        # From the quietest threshold up: the first one that lies no further below the level it leads to than speech.
        for above in range(frames.size):
            if frames[above] == 0:
                break
            level_dbfs = 10 * np.log10(power[above] / frames[above])
            if level_dbfs - (QUIETEST_DBFS + above) <= SPEECH_MARGIN_DB:
                return Level(round(float(level_dbfs), 1), round(100 * self._clipped / int(frames[above]), 1))
        return Level(None, 0.0)


def _clipped_frames(frames: npt.NDArray[np.int16]) -> int:
    """How many of the frames, shape (n, samples), hold a run of samples at the limit."""
    at_limit = (frames >= CLIPPED_AT) | (frames <= -CLIPPED_AT)
    run = at_limit[:, CLIPPED_RUN - 1 :].copy()
    for back in range(1, CLIPPED_RUN):
        run &= at_limit[:, CLIPPED_RUN - 1 - back : at_limit.shape[1] - back]
    return int(run.any(axis=1).sum())
