"""A value of a wanted type, out of what was said or keyed. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from asisso.workflows.definition import Collected
from asisso.workflows.values.choice import read_choice
from asisso.workflows.values.corrections import read_corrected
from asisso.workflows.values.date import read_date, read_date_keys
from asisso.workflows.values.digits import read_digits
from asisso.workflows.values.found import Found, Value
from asisso.workflows.values.name import read_name
from asisso.workflows.values.number import read_number
from asisso.workflows.values.time import read_time, read_time_keys
from asisso.workflows.values.yes_no import read_yes_no
from asisso.workflows.words import Said

MAX_NUMBER_KEYS: Final = 15
"""Longer numbers lose digits where programs keep them as floating point."""


def read(field: Collected, said: Said, now: datetime, *, is_asked: bool) -> Found | None:
    """The value for a field; corrections count ("Tuesday, no, Wednesday").

    Args:
        field: what is wanted.
        said: the words.
        now: where the caller is.
        is_asked: whether the words answer the question for it. Without that, only what is clear is taken.
    """
    if field.type == "text":
        return Found(" ".join(said.written), 0, len(said)) if is_asked and len(said) else None
    if field.type == "yes_no":
        answer = read_yes_no(said.words) if is_asked else None
        return None if answer is None else Found(answer, 0, len(said))
    return read_corrected(
        said,
        lambda part: _read(field, part, now, is_asked=is_asked),
        is_row=field.type == "digits",
        is_open=field.type in ("choice", "name"),
    )


def _read(field: Collected, said: Said, now: datetime, *, is_asked: bool) -> Found | None:
    words = said.words
    match field.type:
        case "digits":
            limits = {"min_length": field.min_length, "max_length": field.max_length}
            return read_digits(words, **limits, is_asked=is_asked)
        case "number":
            return read_number(words) if is_asked else None
        case "date":
            return read_date(words, now.date(), is_asked=is_asked)
        case "time":
            return read_time(words, is_asked=is_asked)
        case "choice":
            return read_choice(words, field.options, is_asked=is_asked)
        case "name":
            return read_name(said, is_asked=is_asked)
    return None


def is_open_type(field: Collected) -> bool:
    """Whether almost any words can be a value of it."""
    return field.type in ("text", "name")


def read_keys(field: Collected, keys: str, now: datetime) -> Value | None:
    """The value keys stand for; None when they stand for none."""
    match field.type:
        case "digits":
            fits = (field.min_length or 1) <= len(keys) <= (field.max_length or len(keys))
            return keys if keys.isdigit() and fits else None
        case "number":
            return int(keys) if keys.isdigit() and len(keys) <= MAX_NUMBER_KEYS else None
        case "date":
            return read_date_keys(keys, now.date())
        case "time":
            return read_time_keys(keys)
        case "yes_no":
            return {"1": True, "2": False}.get(keys)
        case "choice":
            place = int(keys) if keys.isdigit() else 0
            return field.options[place - 1] if 1 <= place <= len(field.options) else None
    return None


def longest_keys(field: Collected) -> int | None:
    """How many keys an answer has at most; None when there is no limit, 0 when it can't be keyed."""
    match field.type:
        case "digits":
            return field.max_length
        case "number":
            return None
        case "date":
            return 8
        case "time":
            return 4
        case "yes_no":
            return 1
        case "choice":
            return len(str(len(field.options)))
    return 0
