"""One timer for what every call does again and again.

With one each, 200 calls would wake the process 2,000 times a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from .ticker import Ticker

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
        self._ticker = Ticker(PERIOD_S / SLOTS, self._strike)

    @property
    def is_still(self) -> bool:
        """Whether no timer runs."""
        return self._ticker.is_still

    def join(self, action: Action) -> Action:
        """Call `action` from now on; gives what ends that, which may be called more than once."""
        slot = min(self._slots, key=len)
        slot.append(action)
        self._ticker.start()

        def leave() -> None:
            if action in slot:
                slot.remove(action)

        return leave

    def _strike(self) -> bool:
        actions = self._slots[self._next]
        self._next = (self._next + 1) % SLOTS
        for action in tuple(actions):
            try:
                action()
            except Exception:
                log.exception("a step of a call failed")
        return any(self._slots)
