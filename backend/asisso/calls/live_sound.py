"""A continuous sound (an echo, a speech-to-speech model) kept in time. Pure.

Asterisk plays one frame each 20 ms and never catches up: what was late once is late for the rest of the call, unless
something is left out. So a burst after a stall is cut short, and while Asterisk's queue is too long, silent frames are
left out, and a voiced one now and then.
"""

from __future__ import annotations

import numpy as np

from asisso.audio.frame import PTIME_MS, MediaFormat, Pcm

STATUS_EVERY_MS = 500
"""How often Asterisk is asked for the length of its queue."""

DEPTH_FRAMES = 2
"""What the queue may hold: one frame being played, one for the jitter of two clocks."""

AHEAD_MS = 240
"""Sound that comes more than this ahead of its time is a burst after a stall, and too late to be live."""

SILENT_SWING = 200
"""From the lowest to the highest sample of a frame nobody misses: about -50 dBFS."""

KEPT_VOICED = 4
"""Of this many voiced frames and one more, one is left out: a fifth faster, and no word is lost."""

FLOWS_FOR_MS = 1_000
"""So long after its last frame a sound still counts as one that flows."""


class LiveSound:
    """Decides which frames of one call's continuous sound are sent.

    All PCM is at the format's sample rate; times are ms on the call's clock.

    Attributes:
        dropped_frames: what was left out.
    """

    def __init__(self, media_format: MediaFormat) -> None:
        self._frame = media_format.frame_samples
        self._rest = np.empty(0, np.int16)
        self._sent_until_ms = 0
        self._flows_until_ms = -1
        self._status_at_ms = 0
        self._excess = 0
        self._kept_voiced = 0
        self.dropped_frames = 0

    def push(self, pcm: Pcm, now_ms: int) -> Pcm:
        """Take sound as it comes; gives the whole frames to send now. What is short of a frame waits for its rest."""
        self._flows_until_ms = now_ms + FLOWS_FOR_MS
        if len(self._rest) or len(pcm) % self._frame:
            pcm = np.concatenate((self._rest, pcm))
            whole = len(pcm) - len(pcm) % self._frame
            pcm, self._rest = pcm[:whole], pcm[whole:].copy()
        ahead_ms = max(0, self._sent_until_ms - now_ms)
        frames = len(pcm) // self._frame
        room = min(frames, max(0, (AHEAD_MS - ahead_ms) // PTIME_MS))
        if room < frames:
            self.dropped_frames += frames - room
            pcm = pcm[: room * self._frame]
        if self._excess > 0:
            pcm = self._thinned(pcm)
        self._sent_until_ms = max(self._sent_until_ms, now_ms) + PTIME_MS * (len(pcm) // self._frame)
        return pcm

    def refuse(self, pcm: Pcm) -> None:
        """There is no way out for this sound now."""
        self.dropped_frames += -(-len(pcm) // self._frame)
        self._rest = self._rest[:0]

    def flows(self, now_ms: int) -> bool:
        """Whether there has been sound lately."""
        return now_ms < self._flows_until_ms

    def wants_status(self, now_ms: int) -> bool:
        """Whether Asterisk should be asked for the length of its queue; asked several times a second itself."""
        if not self.flows(now_ms) or now_ms < self._status_at_ms:
            return False
        self._status_at_ms = now_ms + STATUS_EVERY_MS
        return True

    def queued(self, frames: int) -> None:
        """Asterisk's answer: so many frames wait there."""
        self._excess = max(0, frames - DEPTH_FRAMES)

    def _thinned(self, pcm: Pcm) -> Pcm:
        frames = pcm.reshape(-1, self._frame)
        kept = [frame for frame in frames if not self._is_spared(frame)]
        self.dropped_frames += len(frames) - len(kept)
        return np.concatenate(kept) if kept else pcm[:0]

    def _is_spared(self, frame: Pcm) -> bool:
        if self._excess <= 0:
            return False
        is_voiced = int(frame.max()) - int(frame.min()) > SILENT_SWING
        if is_voiced and self._kept_voiced < KEPT_VOICED:
            self._kept_voiced += 1
            return False
        self._kept_voiced = 0
        self._excess -= 1
        return True
