"""How values sound in a sentence. Pure; English."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final

from asisso.workflows.words import words_in

_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ORDINALS: Final = words_in(
    """
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
    fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third
    twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first
    """
)
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_ISO_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_ISO_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")
NEAR_DAYS: Final = 300
"""Dates that are further away are said with their year."""


def say_value(kind: str | None, value: object, today: date) -> str:
    """A value as it is spoken; `kind` is its `collect` type, None for values from elsewhere."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, list):
        return ", ".join(say_value(kind, item, today) for item in value)
    text = str(value)
    speak = _SPEAKERS.get(kind or "")
    return speak(text, today) if speak is not None else _by_shape(text, today)


def say_digits(text: str) -> str:
    """Digits one by one; a long row in threes and a last four, with pauses as telephone numbers have."""
    digits = [_DIGITS[int(c)] for c in text if c.isascii() and c.isdigit()]
    # The country code is what is left over before the threes.
    first = (len(digits) - 4) % 3 if text.startswith("+") and len(digits) > 4 else 0
    groups = [digits[:first]]
    rest = digits[first:]
    while len(rest) > 4:
        groups.append(rest[:3])
        rest = rest[3:]
    spoken = ", ".join(" ".join(group) for group in [*groups, rest] if group)
    return f"plus {spoken}" if text.startswith("+") else spoken


def say_date(day: date, today: date) -> str:
    """ "Tuesday, March third", with the year when that is not near."""
    spoken = f"{WEEKDAYS[day.weekday()]}, {_MONTHS[day.month - 1]} {_ORDINALS[day.day - 1]}"
    return spoken if abs((day - today).days) <= NEAR_DAYS else f"{spoken}, {day.year}"


def say_time(hour: int, minute: int) -> str:
    """ "2 PM", "2:30 PM", "noon"."""
    if minute == 0 and hour in (0, 12):
        return "noon" if hour else "midnight"
    half = "AM" if hour < 12 else "PM"
    clock = hour % 12 or 12
    return f"{clock} {half}" if minute == 0 else f"{clock}:{minute:02} {half}"


def _date(text: str, today: date) -> str:
    try:
        return say_date(date.fromisoformat(text), today)
    except ValueError:
        return text


def _time(text: str, today: date) -> str:
    match = _ISO_TIME.fullmatch(text)
    return text if match is None else say_time(int(match[1]), int(match[2]))


def _moment(text: str, today: date) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{say_date(moment.date(), today)}, at {say_time(moment.hour, moment.minute)}"


_SPEAKERS: Final[Mapping[str, Callable[[str, date], str]]] = {
    "digits": lambda text, today: say_digits(text) or text,
    "date": _date,
    "time": _time,
}


def _by_shape(text: str, today: date) -> str:
    for shape, speak in ((_ISO_DATE, _date), (_ISO_TIME, _time), (_ISO_MOMENT, _moment)):
        if shape.fullmatch(text):
            return speak(text, today)
    return text
