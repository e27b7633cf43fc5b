"""Numbers as people say them: "twenty one", "two and a half", "a dozen", "minus five", "1,200". Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from asisso.workflows.values.cardinal import UNITS, cardinal, figures
from asisso.workflows.values.found import Found

_FRACTIONS: Final = {
    ("a", "half"): 0.5,
    ("one", "half"): 0.5,
    ("half",): 0.5,
    ("a", "quarter"): 0.25,
    ("one", "quarter"): 0.25,
    ("three", "quarters"): 0.75,
    ("a", "third"): 1 / 3,
}
_AMOUNTS: Final = {("a", "dozen"): 12, ("a", "couple"): 2, ("a", "pair"): 2, ("half", "a", "dozen"): 6}
_SIGNS: Final = frozenset({"minus", "negative", "-"})
_NO_NUMBER_BEFORE_ONE: Final = frozenset({"the", "that", "this", "which", "no", "any", "each", "every"})
_ALIKE: Final = {"for": "four", "to": "two", "too": "two", "won": "one", "ate": "eight", "tree": "three"}
_EITHER: Final = frozenset({"or", "between"})


def read_number(words: tuple[str, ...]) -> Found | None:
    """The first number among the words; None when several are left to choose from ("two or three")."""
    found = list(_numbers(words))
    if not found and len(words) == 1:
        found = list(_numbers((_ALIKE.get(words[0], words[0]),)))
    if len(found) > 1 and not _EITHER.isdisjoint(words):
        return None
    return found[0] if found else None


def _numbers(words: tuple[str, ...]) -> Iterator[Found]:
    at = 0
    while at < len(words):
        found = _number(words, at)
        if found is not None:
            yield found
        at = at + 1 if found is None else found.end


def _number(words: tuple[str, ...], at: int) -> Found | None:
    if words[at] in _SIGNS:
        positive = _number(words, at + 1) if at + 1 < len(words) else None
        return (
            None
            if positive is None
            else Found(-float(positive.value), at, positive.end)._replace(
                value=_plain(-float(positive.value))
            )
        )
    for phrase, amount in _AMOUNTS.items():
        if words[at : at + len(phrase)] == phrase:
            return Found(amount, at, at + len(phrase))
    if words[at] == "one" and at and words[at - 1] in _NO_NUMBER_BEFORE_ONE:
        return None
    decimal = _decimal_figures(words[at])
    if decimal is not None:
        return Found(decimal, at, at + 1)
    fraction = _fraction(words, at)
    if fraction is not None:
        return fraction
    whole = cardinal(words, at)
    return None if whole is None else _with_part(words, at, whole.value, whole.end)


def _with_part(words: tuple[str, ...], start: int, whole: int, end: int) -> Found:
    if words[end : end + 1] == ("and",):
        fraction = _fraction(words, end + 1)
        if fraction is not None:
            return Found(_plain(whole + float(fraction.value)), start, fraction.end)
    if words[end : end + 1] == ("point",):
        decimals, at = _decimals(words, end + 1)
        if decimals:
            return Found(_plain(float(f"{whole}.{decimals}")), start, at)
    if words[end : end + 1] == ("dozen",):
        return Found(whole * 12, start, end + 1)
    return Found(whole, start, end)


def _decimals(words: tuple[str, ...], at: int) -> tuple[str, int]:
    digits = ""
    while at < len(words):
        figure = figures(words[at])
        value = figure if figure is not None else UNITS.get("zero" if words[at] == "oh" else words[at])
        if value is None:
            break
        digits, at = digits + str(value), at + 1
    return digits, at


def _fraction(words: tuple[str, ...], at: int) -> Found | None:
    for phrase, value in _FRACTIONS.items():
        if words[at : at + len(phrase)] == phrase:
            return Found(value, at, at + len(phrase))
    return None


def _decimal_figures(word: str) -> int | float | None:
    plain = word.replace(",", "")
    if "." not in plain or not plain.replace(".", "", 1).isdigit():
        return None
    return _plain(float(plain))


def _plain(value: float) -> int | float:
    return int(value) if value.is_integer() else value
