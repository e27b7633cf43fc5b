"""What to say to a caller who was not understood, in growing steps. Pure.

1  sorry, and the question again      2  what can be said      3  which keys there are      4  a person, or the end
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asisso.workflows import phrases
from asisso.workflows.definition import Collected
from asisso.workflows.steps import Choice

MAX_LISTED: Final = 5
"""More options than these nobody keeps in mind."""


class Repair:
    """How often one question was not answered."""

    def __init__(self) -> None:
        self._question: object = None
        self._misses = 0

    def succeeded(self) -> None:
        """Something was understood."""
        self._misses = 0

    def missed(
        self,
        question: tuple[str, str, bool],
        asked: str,
        field: Collected | None,
        choices: Sequence[Choice],
    ) -> str | None:
        """What to say now; None when there is nothing left to try.

        Args:
            question: tells this question from others: node, field, whether a value is being confirmed.
            asked: its words.
            field: what it asks for.
            choices: what else can be said.
        """
        if question != self._question:
            self._question, self._misses = question, 0
        is_confirming = question[2]
        steps = [f"{phrases.NOT_CAUGHT} {asked}"]
        spoken = can_say(None if is_confirming else field, choices, is_confirming=is_confirming)
        steps += [f"{phrases.NOT_CAUGHT} {spoken}"] if spoken else []
        keyed = can_press(None if is_confirming else field, choices, is_confirming=is_confirming)
        steps += [keyed] if keyed else []
        step = self._misses
        self._misses += 1
        return steps[step].strip() if step < len(steps) else None


def can_say(field: Collected | None, choices: Sequence[Choice], *, is_confirming: bool = False) -> str:
    """What can be said now; empty when nobody knows."""
    if is_confirming:
        return phrases.YES_OR_NO
    labels = [choice.label for choice in choices if choice.label][:MAX_LISTED]
    parts = [phrases.hint(field.type, field.options)] if field else []
    if labels:
        parts.append(phrases.can_say(labels))
    return " ".join(part for part in parts if part)


def can_press(field: Collected | None, choices: Sequence[Choice], *, is_confirming: bool = False) -> str:
    """Which keys there are now; empty when there are none."""
    if is_confirming:
        return phrases.YES_OR_NO_KEYS
    keys = [(" ".join(choice.digits), choice.label or "that") for choice in choices if choice.digits]
    parts = [phrases.key_hint(field.type, field.options)] if field else []
    if keys:
        parts.append(phrases.can_press(keys))
    return " ".join(part for part in parts if part)
