"""The control: the same calls while nothing is broken. What it misses is the load's doing, not a fault's."""

from __future__ import annotations

from bench.stage import Stage

from ..party import Party
from .fault import Fault


class Nothing(Fault):
    """No fault."""

    name = "nothing"

    async def strike(self, on: Stage, party: Party) -> None:
        self.times += 1
