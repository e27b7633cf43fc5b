"""The threads that write recordings. What many calls want to write is handed over together.

A thread woken for each block of each call would cost more than the writing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

THREADS: Final = 2
GATHER_S: Final = 0.1
"""Jobs that come within this time of the last hand-over wait for the next; a lone call's go at once."""


class Disk(Executor):
    """An `Executor` whose `submit` belongs to the event loop."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="disk")
        self._waiting: list[tuple[Future[Any], Callable[[], None]]] = []
        self._timer: asyncio.TimerHandle | None = None

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run `fn` on a thread, soon."""
        future: Future[T] = Future()

        def job() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - it is the future's to tell
                future.set_exception(error)

        self._waiting.append((future, job))
        if self._timer is None:
            self._hand_over()
        return future

    def _hand_over(self) -> None:
        self._timer = None
        if not self._waiting:
            return
        jobs, self._waiting = self._waiting, []
        self._pool.submit(_do_all, jobs)
        self._timer = asyncio.get_running_loop().call_later(GATHER_S, self._hand_over)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """What waits to be handed over is handed over first, unless it is to be cancelled."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        jobs, self._waiting = self._waiting, []
        if cancel_futures:
            for future, _ in jobs:
                future.cancel()
        elif jobs:
            self._pool.submit(_do_all, jobs)
        self._pool.shutdown(wait, cancel_futures=cancel_futures)


def _do_all(jobs: list[tuple[Future[Any], Callable[[], None]]]) -> None:
    for _, job in jobs:
        job()
