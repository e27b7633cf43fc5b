"""Slowing down whoever tries too often. In memory: every process counts for itself.

Attempts are counted before they are carried out, so that a crowd of parallel ones gets no further than a queue.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict, deque

from asisso.clock import Clock
from asisso.errors import TooManyRequests

MAX_KEYS = 10_000
"""How many are remembered; beyond it the one seen longest ago is forgotten."""

IPV6_NETWORK_BITS = 64
"""Whoever has one IPv6 address has a network of them."""


class Throttle:
    """Counts attempts by key in a sliding window.

    Args:
        limit: attempts that are let through within the window.
        window_s: length of the window, seconds.
        code: of the refusal.
        what: what there were too many of, as in "Too many failed attempts."
    """

    def __init__(
        self,
        clock: Clock,
        *,
        limit: int,
        window_s: int,
        code: str = "too_many_requests",
        what: str = "failed attempts",
    ) -> None:
        self._clock = clock
        self._limit = limit
        self._window_s = window_s
        self._code = code
        self._what = what
        self._attempts: OrderedDict[str, deque[float]] = OrderedDict()

    def attempt(self, key: str) -> None:
        """Count an attempt, or refuse it.

        Raises:
            TooManyRequests: the limit is reached; says when the next attempt may come.
        """
        attempts = self._recent(key)
        now = self._clock.monotonic_s()
        if len(attempts) >= self._limit:
            wait_s = max(1, round(attempts[0] + self._window_s - now))
            raise TooManyRequests(
                f"Too many {self._what}. Try again in {wait_s} s.", retry_after_s=wait_s, code=self._code
            )
        attempts.append(now)
        self._attempts[key] = attempts
        self._attempts.move_to_end(key)
        while len(self._attempts) > MAX_KEYS:
            self._attempts.popitem(last=False)

    def take_back(self, key: str) -> None:
        """Do not count the key's latest attempt after all."""
        attempts = self._attempts.get(key)
        if attempts:
            attempts.pop()

    def forget(self, key: str) -> None:
        """Do not count any of the key's attempts."""
        self._attempts.pop(key, None)

    def _recent(self, key: str) -> deque[float]:
        attempts = self._attempts.get(key, deque())
        oldest = self._clock.monotonic_s() - self._window_s
        while attempts and attempts[0] <= oldest:
            attempts.popleft()
        return attempts


def network_of(address: str) -> str:
    """What an address is counted under: itself, or the network of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 6:
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, IPV6_NETWORK_BITS), strict=False))
    return str(parsed)
