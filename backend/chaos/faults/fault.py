"""What all faults have in common: when they strike, what they may change beforehand, what they find out."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Any, ClassVar, Self

from bench.product import Product
from bench.stage import Stage

from ..caller import Caller
from ..leaving import Leaving, after_talking
from ..party import Party, Plan

STRIKES_AFTER = 0.6
"""The share of callers who have dialled when a fault that strikes once does so: many are up, many come later."""


class Fault(ABC):
    """One fault, for one experiment; an async context manager, open before the PBX is made.

    Attributes:
        name: on the command line and in the results.
        times: how often it has struck.
        figures: what it measured, for the result.
    """

    name: ClassVar[str]

    def __init__(self, plan: Plan, rng: random.Random) -> None:
        self.plan = plan
        self.rng = rng
        self.times = 0
        self.figures: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    def leaving(self) -> Leaving:
        """How the next caller goes."""
        return after_talking(self.rng, *self.plan.talk_s)

    def files(self, generated: dict[str, str], product: Product) -> dict[str, str]:
        """The files generated for Asterisk, changed where the fault stands in between."""
        return generated

    async def prepare(self, on: Stage) -> None:
        """Get ready, once product and PBX are connected and before anybody calls."""
        return

    @abstractmethod
    async def strike(self, on: Stage, party: Party) -> None:
        """Do it, while the party is on; returns when it is over."""

    def excuses(self, caller: Caller) -> bool:
        """Whether the fault itself explains that this call has no run although it reached the application."""
        return False

    def unmet(self) -> dict[str, str]:
        """The fault's own criteria that were missed, each with what was seen."""
        return {}
