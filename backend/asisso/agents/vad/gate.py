"""Decides by loudness alone which windows can hold speech at all, for all calls at once.

Most of a call is silence, line noise, or the agent's turn: the network need not look at it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from asisso.agents.vad.detector import WINDOW_MS, WINDOW_SAMPLES
from asisso.audio.frame import Pcm

_QUIETEST: Final = 32768.0**2 * 10 ** (-60 / 10)
"""Mean square of -60 dBFS: nothing below it is speech that anyone could understand."""

_MARGIN: Final = 10 ** (6 / 10)
"""Speech stands out from the noise of its line by at least 6 dB somewhere in every syllable."""

_BLOCK_WINDOWS: Final = 500 // WINDOW_MS
_BLOCKS: Final = 7
_FLOOR_WINDOWS: Final = (_BLOCKS - 1) * _BLOCK_WINDOWS
"""Noise is the quietest moment of the last 3 s: speech has a gap in that time, noise has none."""

_HANGOVER_WINDOWS: Final = 320 // WINDOW_MS
"""Soft ends of words and the gaps between them stay in."""

_SEATS: Final = 64

Powers = npt.NDArray[np.float32]
"""Mean square of each window's samples."""


class EnergyGates:
    """The gates of all calls, each in a seat of its own: shut until something is louder than the line's own noise."""

    def __init__(self) -> None:
        self._free: list[int] = []
        self._quietest = np.empty((0, _BLOCKS), np.float32)
        self._count = np.empty(0, np.int64)
        self._open_until = np.empty(0, np.int64)

    def take_seat(self) -> int:
        """The seat of a new call."""
        if not self._free:
            self._grow()
        seat = self._free.pop()
        self._quietest[seat] = np.inf
        self._count[seat] = 0
        self._open_until[seat] = -1
        return seat

    def leave(self, seat: int) -> None:
        """The call is over; its seat is another one's."""
        self._free.append(seat)

    def _grow(self) -> None:
        size = len(self._count)
        self._free.extend(range(size, size + _SEATS))
        self._quietest = np.concatenate((self._quietest, np.empty((_SEATS, _BLOCKS), np.float32)))
        self._count = np.concatenate((self._count, np.empty(_SEATS, np.int64)))
        self._open_until = np.concatenate((self._open_until, np.empty(_SEATS, np.int64)))

    def admit(self, seats: list[int], windows: Pcm) -> tuple[npt.NDArray[np.bool_], Powers]:
        """Whether the next window of each of these different calls, shape (calls, 512), may hold speech; its power."""
        at = np.array(seats)
        sound = windows.astype(np.float32)
        power = np.einsum("ij,ij->i", sound, sound) / np.float32(WINDOW_SAMPLES)
        count = self._count[at]
        floor = np.where(count >= _FLOOR_WINDOWS, self._quietest[at].min(axis=1), np.float32(0))
        self._remember(at, count, power)
        is_loud = (power > _QUIETEST) & (power > floor * np.float32(_MARGIN))
        open_until = np.where(is_loud, count + _HANGOVER_WINDOWS, self._open_until[at])
        self._open_until[at] = open_until
        self._count[at] = count + 1
        return count <= open_until, power

    def _remember(self, at: npt.NDArray[np.int64], count: npt.NDArray[np.int64], power: Powers) -> None:
        """Keep the quietest of each half second in a ring, which is a sliding minimum near enough."""
        block = count // _BLOCK_WINDOWS % _BLOCKS
        so_far = np.where(count % _BLOCK_WINDOWS == 0, np.float32(np.inf), self._quietest[at, block])
        self._quietest[at, block] = np.minimum(so_far, power)
