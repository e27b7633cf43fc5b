"""Whole numbers in words or figures, the ground of digits, numbers, dates and times. Pure; English."""

from __future__ import annotations

from typing import Final, NamedTuple

UNITS: Final = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
}  # fmt: skip
TEENS: Final = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS: Final = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_SCALES: Final = {"thousand": 1_000, "million": 1_000_000}
_SMALL: Final = UNITS | TEENS | TENS


class Cardinal(NamedTuple):
    """A number and the place of the first word behind it."""

    value: int
    end: int


def cardinal(words: tuple[str, ...], start: int) -> Cardinal | None:
    """The longest number that begins with this word: "four hundred and two", "twenty one", "1,200"."""
    figure = figures(words[start]) if start < len(words) else None
    if figure is not None:
        return _scaled(words, Cardinal(figure, start + 1))
    group = _below_thousand(words, start)
    return None if group is None else _scaled(words, group)


def figures(word: str) -> int | None:
    """A number in figures; None for anything else."""
    plain = word.replace(",", "")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 15 else None


def below_hundred(words: tuple[str, ...], start: int) -> Cardinal | None:
    """ "seven", "seventeen", "seventy", "seventy seven"."""
    value = _SMALL.get(words[start]) if start < len(words) else None
    if value is None:
        return None
    unit = UNITS.get(words[start + 1], 0) if start + 1 < len(words) else 0
    if words[start] in TENS and unit:
        return Cardinal(value + unit, start + 2)
    return Cardinal(value, start + 1)


def _below_thousand(words: tuple[str, ...], start: int) -> Cardinal | None:
    is_a_hundred = words[start : start + 1] == ("a",) and words[start + 1 : start + 2] in (
        ("hundred",),
        ("thousand",),
        ("million",),
    )
    head = Cardinal(1, start + 1) if is_a_hundred else below_hundred(words, start)
    if head is None or words[head.end : head.end + 1] != ("hundred",):
        return head
    end = head.end + 1
    rest_at = end + 1 if words[end : end + 1] == ("and",) else end
    rest = below_hundred(words, rest_at)
    if rest is None:
        return Cardinal(head.value * 100, end)
    return Cardinal(head.value * 100 + rest.value, rest.end)


def _scaled(words: tuple[str, ...], group: Cardinal) -> Cardinal:
    """Go on with thousands and millions, as long as they come in falling order."""
    total, end, last_scale = 0, group.end, 10**9
    part: Cardinal | None = group
    while part is not None:
        scale = _SCALES.get(words[part.end]) if part.end < len(words) else None
        if scale is None or scale >= last_scale:
            return (
                Cardinal(total + part.value, part.end)
                if total == 0 or part.value < last_scale
                else Cardinal(total, end)
            )
        total, end, last_scale = total + part.value * scale, part.end + 1, scale
        rest_at = end + 1 if words[end : end + 1] == ("and",) else end
        part = _below_thousand(words, rest_at)
    return Cardinal(total, end)
