"""A timer that goes on as long as there is something to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Ticker:
    """Calls `action` each period from `start` on, until that says that nothing is left to do.

    Belongs to the event loop. After a stall it goes on from the present: nobody wants what was missed.
    """

    def __init__(self, period_s: float, action: Callable[[], bool]) -> None:
        self._period_s = period_s
        self._action = action
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_still(self) -> bool:
        """Whether no timer runs."""
        return self._timer is None

    def start(self) -> None:
        """Begin, unless it runs already."""
        if self._timer is None:
            self._due = asyncio.get_running_loop().time()
            self._wait()

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = max(self._due + self._period_s, loop.time())
        self._timer = loop.call_at(self._due, self._strike)

    def _strike(self) -> None:
        if self._action():
            self._wait()
        else:
            self._timer = None
