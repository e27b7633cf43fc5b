"""Reads the media sockets of all calls by the clock, instead of being woken for each frame.

An ear looks at windows of 32 ms. Waking the process 50 times a second and call for sound that nobody looks at yet costs
more than looking at it; so the frames of such calls wait in the kernel, those of all calls are taken in one go, and the
ears look right behind it. Agents that answer sound with sound are not read this way.
"""

from __future__ import annotations

import os
from typing import Final, Protocol

import structlog

from asisso.calls.caller_sound import CallerSound
from asisso.calls.ticker import Ticker

from .sound_frames import take_sound
from .wire import read_now

log = structlog.get_logger(__name__)

PERIOD_S: Final = 0.03
"""A little shorter than a window: so no look finds two of one call."""

MOST_BYTES: Final = 65_536
"""Read from one socket at a time: two seconds of slin16, more than any stall leaves behind."""


class Owner(Protocol):
    """Whose socket is read."""

    def data_received(self, data: bytes) -> None:
        """Take what is not only whole frames of sound."""

    def poll_ended(self) -> None:
        """The socket has ended, or is broken."""

    def poll_failed(self) -> None:
        """Taking what came went wrong by an error of ours."""


class PolledSocket:
    """One socket that is read by the clock.

    Args:
        fd: of the socket, which does not block; it is duplicated.
        max_bytes: the longest frame of sound.

    Attributes:
        is_between: whether what comes next begins with a frame's head; the owner keeps it up to date.
    """

    def __init__(self, fd: int, sound: CallerSound, max_bytes: int, owner: Owner) -> None:
        self.is_between = True
        self._sound = sound
        self._max_bytes = max_bytes
        self._owner = owner
        self._fd = os.dup(fd)

    @property
    def is_open(self) -> bool:
        """Whether it is still read."""
        return self._fd >= 0

    def read(self) -> None:
        """Take what has come."""
        if self._fd < 0:
            return
        try:
            data = read_now(self._fd, MOST_BYTES)
        except OSError:
            data = b""
        if data is None:
            return
        size = len(data)
        if size == 0:
            self._owner.poll_ended()
            return
        at = take_sound(data, 0, self._max_bytes, self._sound) if self.is_between else 0
        if at < size:
            self._owner.data_received(data[at:] if at else data)

    def fail(self) -> None:
        """Read no more, and tell the owner that it is by an error of ours."""
        self.close()
        self._owner.poll_failed()

    def close(self) -> None:
        """Read no more; may be called more than once."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class MediaPoll:
    """All sockets that are read by the clock; stands still while there are none. Belongs to the event loop."""

    def __init__(self) -> None:
        self._sockets: list[PolledSocket] = []
        self._ticker = Ticker(PERIOD_S, self._poll)

    @property
    def is_still(self) -> bool:
        """Whether no timer runs."""
        return self._ticker.is_still

    def join(self, socket: PolledSocket) -> None:
        """Read this one from now on, until it is closed."""
        self._sockets.append(socket)
        self._ticker.start()

    def _poll(self) -> bool:
        has_closed = False
        for socket in tuple(self._sockets):
            try:
                socket.read()
            except Exception:
                log.exception("a media socket could not be read")
                socket.fail()
            has_closed = has_closed or not socket.is_open
        if has_closed:
            self._sockets = [socket for socket in self._sockets if socket.is_open]
        return bool(self._sockets)
