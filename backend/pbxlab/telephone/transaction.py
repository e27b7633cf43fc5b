"""Sends a SIP message again until it is answered (RFC 3261 section 17, timers A/B, E/F, G/H).

Owns one timer. Must not know what the message is.
"""

import asyncio
from collections.abc import Callable

T1_S = 0.5
T2_S = 4.0
GIVE_UP_AFTER_S = 64 * T1_S


class Retransmission:
    """Calls `send` now and then at growing intervals until `stop`, or gives up with `on_timeout`."""

    def __init__(
        self, send: Callable[[], None], on_timeout: Callable[[], None], *, longest_interval_s: float = T2_S
    ) -> None:
        self._send = send
        self._on_timeout = on_timeout
        self._longest_interval_s = longest_interval_s
        self._waited_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._again_after(T1_S)
        send()

    def stop(self) -> None:
        """The message was answered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _again_after(self, interval_s: float) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(interval_s, self._repeat, interval_s)

    def _repeat(self, interval_s: float) -> None:
        self._waited_s += interval_s
        if self._waited_s >= GIVE_UP_AFTER_S:
            self._timer = None
            self._on_timeout()
            return
        self._again_after(min(interval_s * 2, self._longest_interval_s))
        self._send()
