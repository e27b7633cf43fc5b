"""The caller's audio by wall clock. Pure.

chan_websocket passes frames on as RTP brings them: a caller who is silent, muted or behind a lossy line sends
nothing, and after a stall of ours everything comes at once. Agents need neither: gaps become silence, and what is
late is dropped instead of being heard as if it were live.
"""

from __future__ import annotations

GAP_MS = 100
"""Longer than the jitter of an ordinary network: a pause of this length is a real one."""

MAX_FILL_MS = 2_000
MAX_AHEAD_MS = 240
"""How far the audio may run ahead of the clock before it counts as a late burst."""


class Intake:
    """Says for each frame how much silence goes before it, and whether it is still worth hearing.

    All times are ms on the call's clock. `heard_until_ms` is where the agent's hearing has come to, once a frame came.
    """

    def __init__(self, frame_ms: int = 20) -> None:
        self.frame_ms = frame_ms
        self.heard_until_ms = 0
        self.gaps = 0
        self.filled_frames = 0
        self.dropped_frames = 0
        self._has_begun = False
        self._is_pausing = False

    def gap_before(self, now_ms: int) -> int:
        """Frames of silence to hear before a frame that arrives now; -1 when it comes too late to be heard."""
        if not self._has_begun:
            self._has_begun = True
            self.heard_until_ms = now_ms - self.frame_ms
        if self.heard_until_ms - now_ms > MAX_AHEAD_MS:
            self.dropped_frames += 1
            return -1
        gap = self._fill(now_ms - self.frame_ms)
        self._is_pausing = False
        self.heard_until_ms += self.frame_ms
        return gap

    def gap_at(self, now_ms: int) -> int:
        """Frames of silence to hear because nothing has come for a while; asked a few times a second."""
        if not self._has_begun:
            return 0
        return self._fill(now_ms - 2 * self.frame_ms)

    def _fill(self, until_ms: int) -> int:
        missing_ms = until_ms - self.heard_until_ms
        if missing_ms < GAP_MS:
            return 0
        if missing_ms > MAX_FILL_MS:
            self.heard_until_ms = until_ms - MAX_FILL_MS
            missing_ms = MAX_FILL_MS
        frames = missing_ms // self.frame_ms
        self.heard_until_ms += frames * self.frame_ms
        self.filled_frames += frames
        if not self._is_pausing:
            self._is_pausing = True
            self.gaps += 1
        return frames
