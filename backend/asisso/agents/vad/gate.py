"""Decides by loudness alone whether a window can hold speech at all, for a few microseconds.

Most of a call is silence, line noise, or the agent's turn: the network need not look at it.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from asisso.agents.vad.detector import WINDOW_MS
from asisso.audio.frame import Pcm

_QUIETEST: Final = 32768.0**2 * 10 ** (-60 / 10)
"""Mean square of -60 dBFS: nothing below it is speech that anyone could understand."""

_MARGIN: Final = 10 ** (6 / 10)
"""Speech stands out from the noise of its line by at least 6 dB somewhere in every syllable."""

_FLOOR_WINDOWS: Final = 3_000 // WINDOW_MS
"""Noise is the quietest moment of the last 3 s: speech has a gap in that time, noise has none."""

_HANGOVER_WINDOWS: Final = 320 // WINDOW_MS
"""Soft ends of words and the gaps between them stay in."""


class EnergyGate:
    """The gate of one call: shut until something is louder than the line's own noise."""

    def __init__(self) -> None:
        self._floors: deque[tuple[int, float]] = deque()
        self._count = 0
        self._open_until = 0

    def admits(self, window: Pcm) -> bool:
        """Whether this window, the next of the call, may hold speech."""
        sound = window.astype(np.float32)
        power = float(np.dot(sound, sound)) / sound.size
        floor = self._floor()
        self._remember(power)
        if power > _QUIETEST and power > floor * _MARGIN:
            self._open_until = self._count + _HANGOVER_WINDOWS
        return self._count <= self._open_until

    def _floor(self) -> float:
        return self._floors[0][1] if self._count >= _FLOOR_WINDOWS else 0.0

    def _remember(self, power: float) -> None:
        """Keep a sliding minimum: a monotonic queue of (window, power), the smallest first."""
        self._count += 1
        while self._floors and self._floors[-1][1] >= power:
            self._floors.pop()
        self._floors.append((self._count, power))
        if self._floors[0][0] <= self._count - _FLOOR_WINDOWS:
            self._floors.popleft()
