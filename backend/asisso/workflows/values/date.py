"""Dates: "next Tuesday", "the third of March", "tomorrow", "in two weeks", "3/14". Pure; English."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from asisso.workflows.values.cardinal import TEENS, TENS, UNITS, below_hundred, cardinal, figures
from asisso.workflows.values.found import Found
from asisso.workflows.words import word_set, words_in

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sept sep", "october oct", "november nov", "december dec"), 1
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAYS: Final = {
    name: number
    for number, names in enumerate(
        ("monday mondays mon", "tuesday tuesdays tue tues", "wednesday wednesdays wed", "thursday thursdays thu thurs",
         "friday fridays fri", "saturday saturdays", "sunday sundays")
    )
    for name in names.split()
}  # fmt: skip
_ORDINALS: Final = {
    name: number
    for number, name in enumerate(
        words_in(
    """
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
    fifteenth sixteenth seventeenth eighteenth nineteenth twentieth
    """
), 1
    )
} | {"thirtieth": 30}  # fmt: skip
_UNITS_OF_TIME: Final = {"day": 1, "days": 1, "week": 7, "weeks": 7, "fortnight": 14}
_PARTS_OF_A_DAY: Final = word_set("morning afternoon evening o'clock am pm a.m. p.m.")
_SUFFIX: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th)")
_NUMERIC: Final = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{2}|\d{4}))?")
_ISO: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")


def read_date(words: tuple[str, ...], today: date, *, is_asked: bool) -> Found | None:
    """The first date among the words, in ISO 8601. Without a year, the next such day from today on."""
    for at in range(len(words)):
        found = (
            _numeric(words, at, today)
            or _month_first(words, at, today)
            or _day_first(words, at, today)
            or _relative(words, at, today)
            or _weekday(words, at, today)
        )
        if found is not None:
            return found
    return _day_alone(words, today) if is_asked else None


def read_date_keys(keys: str, today: date) -> str | None:
    """`0314` is March 14, `03142027` the same with its year."""
    if not keys.isdigit() or len(keys) not in (4, 8):
        return None
    year = int(keys[4:]) if len(keys) == 8 else None
    day = _day_of(int(keys[:2]), int(keys[2:4]), year, today)
    return day.isoformat() if day else None


def _found(day: date | None, start: int, end: int) -> Found | None:
    return None if day is None else Found(day.isoformat(), start, end)


def _numeric(words: tuple[str, ...], at: int, today: date) -> Found | None:
    """ "3/14", "14/3/2027" (a day cannot be a month), "2027-03-14"."""
    if _ISO.fullmatch(words[at]):
        iso = _date(*(int(part) for part in words[at].split("-")))
        return _found(iso, at, at + 1)
    match = _NUMERIC.fullmatch(words[at])
    if match is None:
        return None
    month, day = int(match[1]), int(match[2])
    if month > 12:
        month, day = day, month
    year = None if match[3] is None else int(match[3])
    return _found(_day_of(month, day, year, today), at, at + 1)


def _month_first(words: tuple[str, ...], at: int, today: date) -> Found | None:
    """ "March third", "March the 3rd, 2027", "March 3"."""
    month = _MONTHS.get(words[at])
    if month is None:
        return None
    next_at = at + 2 if words[at + 1 : at + 2] == ("the",) else at + 1
    day = _day(words, next_at)
    if day is None:
        return None
    year, end = _year(words, day[1])
    return _found(_day_of(month, day[0], year, today), at, end)


def _day_first(words: tuple[str, ...], at: int, today: date) -> Found | None:
    """ "the third of March", "3 March"."""
    day = _day(words, at)
    if day is None:
        return None
    next_at = day[1] + 1 if words[day[1] : day[1] + 1] == ("of",) else day[1]
    month = _MONTHS.get(words[next_at]) if next_at < len(words) else None
    if month is None:
        return None
    year, end = _year(words, next_at + 1)
    return _found(_day_of(month, day[0], year, today), at, end)


def _relative(words: tuple[str, ...], at: int, today: date) -> Found | None:
    """ "today", "the day after tomorrow", "in three days", "a week from today", "two weeks from now"."""
    if words[at : at + 3] == ("day", "after", "tomorrow"):
        return _found(today + timedelta(2), at, at + 3)
    fixed = {"today": 0, "tonight": 0, "tomorrow": 1, "yesterday": -1}.get(words[at])
    if fixed is not None:
        return _found(today + timedelta(fixed), at, at + 1)
    amount = (1, at + 1) if words[at] in ("a", "one") else None
    number = cardinal(words, at)
    amount = amount or (None if number is None else (number.value, number.end))
    if amount is None or amount[0] > 366 or amount[1] >= len(words):
        return None
    days = _UNITS_OF_TIME.get(words[amount[1]])
    if days is None:
        return None
    is_behind = words[at - 1 : at] == ("in",)
    return _counted(words, at, today + timedelta(days * amount[0]), amount[1] + 1, is_behind=is_behind)


def _counted(words: tuple[str, ...], at: int, day: date, end: int, *, is_behind: bool) -> Found | None:
    """Days from now ("in two days", "two days from now"), from tomorrow, or from a weekday ("a week from Tuesday")."""
    if words[end : end + 1] == ("from",) or words[end : end + 1] == ("on",):
        after = words[end + 1 : end + 2]
        if after == ("now",) or after == ("today",):
            return _found(day, at, end + 2)
        if after == ("tomorrow",):
            return _found(day + timedelta(1), at, end + 2)
        if after and after[0] in _WEEKDAYS:
            return _found(_next(_WEEKDAYS[after[0]], day), at, end + 2)
    return _found(day, at, end) if is_behind else None


def _weekday(words: tuple[str, ...], at: int, today: date) -> Found | None:
    """ "Tuesday" is the coming one, "next Tuesday" that of the week that begins next Monday."""
    weekday = _WEEKDAYS.get(words[at])
    if weekday is None:
        return None
    before, after = words[at - 1 : at] if at else (), words[at + 1 : at + 2]
    if before == ("next",):
        monday = today + timedelta(7 - today.weekday())
        return _found(monday + timedelta(weekday), at - 1, at + 1)
    if after == ("week",) or words[at + 1 : at + 3] == ("next", "week"):
        monday = today + timedelta(7 - today.weekday())
        return _found(monday + timedelta(weekday), at, at + (2 if after == ("week",) else 3))
    if before == ("this",) and weekday == today.weekday():
        return _found(today, at - 1, at + 1)
    return _found(_next(weekday, today), at, at + 1)


def _day_alone(words: tuple[str, ...], today: date) -> Found | None:
    """ "the third", "on the 15th": the next such day, unless a month was said that has none."""
    if not _MONTHS.keys().isdisjoint(words):
        return None
    for at, word in enumerate(words):
        is_bare = word.isdigit() or word in UNITS or word in TEENS
        day = None if is_bare and words[at - 1 : at] != ("the",) else _day(words, at)
        if day is not None and not _is_of_a_clock(words, day[1]):
            found = next((d for d in (today + timedelta(n) for n in range(62)) if d.day == day[0]), None)
            return _found(found, at, day[1])
    return None


def _is_of_a_clock(words: tuple[str, ...], end: int) -> bool:
    """Whether a number before this place is an hour: "ten in the morning", "eleven o'clock"."""
    behind = [word for word in words[end : end + 3] if word not in ("in", "the", "at")][:1]
    return not _PARTS_OF_A_DAY.isdisjoint(behind)


def _next(weekday: int, today: date) -> date:
    """The next such day after today."""
    return today + timedelta((weekday - today.weekday() - 1) % 7 + 1)


def _day(words: tuple[str, ...], at: int) -> tuple[int, int] | None:
    """A day of the month and the place behind it: "third", "3rd", "twenty first", "3"."""
    if at >= len(words):
        return None
    word = words[at]
    suffix = _SUFFIX.fullmatch(word)
    day: tuple[int, int] | None = None
    if suffix is not None:
        day = int(suffix[1]), at + 1
    elif word in _ORDINALS:
        day = _ORDINALS[word], at + 1
    elif word in TENS and at + 1 < len(words) and _ORDINALS.get(words[at + 1], 10) < 10:
        day = TENS[word] + _ORDINALS[words[at + 1]], at + 2
    elif figures(word) is not None:
        day = int(word.replace(",", "")), at + 1
    else:
        number = below_hundred(words, at)
        day = None if number is None else (number.value, number.end)
    return day if day is not None and 1 <= day[0] <= 31 else None


def _year(words: tuple[str, ...], at: int) -> tuple[int | None, int]:
    """A year and the place behind it: "2027", "twenty twenty seven", "nineteen eighty five", "two thousand five"."""
    start = at + 1 if words[at : at + 1] in (("in",), ("of",)) else at
    century = below_hundred(words, start)
    if century is not None and century.value in (19, 20):
        rest = below_hundred(words, century.end)
        if rest is not None and rest.value >= 10:
            return century.value * 100 + rest.value, rest.end
        if words[century.end : century.end + 1] == ("oh",):
            unit = below_hundred(words, century.end + 1)
            if unit is not None and unit.value < 10:
                return century.value * 100 + unit.value, unit.end
    number = cardinal(words, start)
    if number is not None and 1900 <= number.value <= 2100:
        return number.value, number.end
    return None, at


def _day_of(month: int, day: int, year: int | None, today: date) -> date | None:
    if year is not None:
        return _date(year + 2000 if year < 100 else year, month, day)
    # The 29th of February may be years away.
    candidates = (_date(today.year + ahead, month, day) for ahead in range(9))
    return next((found for found in candidates if found is not None and found >= today), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
