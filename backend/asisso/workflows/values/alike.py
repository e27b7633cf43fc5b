"""Whether words sound alike: recognizers write "sails" for "sales". Pure; English."""

from __future__ import annotations

from typing import Final

import jellyfish

MIN_LENGTH: Final = 4
"""Shorter words are alike by chance."""

LIKE_SPELLING: Final = 0.94
"""Jaro-Winkler: "order" and "orders" are 0.97, "Monday" and "Sunday" 0.78, "billing" and "building" 0.88."""

LIKE_SOUND: Final = 0.85
"""The same for words with one Metaphone: "sales" and "sails" are 0.89."""


def phrases_alike(heard: tuple[str, ...], meant: tuple[str, ...]) -> bool:
    """The same for several words, each for itself: long texts with one other word are alike by their length."""
    if "".join(heard) == "".join(meant):
        return True
    return len(heard) == len(meant) and all(sounds_like(a, b) for a, b in zip(heard, meant, strict=True))


def sounds_like(heard: str, meant: str) -> bool:
    """Whether one word can be the other, misrecognised or in another form."""
    a, b = heard.lower(), meant.lower()
    if a == b:
        return True
    if min(len(a), len(b)) < MIN_LENGTH:
        return False
    likeness = jellyfish.jaro_winkler_similarity(a, b)
    return likeness >= LIKE_SPELLING or (
        likeness >= LIKE_SOUND and jellyfish.metaphone(a) == jellyfish.metaphone(b)
    )
