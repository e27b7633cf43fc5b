"""How long to wait before the next attempt. Pure but for the dice."""

from __future__ import annotations

import random

FIRST_DELAY_S = 0.5
MAX_DELAY_S = 30.0


class Backoff:
    """Doubles from 0.5 s to 30 s; each delay is drawn from its upper half, so that many workers spread out."""

    def __init__(self) -> None:
        self._ceiling_s = FIRST_DELAY_S

    def next_s(self) -> float:
        delay_s = random.uniform(self._ceiling_s / 2, self._ceiling_s)  # noqa: S311 - no secret
        self._ceiling_s = min(MAX_DELAY_S, self._ceiling_s * 2)
        return delay_s

    def reset(self) -> None:
        self._ceiling_s = FIRST_DELAY_S
