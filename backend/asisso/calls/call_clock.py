"""One call's clock."""

from __future__ import annotations

from time import monotonic


class CallClock:
    """Counts ms since the call reached us, however often the machine's clock is set.

    Args:
        elapsed_ms: counted before, by an earlier process.
    """

    def __init__(self, elapsed_ms: int = 0) -> None:
        self._began = monotonic() - elapsed_ms / 1000

    def now_ms(self) -> int:
        """The present moment."""
        return int((monotonic() - self._began) * 1000)
