"""Callers who go at random moments: before the answer, during the greeting, in the middle of a word."""

from __future__ import annotations

from collections import Counter

from bench.stage import Stage

from ..leaving import Leaving, at_random
from ..party import Party
from .fault import Fault


class CallersHangUp(Fault):
    """Every caller is the fault."""

    name = "callers-hang-up"

    def leaving(self) -> Leaving:
        self.times += 1
        return at_random(self.rng)

    async def strike(self, on: Stage, party: Party) -> None:
        self.figures["left"] = dict(Counter(caller.leaving.moment.value for caller in party.callers))
