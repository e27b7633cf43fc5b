"""How long callers stay and at what moment they go. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, auto


class Moment(StrEnum):
    """When a caller's patience begins to run."""

    BEFORE_ANSWER = auto()
    """With the INVITE, whether it is answered or not."""
    GREETING = auto()
    """With the first sound of the agent."""
    MID_WORD = auto()
    """When the caller begins to speak."""
    CONVERSATION = auto()
    """With the INVITE; the caller greets, asks and listens until then."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A caller hangs up so many seconds after the moment."""

    moment: Moment
    after_s: float


Choose = Callable[[], Leaving]


def after_talking(rng: random.Random, shortest_s: float, longest_s: float) -> Leaving:
    """The caller has a whole conversation."""
    return Leaving(Moment.CONVERSATION, rng.uniform(shortest_s, longest_s))


_PATIENCE_S = {Moment.BEFORE_ANSWER: 0.03, Moment.GREETING: 1.5, Moment.MID_WORD: 1.5}
"""At most. An idle product answers within 20 ms: most of the impatient go before, some cross the answer on its way."""


def at_random(rng: random.Random) -> Leaving:
    """The caller goes when nobody expects it."""
    moment = rng.choice(list(_PATIENCE_S))
    return Leaving(moment, rng.uniform(0, _PATIENCE_S[moment]))
