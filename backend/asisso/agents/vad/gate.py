"""Decides by loudness alone which windows can hold speech at all.

Most of a call is silence, line noise, or the agent's turn: the network need not look at it.
"""

from __future__ import annotations

from typing import Final

from asisso.agents.vad.detector import WINDOW_MS

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

_LOUDEST: Final = 32768.0**2


class EnergyGate:
    """The gate of one call: shut until something is louder than the line's own noise."""

    def __init__(self) -> None:
        self._blocks = [_LOUDEST]
        self._count = 0
        self._open_until = -1

    def admit(self, power: float) -> bool:
        """Whether the next window, of this mean square, may hold speech."""
        count = self._count
        self._count = count + 1
        floor = min(self._blocks) if count >= _FLOOR_WINDOWS else 0.0
        self._remember(count, power)
        if power > _QUIETEST and power > floor * _MARGIN:
            self._open_until = count + _HANGOVER_WINDOWS
        return count <= self._open_until

    def _remember(self, count: int, power: float) -> None:
        """Keep the quietest of each half second, which is a sliding minimum near enough."""
        if count % _BLOCK_WINDOWS == 0:
            self._blocks.append(power)
            if len(self._blocks) > _BLOCKS:
                del self._blocks[0]
        elif power < self._blocks[-1]:
            self._blocks[-1] = power
