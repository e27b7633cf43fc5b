"""Words as they are counted: what was said and what was understood, spelled alike. Pure.

A recogniser writes "I'm at 555-12", a list of prompts "I am at five five five one two"; neither is a mistake. Numbers
become their digits, one word each; contractions are written out; compounds are written as the other side writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_UNITS: Final = {
    "zero": 0,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
}
_TENS: Final = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_SCALES: Final = {"hundred": 100, "thousand": 1000}

_ORDINALS: Final = {
    "1st": "first",
    "2nd": "second",
    "3rd": "third",
    "4th": "fourth",
    "5th": "fifth",
    "6th": "sixth",
    "7th": "seventh",
    "8th": "eighth",
    "9th": "ninth",
    "10th": "tenth",
}
_IRREGULAR: Final = {
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "shan't": "shall not",
    "let's": "let us",
    "ok": "okay",
    "mr": "mister",
    "mrs": "missus",
    "p.m": "pm",
    "a.m": "am",
}
_ENDINGS: Final = {
    "n't": " not",
    "'m": " am",
    "'re": " are",
    "'ve": " have",
    "'ll": " will",
    "'d": " would",
}
_IS: Final = frozenset(["it", "that", "there", "here", "what", "who", "where", "how", "he", "she", "this"])
"""Behind these 's is short for is; elsewhere it tells whose something is."""

_SIGNS: Final = {
    "&": " and ",
    "%": " percent ",
    "#": " pound ",
    "*": " star ",
    "+": " plus ",
    "$": " dollars ",
}
_SPELLINGS: Final = {
    "cancelled": "canceled",
    "cancelling": "canceling",
    "dialled": "dialed",
    "dialling": "dialing",
    "centre": "center",
    "colour": "color",
    "favourite": "favorite",
    "programme": "program",
    "recognise": "recognize",
    "whilst": "while",
}
"""One language, two countries."""


@dataclass(frozen=True, slots=True)
class WordErrors:
    """How far what was understood is from what was said.

    Attributes:
        errors: words put in, left out or taken for others, at the least.
        words: how many were said.
    """

    errors: int
    words: int

    def __add__(self, other: WordErrors) -> WordErrors:
        return WordErrors(self.errors + other.errors, self.words + other.words)

    @property
    def rate(self) -> float:
        """Word error rate, 0 for perfect; above 1 when more was understood than said."""
        return self.errors / self.words if self.words else 0.0


def word_errors(said: str, understood: str) -> WordErrors:
    """Compare two texts after spelling them alike."""
    reference, hypothesis = spelled_alike(said), spelled_alike(understood)
    reference, hypothesis = _compounds_of(hypothesis, reference), _compounds_of(reference, hypothesis)
    return WordErrors(_distance(reference, hypothesis), len(reference))


def spelled_alike(text: str) -> list[str]:
    """Words in small letters, contractions written out, numbers as single digits."""
    lowered = text.lower().replace("’", "'")
    for sign, word in _SIGNS.items():
        lowered = lowered.replace(sign, word)
    lowered = re.sub(r"(?<=\d)[,.](?=\d{3}\b)", "", lowered)
    lowered = re.sub(r"\b([ap])\.\s?m\b\.?", r"\1m", lowered)
    found = re.findall(r"\d+(?:st|nd|rd|th)\b|\d+|[a-z]+(?:'[a-z]+)*", lowered)
    return list(_digits(word for piece in found for word in _written_out(piece)))


def _written_out(word: str) -> list[str]:
    word = _ORDINALS.get(word, _SPELLINGS.get(word, word))
    if word in _IRREGULAR:
        return _IRREGULAR[word].split()
    if word.endswith("'s") and word[:-2] in _IS:
        return [word[:-2], "is"]
    for ending, long in _ENDINGS.items():
        if word.endswith(ending) and len(word) > len(ending):
            return (word.removesuffix(ending) + long).split()
    return [word.replace("'", "")]


def _digits(words: Iterator[str]) -> Iterator[str]:
    """Numbers, in words or figures, as one word a digit; everything else as it is."""
    number: int | None = None
    last = 0
    for word in words:
        value = _UNITS.get(word, _TENS.get(word))
        if word in _SCALES and number is not None:
            number, last = number * _SCALES[word], _SCALES[word]
        elif value is not None and number is not None and value and value < last and _fits(last, value):
            number, last = number + value, value
        else:
            if number is not None:
                yield from str(number)
            number, last = (value, value) if value is not None else (None, 0)
            if value is None:
                yield from word if word.isdecimal() else [word]
    if number is not None:
        yield from str(number)


def _fits(before: int, value: int) -> bool:
    """Whether "twenty" and "two", or "hundred" and "five", are one number: "five" and "two" are two."""
    return before >= 100 or (before in _TENS.values() and value < 10)


def _compounds_of(other: list[str], words: list[str]) -> list[str]:
    """The words, with neighbours joined where the other side has them as one: "voice mail", "voicemail"."""
    known = set(other)
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] + word in known and joined[-1] not in known | {""}:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _distance(reference: list[str], hypothesis: list[str]) -> int:
    """Levenshtein's, by words."""
    row = list(range(len(hypothesis) + 1))
    for number, word in enumerate(reference, 1):
        before, row[0] = row[0], number
        for place, other in enumerate(hypothesis, 1):
            changed = before + (word != other)
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, changed)
    return row[-1]
