"""What to say to a caller who was not understood, in growing steps. Pure.

1  sorry, and the question again      2  what can be said      3  which keys there are      4  a person, or the end
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from asisso.workflows import phrases
from asisso.workflows.definition import Collected
from asisso.workflows.place import Place
from asisso.workflows.steps import Choice

MAX_LISTED: Final = 5
"""More than these nobody keeps in mind."""


class Repair:
    """How often one question was not answered."""

    def __init__(self) -> None:
        self._question: tuple[str, str] | None = None
        self._misses = 0

    def succeeded(self) -> None:
        """Something was understood."""
        self._misses = 0

    def missed(self, place: Place, *, is_rejected: bool) -> str:
        """What to say now; empty when there is nothing left to try.

        Args:
            place: the question that is open, and what else can be said.
            is_rejected: the words were understood, but the agent had been wrong.
        """
        name = place.unsure.field.name if place.unsure else place.asked.name if place.asked else ""
        question = (place.node.id, name)
        if question != self._question:
            self._question, self._misses = question, 0
        steps = list(_steps(place, is_rejected=is_rejected))
        step = self._misses
        self._misses += 1
        return steps[step] if step < len(steps) else ""


def can_say(field: Collected | None, choices: Sequence[Choice]) -> str:
    """What can be said now; empty when nobody knows."""
    labels = [choice.label for choice in choices if choice.label][:MAX_LISTED]
    parts = [phrases.hint(field.type, field.options)] if field else []
    return " ".join(part for part in [*parts, phrases.can_say(labels) if labels else ""] if part)


def can_press(field: Collected | None, choices: Sequence[Choice]) -> str:
    """Which keys there are now; empty when there are none."""
    keys = [(" ".join(choice.digits), choice.label or "that") for choice in choices if choice.digits]
    parts = [phrases.key_hint(field.type, field.options)] if field else []
    return " ".join(part for part in [*parts, phrases.can_press(keys[:MAX_LISTED]) if keys else ""] if part)


def _steps(place: Place, *, is_rejected: bool) -> Iterator[str]:
    """The steps that there is something to say for."""
    sorry = phrases.NOT_RIGHT if is_rejected else phrases.NOT_CAUGHT
    yield f"{sorry} {place.question}".strip()
    if place.unsure:
        yield f"{sorry} {phrases.YES_OR_NO}"
        yield phrases.YES_OR_NO_KEYS
        return
    spoken = can_say(place.asked, place.choices)
    keyed = can_press(place.asked, place.choices)
    if spoken:
        yield f"{sorry} {spoken}"
    if keyed:
        yield keyed
