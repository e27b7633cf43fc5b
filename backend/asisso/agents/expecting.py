"""Whether a caller who pauses has more to say, by what was asked for. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from asisso.agents.words import tokens
from asisso.workflows.choosing import choose_by_words
from asisso.workflows.definition import Collected
from asisso.workflows.steps import Expectation
from asisso.workflows.values.digits import read_digits
from asisso.workflows.values.yes_no import polarity
from asisso.workflows.wishes import wish
from asisso.workflows.words import Said, said

_ABOUT_NAMES: Final = frozenset(
    re.findall(r"\S+", "my name is it's its this i'm i am the yes sure ok okay uh um hi hello")
)
_SHORT: Final = 3
"""Words of an answer that is no more than a yes or a no."""


def is_patient(expects: Expectation) -> bool:
    """Whether people pause inside what was asked for: numbers are read out in groups."""
    return not expects.is_confirming and bool(expects.wanted) and expects.wanted[0].type == "digits"


def judge(expects: Expectation) -> Callable[[str], bool | None]:
    """What tells of a caller's words whether others must come (True) or all is said (False); None: who knows."""
    asked = None if expects.is_confirming or not expects.wanted else expects.wanted[0]

    def wants_more(text: str) -> bool | None:
        heard = said(text)
        if not heard.words:
            return None
        if wish(heard) is not None or choose_by_words(heard, expects.choices) is not None:
            return False
        if expects.is_confirming or asked is None:
            return False if _is_verdict(heard) else None
        return _of_value(asked, heard, text)

    return wants_more


def _of_value(asked: Collected, heard: Said, text: str) -> bool | None:
    match asked.type:
        case "digits":
            return _of_digits(asked, heard)
        case "name":
            return True if _is_one_name(text) else None
        case "yes_no":
            return False if _is_verdict(heard) else None
        case _:
            return None


def _of_digits(asked: Collected, heard: Said) -> bool | None:
    found = read_digits(heard.words, min_length=None, max_length=None, is_asked=True)
    if found is None:
        return None
    return asked.max_length is None or len(str(found.value)) < asked.max_length


def _is_one_name(text: str) -> bool:
    """A first name, behind which the family's may come."""
    return sum(word not in _ABOUT_NAMES for word in tokens(text)) == 1


def _is_verdict(heard: Said) -> bool:
    return len(heard) <= _SHORT and polarity(heard.words) is not None
