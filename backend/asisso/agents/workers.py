"""Threads for what is too heavy for the event loop, shared fairly by the calls of the process.

A job waits on the event loop and goes to a thread only when one is free: what nobody wants any more (a call that ended,
an utterance that was superseded) is cancelled by its waiter and never runs. Who goes next follows start-time fair
queueing (Goyal, Vin, Cheng 1996): a call that has had much waits behind one that has had little, a short job goes
before a long one that came at the same time, and nobody is passed over for ever.
"""

from __future__ import annotations

import asyncio
import heapq
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, TypeVar

from asisso.agents.agent import AgentFailed

T = TypeVar("T")

NICENESS: Final = 5
"""The event loop carries the sound of every call: where processors are short, inference waits and not the loop."""

_LEARNING: Final = 0.2
_MOST_MISJUDGED: Final = 20.0


class AgentOverloaded(AgentFailed):
    """This node has more speech to work on than it can; a moment later it may not."""

    code = "agent_overloaded"
    retryable = True


class Share:
    """What one call has had of the workers so far; `None` instead of one is for work no caller waits for."""

    __slots__ = ("finish",)

    def __init__(self) -> None:
        self.finish = 0.0


@dataclass(frozen=True, slots=True)
class WorkersStats:
    """What the workers have to do.

    Attributes:
        waiting: jobs that wait for a thread.
        running: jobs on a thread.
        expected_wait_s: how long a job that came now would wait.
        done, refused, dropped: jobs since the start: ended; refused because too many waited; given up, waiting or
            running, because they took too long or nobody wanted them any more.
    """

    waiting: int
    running: int
    expected_wait_s: float
    done: int
    refused: int
    dropped: int


@dataclass(order=True, slots=True)
class _Job:
    rank: float
    number: int
    start: float = field(compare=False)
    cost_s: float = field(compare=False)
    work: Callable[[], Any] = field(compare=False)
    future: asyncio.Future[Any] = field(compare=False)


class Workers:
    """Belongs to the event loop's thread.

    Args:
        task: what they do, for people who read errors.
        threads: how many run at once.
        max_waiting: more are refused.
        limit_s: how long waiting and running may take together.
        niceness: added to the threads' nice value where the system has one for threads.
        on_change: told whenever a job came or left.
    """

    def __init__(
        self,
        task: str,
        *,
        threads: int,
        max_waiting: int,
        limit_s: float,
        niceness: int = NICENESS,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._task = task
        self._max_waiting = max_waiting
        self._limit_s = limit_s
        self._on_change = on_change
        self._size = threads
        self._threads = ThreadPoolExecutor(
            threads, thread_name_prefix=task.replace(" ", "-"), initializer=_be_nice, initargs=(niceness,)
        )
        self._waiting: list[_Job] = []
        self._running = 0
        self._numbers = count()
        self._virtual = 0.0
        self._cost_factor = 1.0
        self._is_closed = False
        self._done = self._refused = self._dropped = 0

    @property
    def stats(self) -> WorkersStats:
        waiting = [job for job in self._waiting if not job.future.done()]
        return WorkersStats(
            len(waiting),
            self._running,
            sum(job.cost_s for job in waiting) * self._cost_factor / self._size,
            self._done,
            self._refused,
            self._dropped,
        )

    @property
    def is_busy(self) -> bool:
        """Whether a job that came now would have to wait."""
        return self._running >= self._size

    async def run(
        self,
        work: Callable[[], T],
        *,
        cost_s: float,
        share: Share | None = None,
        is_urgent: bool = False,
        task: str | None = None,
    ) -> T:
        """Run `work` on a thread.

        Args:
            cost_s: about how long it takes.
            share: of the call it is for.
            is_urgent: whether it goes before all that waits, though it counts as any other: for the last step of what
                has waited before.
            task: what it is, if not what these workers usually do.

        Raises:
            AgentOverloaded: too many jobs wait already, or this one took too long.
        """
        task = task or self._task
        if len(self._waiting) >= self._max_waiting:
            self._forget_cancelled()
        if len(self._waiting) >= self._max_waiting or self._is_closed:
            self._refused += 1
            raise AgentOverloaded(f"Too many calls wait for {task}; take fewer calls on this node.")
        job = self._enqueue(work, cost_s, share, is_urgent)
        try:
            async with asyncio.timeout(self._limit_s):
                result: T = await job.future
        except TimeoutError:
            self._dropped += 1
            raise AgentOverloaded(
                f"{task.capitalize()} took more than {self._limit_s:g} s; take fewer calls on this node."
            ) from None
        except asyncio.CancelledError:
            self._dropped += 1
            raise
        finally:
            job.future.cancel()
            self._on_change()
        self._done += 1
        return result

    def _enqueue(self, work: Callable[[], Any], cost_s: float, share: Share | None, is_urgent: bool) -> _Job:
        owed = share.finish if share is not None else self._virtual + 1.0
        start = max(self._virtual, owed)
        future = asyncio.get_running_loop().create_future()
        rank = 0.0 if is_urgent else start + cost_s
        job = _Job(rank, next(self._numbers), start, cost_s, work, future)
        if share is not None:
            share.finish = start + cost_s
        heapq.heappush(self._waiting, job)
        self._fill()
        self._on_change()
        return job

    def _fill(self) -> None:
        """Give free threads the next jobs that are still wanted."""
        while self._running < self._size and self._waiting and not self._is_closed:
            job = heapq.heappop(self._waiting)
            if job.future.done():
                continue
            if job.rank:
                self._virtual = max(self._virtual, job.start)
            self._running += 1
            loop = asyncio.get_running_loop()
            self._threads.submit(self._work, job, loop)

    def _work(self, job: _Job, loop: asyncio.AbstractEventLoop) -> None:
        """On a thread."""
        began = time.perf_counter()
        result: Any = None
        failure: Exception | None = None
        try:
            result = job.work()
        except Exception as error:  # noqa: BLE001 - it is raised again where the result is awaited
            failure = error
        took_s = time.perf_counter() - began
        try:
            loop.call_soon_threadsafe(self._ended, job, result, failure, took_s)
        except RuntimeError:
            return  # the loop has been closed meanwhile, and with it everybody who waited

    def _ended(self, job: _Job, result: Any, failure: Exception | None, took_s: float) -> None:
        self._running -= 1
        misjudged = min(took_s / job.cost_s, _MOST_MISJUDGED)
        self._cost_factor += _LEARNING * (misjudged - self._cost_factor)
        if not job.future.done():
            if failure is None:
                job.future.set_result(result)
            else:
                job.future.set_exception(failure)
        self._fill()
        self._on_change()

    def _forget_cancelled(self) -> None:
        self._waiting = [job for job in self._waiting if not job.future.done()]
        heapq.heapify(self._waiting)

    def close(self) -> None:
        """Refuse what comes, cancel what waits; what runs ends by itself."""
        self._is_closed = True
        for job in self._waiting:
            job.future.cancel()
        self._waiting.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)


def _be_nice(niceness: int) -> None:
    """On Linux a nice value belongs to the thread; elsewhere it would slow down the whole process."""
    if niceness and sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + niceness)
