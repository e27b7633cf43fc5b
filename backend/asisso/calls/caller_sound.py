"""The caller's sound on its way from the media socket to the agent and the recording.

Called for each 20 ms of every call, so this is the hottest code of the product.
"""

from __future__ import annotations

from collections.abc import Callable

from asisso.agents.ear import Ear

from .call_clock import CallClock
from .intake import Intake
from .track import Track

_SILENT_FRAME = bytes(640)


class CallerSound:
    """One call's way in.

    Args:
        clock: of the call.
        track: is given everything that is heard, at the wire's rate; None when nothing is recorded.
        ear: is given the frames as they come, where the agent hears what is on the wire: slin16.
        hear: is given the frames where there is no such ear, with the time they came.
        hear_silence: is given how many frames of silence to hear then.

    Attributes:
        may_wait: whether nobody looks at a frame the moment it comes.
        is_connected: whether the socket it comes from still wants to bring it.
        is_open: whether anything is heard.
        received_frames: since the socket was connected.
        total_frames: since the call began.
    """

    def __init__(
        self,
        clock: CallClock,
        intake: Intake,
        track: Track | None,
        ear: Ear | None,
        hear: Callable[[bytes, int], None],
        hear_silence: Callable[[int], None],
    ) -> None:
        self.may_wait = ear is not None
        self.is_connected = False
        self.is_open = False
        self.received_frames = 0
        self.total_frames = 0
        self._clock = clock
        self._intake = intake
        self._track = track
        self._ear = ear
        self._hear = hear
        self._hear_silence = hear_silence

    def come_together(self) -> None:
        """From now on the sound of this call comes in one go with that of others."""
        if self._ear is not None:
            self._ear.is_gathered = True

    def take(self, payload: bytes) -> None:
        """One message of the caller's audio, normally 20 ms."""
        self.received_frames += 1
        self.total_frames += 1
        if not self.is_open:
            return
        now_ms = self._clock.now_ms()
        gap = self._intake.gap_before(now_ms)
        if gap < 0:
            return
        if gap:
            self.fill(gap, now_ms)
        ear = self._ear
        if ear is None:
            self._hear(payload, now_ms)
        elif len(payload) % 2 == 0:
            if self._track is not None:
                self._track.add(payload, now_ms)
            ear.hear(payload, now_ms)

    def fill(self, frames: int, now_ms: int) -> None:
        """Hear so many frames of silence."""
        ear = self._ear
        if ear is None:
            self._hear_silence(frames)
        else:
            for _ in range(frames):
                ear.hear(_SILENT_FRAME, now_ms)
