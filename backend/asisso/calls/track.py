"""One side's sound on its way to the recording."""

from __future__ import annotations

from typing import Final

import numpy as np

from .tape import Piece

SNAP_MS: Final = 80
"""Audio that begins less than this after its track ended, or before, is put right behind it: clocks jitter, speech
does not."""

SAMPLE_BYTES: Final = 2


class Track:
    """One side's sound in unbroken runs: a frame is a copy of its bytes to the end of one, and no object of its own."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._snap = SNAP_MS * sample_rate // 1000
        self._runs: list[tuple[int, bytearray]] = []
        self._run: bytearray | None = None
        self._end = 0
        self._is_stopped = False

    def add(self, sound: bytes, at_ms: int) -> None:
        """Put samples where they were heard, on the call's clock, but never over those before them."""
        if self._is_stopped:
            return
        start = at_ms * self._rate // 1000
        if start - self._end < self._snap:
            start = self._end
        if self._run is not None and start == self._end:
            self._run += sound
        else:
            self._run = bytearray(sound)
            self._runs.append((start, self._run))
        self._end = start + len(sound) // SAMPLE_BYTES

    def stop(self) -> None:
        """Forget everything, and take nothing any more."""
        self._is_stopped = True
        self._runs, self._run = [], None

    def take(self, start: int, stop: int) -> list[Piece]:
        """What begins before `stop`, positioned relative to `start`; what reaches beyond is kept."""
        taken: list[Piece] = []
        kept: list[tuple[int, bytearray]] = []
        for at, run in self._runs:
            if at >= stop:
                kept.append((at, run))
                continue
            if at + len(run) // SAMPLE_BYTES > stop:
                there = (stop - at) * SAMPLE_BYTES
                kept.append((stop, run[there:]))
                del run[there:]
            pcm = np.frombuffer(run, np.int16)
            taken.append((at - start, pcm) if at >= start else (0, pcm[start - at :]))
        self._runs = kept
        self._run = kept[-1][1] if kept else None
        return taken
