"""A caller's words, taken apart for those who read values and choices out of them. Pure; English."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Final


def words_in(listed: str) -> tuple[str, ...]:
    """A list of words in a text, parted by spaces."""
    return tuple(listed.split())


def word_set(listed: str) -> frozenset[str]:
    """The same, where order does not matter."""
    return frozenset(listed.split())


def phrases_in(listed: str) -> tuple[tuple[str, ...], ...]:
    """A list of phrases in a text, parted by commas, each as its words."""
    return tuple(tuple(phrase.split()) for phrase in listed.split(","))


MAX_WORDS: Final = 200
"""A turn of half a minute has fewer; what comes behind them is not read."""

CONSUMED: Final = "|"
"""Stands where words were that a value has been read from: nothing is read across it."""

_TOKEN: Final = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}"  # 2026-03-14
    r"|\d{1,2}/\d{1,2}(?:/\d{2,4})?"
    r"|\d{1,2}:\d{2}"
    r"|\d{1,3}(?:,\d{3})+(?:\.\d+)?"  # 1,200
    r"|\d+\.\d+"
    r"|\d+(?:st|nd|rd|th)\b"
    r"|\d+"
    r"|[ap]\.m\b\.?"
    r"|[^\W\d_]+(?:'[^\W\d_]+)*"
    r"|\+(?=\d)"
    r"|-(?=\d)",
    re.IGNORECASE,
)

_PARTED: Final = re.compile(r"\b(to|some|any)[- ](morrow|night|one|body)\b|\b(to)-(day)\b", re.IGNORECASE)
_GOODBYE: Final = re.compile(r"\bgood[- ]by(?:e)?\b", re.IGNORECASE)
"""One word each, which recognizers write in two."""

_POLITE: Final = word_set(
    """
    please thanks thank you um uh er ah oh well so okay ok hi hello hey the a an just it's its like i'd
    """
)
"""Words that do not change what somebody wants."""


_LONG_FORMS: Final = {
    "that's": ("that", "is"),
    "what's": ("what", "is"),
    "where's": ("where", "is"),
    "when's": ("when", "is"),
    "i'm": ("i", "am"),
    "i've": ("i", "have"),
    "don't": ("do", "not"),
    "can't": ("can", "not"),
    "cannot": ("can", "not"),
    "won't": ("will", "not"),
    "isn't": ("is", "not"),
    "hasn't": ("has", "not"),
    "haven't": ("have", "not"),
    "didn't": ("did", "not"),
    "doesn't": ("does", "not"),
    "you're": ("you", "are"),
    "i'll": ("i", "will"),
    "that'll": ("that", "will"),
}


@dataclass(frozen=True)
class Said:
    """What was said, word by word: `written` as recognised, `words` in small letters."""

    written: tuple[str, ...]

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(word.lower() for word in self.written)

    def without(self, start: int, end: int) -> Said:
        """The rest, when the words from `start` to before `end` have been read."""
        gap = (CONSUMED,) * (end - start)
        return Said(self.written[:start] + gap + self.written[end:])

    def __len__(self) -> int:
        return len(self.written)


def said(text: str) -> Said:
    """Take a text apart: "Forty-two, at 2:30 p.m." is Forty, two, at, 2:30, p.m."""
    joined = _PARTED.sub(lambda parts: "".join(part or "" for part in parts.groups()), text.replace("’", "'"))
    found = _TOKEN.finditer(_GOODBYE.sub("goodbye", joined))
    return Said(tuple(match.group() for match in islice(found, MAX_WORDS)))


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text in small letters."""
    return said(text).words


def gist(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words in their long forms, without those of politeness and hesitation unless there are no others."""
    long = tuple(part for word in words for part in _LONG_FORMS.get(word, (word,)))
    return tuple(word for word in long if word not in _POLITE) or words


def contains(words: tuple[str, ...], phrase: tuple[str, ...]) -> int | None:
    """Where a phrase begins in the words; None when it is not there."""
    size = len(phrase)
    if not size:
        return None
    return next((at for at in range(len(words) - size + 1) if words[at : at + size] == phrase), None)
