"""Whether a caller who pauses has more to say, by what was asked for. Pure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from asisso.agents.words import tokens
from asisso.workflows.definition import Collected
from asisso.workflows.steps import Expectation
from asisso.workflows.values.digits import read_digits
from asisso.workflows.words import words_of

_ABOUT_NAMES: Final = frozenset(
    [
        "my",
        "name",
        "is",
        "it's",
        "its",
        "this",
        "i'm",
        "i",
        "am",
        "the",
        "yes",
        "sure",
        "ok",
        "okay",
        "uh",
        "um",
        "hi",
        "hello",
    ]
)


def more_to_come(expects: Expectation) -> Callable[[str], bool] | None:
    """What tells of the words so far whether others must come; None where nobody pauses inside an answer."""
    if expects.is_confirming or not expects.wanted:
        return None
    asked = expects.wanted[0]
    match asked.type:
        case "digits":
            return partial(_lacks_digits, asked)
        case "name":
            return _is_one_name
        case _:
            return None


def _lacks_digits(asked: Collected, text: str) -> bool:
    """People read out numbers in groups; how many digits there will be is known at best."""
    found = read_digits(words_of(text), min_length=None, max_length=None, is_asked=True)
    if found is None:
        return False
    return asked.max_length is None or len(str(found.value)) < asked.max_length


def _is_one_name(text: str) -> bool:
    """A first name, behind which the family's may come."""
    return sum(word not in _ABOUT_NAMES for word in tokens(text)) == 1
