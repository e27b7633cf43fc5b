"""One of a few options: by its words, by its place ("the second one"), or by its sound. Pure; English."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asisso.workflows.values.alike import phrases_alike
from asisso.workflows.values.cardinal import cardinal
from asisso.workflows.values.found import Found
from asisso.workflows.words import contains, words_of

_PLACES: Final = {
    "first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "sixth": 5, "1st": 0, "2nd": 1, "3rd": 2, "4th": 3,
    "5th": 4, "former": 0, "latter": 1,
}  # fmt: skip
_BEFORE_PLACE: Final = frozenset({"number", "option", "choice", "press"})


def read_choice(words: tuple[str, ...], options: Sequence[str], *, is_asked: bool) -> Found | None:
    """The option that was meant, with its words as the workflow has them."""
    found = _by_words(words, options)
    if found is None and is_asked:
        found = _by_place(words, options) or _by_sound(words, options)
    return found


def _by_words(words: tuple[str, ...], options: Sequence[str]) -> Found | None:
    """The longest option that was said; None when two are left ("sales or support")."""
    hits: list[Found] = []
    for option in options:
        phrase = words_of(option)
        at = contains(words, phrase)
        if at is not None:
            hits.append(Found(option, at, at + len(phrase)))
    hits = [hit for hit in hits if not any(_is_inside(hit, other) for other in hits)]
    return hits[0] if len(hits) == 1 else None


def _is_inside(hit: Found, other: Found) -> bool:
    return other is not hit and other.start <= hit.start and hit.end <= other.end and hit[1:] != other[1:]


def _by_place(words: tuple[str, ...], options: Sequence[str]) -> Found | None:
    for at, word in enumerate(words):
        place = _PLACES.get(word)
        if word == "last" and words[at : at + 2] in (("last",), ("last", "one"), ("last", "option")):
            place = len(options) - 1
        if word in _BEFORE_PLACE:
            number = cardinal(words, at + 1)
            place = number.value - 1 if number else None
        if place is not None and 0 <= place < len(options):
            return Found(options[place], at, at + 1)
    number = cardinal(words, 0)
    if number is not None and number.end == len(words) and 1 <= number.value <= len(options):
        return Found(options[number.value - 1], 0, number.end)
    return None


def _by_sound(words: tuple[str, ...], options: Sequence[str]) -> Found | None:
    hits: dict[str, Found] = {}
    for option in options:
        phrase = words_of(option)
        for at in range(len(words) - len(phrase) + 1):
            if phrases_alike(words[at : at + len(phrase)], phrase):
                hits.setdefault(option, Found(option, at, at + len(phrase)))
    return next(iter(hits.values())) if len(hits) == 1 else None
