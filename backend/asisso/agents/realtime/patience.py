"""How long a caller waits for a model, and what is done about it. Pure: times come in as ms of the call's clock."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

FILL_AFTER_MS: Final = 1_400
"""Nobody hears nothing for two seconds: the rest is for the filler's synthesis and its way to the telephone."""

RECONNECT_AFTER_MS: Final = 4_000
"""A server that has sent nothing of an answer it owes for so long is given one more chance, in a new session."""

GIVE_UP_AFTER_MS: Final = 9_000


class Step(Enum):
    """What has become due."""

    FILL = auto()
    RECONNECT = auto()
    GIVE_UP = auto()


class Patience:
    """One call's."""

    def __init__(self) -> None:
        self._silent_since_ms: int | None = None
        self._stalled_since_ms: int | None = None
        self._has_reconnected = False

    def came(self, now_ms: int) -> None:
        """Something of the answer came."""
        if self._stalled_since_ms is not None:
            self._stalled_since_ms = now_ms

    def succeeded(self) -> None:
        """An answer was given to its end: the next trouble is a new one."""
        self._has_reconnected = False

    def reconnects(self) -> bool:
        """Whether a lost session may be replaced; once for each trouble."""
        may, self._has_reconnected = not self._has_reconnected, True
        return may

    def look(self, now_ms: int, *, is_owed: bool, is_heard: bool) -> Step | None:
        """Asked several times a second.

        Args:
            is_owed: an answer is due or under way.
            is_heard: the caller hears something of us, or is about to.
        """
        if not is_owed:
            self._silent_since_ms = self._stalled_since_ms = None
            return None
        if self._stalled_since_ms is None:
            self._stalled_since_ms = now_ms
        if is_heard or self._silent_since_ms is None:
            self._silent_since_ms = now_ms
        stalled_ms = now_ms - self._stalled_since_ms
        if stalled_ms >= GIVE_UP_AFTER_MS:
            return Step.GIVE_UP
        if stalled_ms >= RECONNECT_AFTER_MS and not self._has_reconnected:
            return Step.RECONNECT
        if now_ms - self._silent_since_ms >= FILL_AFTER_MS:
            self._silent_since_ms = now_ms
            return Step.FILL
        return None
