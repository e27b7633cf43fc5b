"""When a caller who is owed an answer has heard nothing for too long. Pure: times come in as ms of the call's clock."""

from __future__ import annotations

from typing import Final

DEFAULT_COVER_AFTER_MS: Final = 1_500
"""Nobody hears nothing for two seconds: half a second is left for the way to the telephone."""


class Cover:
    """One call's."""

    def __init__(self, after_ms: int = DEFAULT_COVER_AFTER_MS) -> None:
        self._after_ms = after_ms
        self._silent_from_ms: int | None = None

    @property
    def is_owed(self) -> bool:
        """Whether an answer is due."""
        return self._silent_from_ms is not None

    def owe(self, since_ms: int) -> None:
        """An answer is due; the caller has been silent since then."""
        self._silent_from_ms = since_ms

    def settle(self) -> None:
        """Nothing is due any more: all is said, or the caller speaks."""
        self._silent_from_ms = None

    def look(self, now_ms: int, *, is_agent_heard: bool) -> bool:
        """Asked with every frame; whether something must be said now so that nobody thinks the line is dead."""
        if self._silent_from_ms is None:
            return False
        if is_agent_heard:
            self._silent_from_ms = now_ms
            return False
        if now_ms - self._silent_from_ms < self._after_ms:
            return False
        self._silent_from_ms = now_ms
        return True
