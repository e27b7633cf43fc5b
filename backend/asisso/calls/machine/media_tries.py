"""How often a call's media may be tried, and whether the newest try has come up. Pure."""

from __future__ import annotations

from .commands import Command, CreateMedia, StartTimer
from .events import Timer

MEDIA_TIMEOUT_MS = 2_500
"""Asterisk's default of 4 connection attempts takes 1.5 s; after that nothing will come."""

TRIES_PER_LOSS = 3
LAST_TRY_DELAY_MS = 1_000
"""Before the last try of a loss: an event stream that just broke has to be back for any media to come up."""

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
        self._is_waiting = False

    @property
    def is_up(self) -> bool:
        return self.has_entered and self.has_connected

    @property
    def may_try_again(self) -> bool:
        return self._left > 0 and self.attempt < TRIES_PER_CALL

    def try_again(self) -> list[Command]:
        """Begin a new attempt, the last one of a loss after a pause; its ids are new ones."""
        self.attempt += 1
        self._left -= 1
        self.lose()
        if self._left == 0:
            self._is_waiting = True
            return [StartTimer(Timer.NEXT_TRY, LAST_TRY_DELAY_MS, self.attempt)]
        return self._create()

    def go_on(self, attempt: int) -> list[Command]:
        """The pause before an attempt is over."""
        if attempt != self.attempt or not self._is_waiting:
            return []
        self._is_waiting = False
        return self._create()

    def _create(self) -> list[Command]:
        return [CreateMedia(self.attempt), StartTimer(Timer.MEDIA, MEDIA_TIMEOUT_MS, self.attempt)]

    def lose(self) -> None:
        """The newest attempt is down."""
        self.has_entered = self.has_connected = False

    def hold(self) -> None:
        """Media carries the call: a later loss has its own tries."""
        self._left = TRIES_PER_LOSS
