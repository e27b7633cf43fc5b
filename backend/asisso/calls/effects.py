"""The tasks and timers one call owns; closing this leaves none behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

log = structlog.get_logger(__name__)

REQUEST_END_GRACE_S = 2.0

Effect = Coroutine[Any, Any, None]


class Effects:
    """Runs a call's steps beside its inbox.

    Args:
        on_bug: called when a step raised something nobody expected; the call must then end with a reason.
    """

    def __init__(self, on_bug: Callable[[], None]) -> None:
        self._on_bug = on_bug
        self._requests: set[asyncio.Task[None]] = set()
        self._work: set[asyncio.Task[None]] = set()
        self._timers: list[asyncio.TimerHandle] = []
        self._is_closed = False

    def request(self, effect: Effect) -> None:
        """Start a request. At the end it may still arrive, so that what it makes is there to be removed."""
        self._start(effect, self._requests)

    def work(self, effect: Effect) -> asyncio.Task[None] | None:
        """Start something that is simply cancelled at the end; None when that has come."""
        return self._start(effect, self._work)

    def later(self, delay_s: float, action: Callable[[], None]) -> None:
        self._timers.append(asyncio.get_running_loop().call_later(delay_s, action))

    async def close(self) -> None:
        """Stop the timers, cancel the work, wait a little for the requests. What they would begin next is left out."""
        self._is_closed = True
        for timer in self._timers:
            timer.cancel()
        for task in self._work:
            task.cancel()
        waiting = [*self._work, *self._requests]
        if waiting:
            _, late = await asyncio.wait(waiting, timeout=REQUEST_END_GRACE_S)
            for task in late:
                task.cancel()

    def _start(self, effect: Effect, owner: set[asyncio.Task[None]]) -> asyncio.Task[None] | None:
        if self._is_closed:
            effect.close()
            return None
        task = asyncio.create_task(self._guarded(effect))
        owner.add(task)
        task.add_done_callback(owner.discard)
        # A task that is cancelled before its first step never gets to its coroutine.
        task.add_done_callback(lambda _: effect.close())
        return task

    async def _guarded(self, effect: Effect) -> None:
        try:
            await effect
        except Exception:
            log.exception("a step of a call failed")
            self._on_bug()
