"""How often a call's media may be tried, and whether the newest try has come up. Pure."""

from __future__ import annotations

from .commands import Command, CreateMedia, StartTimer
from .events import Timer

MEDIA_TIMEOUT_MS = 2_500
"""Asterisk's default of 4 connection attempts takes 1.5 s; after that nothing will come."""

TRIES_PER_LOSS = 2
TRIES_PER_CALL = 6
"""A media socket that keeps breaking must not keep a caller in the line for ever."""


class MediaTries:
    """The attempts of one call, numbered from 1; only the newest one counts.

    Attributes:
        has_entered: its channel is in our Stasis application; before that it cannot be bridged.
        has_connected: its socket showed its secret.
    """

    def __init__(self) -> None:
        self.attempt = 0
        self.has_entered = False
        self.has_connected = False
        self._left = TRIES_PER_LOSS

    @property
    def is_up(self) -> bool:
        return self.has_entered and self.has_connected

    @property
    def may_try_again(self) -> bool:
        return self._left > 0 and self.attempt < TRIES_PER_CALL

    def try_again(self) -> list[Command]:
        """Begin a new attempt; its ids are new ones."""
        self.attempt += 1
        self._left -= 1
        self.lose()
        return [CreateMedia(self.attempt), StartTimer(Timer.MEDIA, MEDIA_TIMEOUT_MS, self.attempt)]

    def lose(self) -> None:
        """The newest attempt is down."""
        self.has_entered = self.has_connected = False

    def hold(self) -> None:
        """Media carries the call: a later loss has its own tries."""
        self._left = TRIES_PER_LOSS
