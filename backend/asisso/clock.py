"""Time, as something that can be handed in.

Code whose rules depend on time takes a `Clock`, so that its tests move time instead of waiting for it.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


def utc_now() -> datetime:
    """The present moment, UTC-aware."""
    return datetime.now(UTC)


class Clock(Protocol):
    def now(self) -> datetime:
        """Wall-clock time, UTC-aware: for what is stored and shown."""

    def monotonic_s(self) -> float:
        """Seconds from an arbitrary start that never run backwards: for limits and durations."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return utc_now()

    def monotonic_s(self) -> float:
        return time.monotonic()
