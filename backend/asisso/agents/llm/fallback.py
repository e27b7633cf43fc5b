"""Which of several models is asked first: one that has just failed is spared for a while. Pure.

A caller must not wait in every turn until the time limit of a server that is known to be down has passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Generic, TypeVar

from asisso.agents.model_error import ModelError

REST_MS: Final = 30_000
"""How long something that failed is not asked; what cannot get well by itself is never asked again in this call."""

T = TypeVar("T")


class Fallbacks(Generic[T]):
    """Things that can stand in for each other, the best first: models, recognizers, voices."""

    def __init__(self, candidates: Sequence[T]) -> None:
        self._candidates = tuple(candidates)
        self._rests_until_ms: dict[int, int | None] = {}

    def usable(self, now_ms: int) -> list[T]:
        """Those to ask now, in this order; may be none."""
        return [each for index, each in enumerate(self._candidates) if self._may_ask(index, now_ms)]

    def _may_ask(self, index: int, now_ms: int) -> bool:
        until_ms = self._rests_until_ms.get(index, 0)
        return until_ms is not None and now_ms >= until_ms

    def failed(self, candidate: T, error: ModelError, now_ms: int) -> None:
        """It did not do what it was asked."""
        index = self._candidates.index(candidate)
        rest_ms = max(REST_MS, round(1000 * (error.retry_after_s or 0)))
        self._rests_until_ms[index] = now_ms + rest_ms if error.retryable else None
