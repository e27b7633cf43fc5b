"""Slowing down whoever guesses passwords. In memory: every process counts for itself."""

from __future__ import annotations

from collections import OrderedDict, deque

from asisso.clock import Clock
from asisso.errors import TooManyRequests

MAX_KEYS = 10_000
"""How many guessers are remembered; beyond it the one seen longest ago is forgotten."""


class FailureThrottle:
    """Counts failures by key in a sliding window.

    Args:
        limit: failures that are tolerated within the window.
        window_s: length of the window, seconds.
    """

    def __init__(self, clock: Clock, *, limit: int, window_s: int) -> None:
        self._clock = clock
        self._limit = limit
        self._window_s = window_s
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, key: str) -> None:
        """Let the next attempt through, or not.

        Raises:
            TooManyRequests: the limit is reached; says when the next attempt may come.
        """
        failures = self._recent(key)
        if len(failures) >= self._limit:
            wait_s = max(1, round(failures[0] + self._window_s - self._clock.monotonic_s()))
            raise TooManyRequests(f"Too many failed attempts. Try again in {wait_s} s.", retry_after_s=wait_s)

    def failed(self, key: str) -> None:
        """Count a failure."""
        failures = self._recent(key)
        failures.append(self._clock.monotonic_s())
        self._failures[key] = failures
        self._failures.move_to_end(key)
        while len(self._failures) > MAX_KEYS:
            self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """Forget the key's failures."""
        self._failures.pop(key, None)

    def _recent(self, key: str) -> deque[float]:
        failures = self._failures.get(key, deque())
        oldest = self._clock.monotonic_s() - self._window_s
        while failures and failures[0] <= oldest:
            failures.popleft()
        return failures
