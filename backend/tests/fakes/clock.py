"""A clock that stands still until it is told to move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class ManualClock:
    """Begins at the present, so that what the database dates itself fits to it."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC)
        self._elapsed_s = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic_s(self) -> float:
        return self._elapsed_s

    def advance(self, duration: timedelta) -> None:
        self._now += duration
        self._elapsed_s += duration.total_seconds()
