"""One timer for what every call does again and again.

With one each, 200 calls would wake the process 2,000 times a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

log = structlog.get_logger(__name__)

PERIOD_S: Final = 0.1
SLOTS: Final = 4
"""Calls are spread over the period, so that their work never comes all at once."""

Action = Callable[[], None]


class Beat:
    """Calls each of its actions every `PERIOD_S`; stands still while there are none. Belongs to the event loop."""

    def __init__(self) -> None:
        self._slots: list[list[Action]] = [[] for _ in range(SLOTS)]
        self._next = 0
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_still(self) -> bool:
        """Whether no timer runs."""
        return self._timer is None

    def join(self, action: Action) -> Action:
        """Call `action` from now on; gives what ends that, which may be called more than once."""
        slot = min(self._slots, key=len)
        slot.append(action)
        if self._timer is None:
            self._due = asyncio.get_running_loop().time()
            self._wait()

        def leave() -> None:
            if action in slot:
                slot.remove(action)

        return leave

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        # After a stall the beat goes on from the present: nobody wants what was missed.
        self._due = max(self._due + PERIOD_S / SLOTS, loop.time())
        self._timer = loop.call_at(self._due, self._strike)

    def _strike(self) -> None:
        actions = self._slots[self._next]
        self._next = (self._next + 1) % SLOTS
        for action in tuple(actions):
            try:
                action()
            except Exception:
                log.exception("a step of a call failed")
        if any(self._slots):
            self._wait()
        else:
            self._timer = None
