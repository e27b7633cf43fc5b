"""Notices when the event loop is too busy: everything a call hears waits for it."""

from __future__ import annotations

import asyncio
import time
from collections import deque

from asisso.metrics import EVENT_LOOP_LAG

SAMPLE_EVERY_S = 0.5
OVERLOAD_LAG_S = 0.25
"""More than what a telephone's jitter buffer bridges."""

OVERLOADED_SAMPLES = 6
"""So many late samples among the last `WINDOW_SAMPLES` are an overload; a single long step is not."""

WINDOW_SAMPLES = 10


class EventLoopWatch:
    """Samples how late timers run."""

    def __init__(self) -> None:
        self._late: deque[bool] = deque(maxlen=WINDOW_SAMPLES)

    @property
    def is_overloaded(self) -> bool:
        """Whether the loop was late most of the last five seconds."""
        return sum(self._late) >= OVERLOADED_SAMPLES

    async def run(self) -> None:
        """Sample until cancelled."""
        while True:
            asked = time.monotonic()
            await asyncio.sleep(SAMPLE_EVERY_S)
            self.saw(time.monotonic() - asked - SAMPLE_EVERY_S)

    def saw(self, lag_s: float) -> None:
        """Take one sample."""
        EVENT_LOOP_LAG.observe(max(0.0, lag_s))
        self._late.append(lag_s > OVERLOAD_LAG_S)
