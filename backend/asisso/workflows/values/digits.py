"""Digits as people read them out: "four two double seven", "oh five", "forty two", "555-123-4567". Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

from asisso.workflows.values.cardinal import cardinal
from asisso.workflows.values.found import Found

CLEAR_LENGTH: Final = 3
"""So many digits in a row are meant as such, even where nobody asked for them."""

_ZEROS: Final = frozenset({"oh", "o", "zero", "nought", "naught", "nil"})
_REPEATS: Final = {"double": 2, "triple": 3, "treble": 3}
_BETWEEN: Final = frozenset({"and", "then", "dash", "hyphen", "space", "uh", "um", "er", "-", "+", "plus"})
_ALIKE: Final = {
    "for": "four",
    "fore": "four",
    "to": "two",
    "too": "two",
    "won": "one",
    "ate": "eight",
    "tree": "three",
    "or": "four",
}
"""What a recognizer writes for digits without context."""

_ALIKE_AT_FIRST: Final = {"or": "four", "for": "four", "fore": "four"}
"""The same before other digits, where nothing could be meant but the first of them."""


class _Row(NamedTuple):
    digits: str
    start: int
    end: int


def read_digits(
    words: tuple[str, ...], *, min_length: int | None, max_length: int | None, is_asked: bool
) -> Found | None:
    """The longest row of digits among the words, when its length is allowed."""
    if is_asked and words and _piece(words, 1) is not None:
        words = (_ALIKE_AT_FIRST.get(words[0], words[0]), *words[1:])
    rows = _rows(words)
    if is_asked and not rows:
        rows = _rows(tuple(_ALIKE.get(word, word) for word in words))
    if not rows:
        return None
    best = max(rows, key=lambda row: len(row.digits))
    shortest = (min_length or 1) if is_asked else max(CLEAR_LENGTH, min_length or 1)
    longest = max_length or len(best.digits)
    return Found(*best) if shortest <= len(best.digits) <= longest else None


def _rows(words: tuple[str, ...]) -> list[_Row]:
    rows: list[_Row] = []
    at = 0
    while at < len(words):
        row = _row(words, at)
        if row.digits:
            rows.append(row)
        at = max(row.end, at + 1)
    return rows


def _row(words: tuple[str, ...], start: int) -> _Row:
    digits, at, end = "", start, start
    while at < len(words):
        piece = _piece(words, at)
        if piece is not None:
            digits += piece.digits
            at = end = piece.end
        elif digits and words[at] in _BETWEEN:
            at += 1
        elif digits and words[at] in _ALIKE and _piece(words, at + 1) is not None:
            digits += (_piece((_ALIKE[words[at]],), 0) or _Row("", 0, 0)).digits
            at += 1
        else:
            break
    return _Row(digits, start, end)


def _piece(words: tuple[str, ...], at: int) -> _Row | None:
    if at >= len(words):
        return None
    word = words[at]
    if word in _ZEROS:
        return _Row("0", at, at + 1)
    if word.isascii() and word.isdigit():
        return _Row(word, at, at + 1)
    if word in _REPEATS:
        repeated = _piece(words[: at + 2], at + 1)
        return _Row(repeated.digits * _REPEATS[word], at, repeated.end) if repeated else None
    number = cardinal(words, at)
    return None if number is None else _Row(str(number.value), at, number.end)
