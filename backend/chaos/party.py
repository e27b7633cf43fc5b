"""Everybody who calls: arrives at a steady rate, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from pbxlab import sounds
from pbxlab.telephone import Telephone
from pbxlab.telephone.g711 import Pcm

from .caller import Caller
from .leaving import Choose

FIRST_NUMBER = 200_001
PROMPTS = (
    "dir-welcome",
    "feature-not-avail-line",
    "vm-tempgreetactive",
    "something-terribly-wrong",
    "conf-placeintoconf",
)
"""Sentences of two to three seconds, none of which says goodbye."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The load.

    Attributes:
        calls: how many call in all.
        rate: how many a second.
        talk_s: how long a conversation lasts, shortest and longest.
        turns: how often a caller speaks in it; afterwards there is silence on the line.
    """

    calls: int = 200
    rate: float = 5.0
    talk_s: tuple[float, float] = (10.0, 15.0)
    turns: int = 3


class Party:
    """The callers of one experiment."""

    def __init__(self, plan: Plan, choose: Choose) -> None:
        self.plan = plan
        self.callers = [
            Caller(str(FIRST_NUMBER + i), choose(), _prompts_from(i, plan.turns)) for i in range(plan.calls)
        ]
        self.is_over = False
        self._arrived = 0
        self._moved = asyncio.Condition()

    async def come(self, telephone: Telephone) -> None:
        """Dial one after the other at the plan's rate, and wait until the last has hung up."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.TaskGroup() as lives:
                for i, caller in enumerate(self.callers):
                    await asyncio.sleep(started + i / self.plan.rate - loop.time())
                    lives.create_task(caller.live(telephone))
                    await self._count()
        finally:
            self.is_over = True

    async def has_arrived(self, share: float) -> None:
        """Wait until this share of all callers has dialled."""
        wanted = max(1, int(share * self.plan.calls))
        async with self._moved:
            await self._moved.wait_for(lambda: self._arrived >= wanted)

    async def _count(self) -> None:
        async with self._moved:
            self._arrived += 1
            self._moved.notify_all()


@lru_cache
def _spoken() -> tuple[Pcm, ...]:
    return tuple(sounds.prompt(name).load() for name in PROMPTS)


def _prompts_from(first: int, count: int) -> Iterator[Pcm]:
    """So many prompts, each caller beginning with another one."""
    return itertools.islice(itertools.cycle(_spoken()), first % len(PROMPTS), first % len(PROMPTS) + count)
