"""What a caller's words say about whose turn it is. Pure: text in, verdict out; English.

Owns the back-channels ("uh-huh"), the unfinished sentences ("my number is") and the agent's own words coming back.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import SequenceMatcher
from typing import Final

BACK_CHANNELS: Final = (
    "uh-huh",
    "mm-hm",
    "mhm",
    "hm",
    "mm",
    "uh",
    "um",
    "ah",
    "oh",
    "yeah",
    "yep",
    "yes",
    "ok",
    "okay",
    "right",
    "sure",
    "alright",
    "i see",
    "got it",
)
"""What people say to show that they listen."""

_HUMS: Final = re.compile(r"(?:m+|h+m+|m+h+m+|u+m+|h?[aeou]h*(?:h[aeou]h*)*)")
"""Hums are spelled as recognizers like."""

_UNFINISHED: Final = frozenset(
    {
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "because",
        "but",
        "for",
        "from",
        "if",
        "is",
        "my",
        "of",
        "or",
        "our",
        "than",
        "the",
        "their",
        "to",
        "uh",
        "um",
        "until",
        "which",
        "with",
        "your",
    }
)
"""Nobody means to stop behind these."""

_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_CALLERS: Final = frozenset(
    {*_DIGITS, "oh", "double", "triple", "no", "nope", "not", "wrong", "actually", "yes"}
)
"""Words no echo adds to what the agent said."""

_ECHO_WORDS: Final = 2
_ECHO_SHARE: Final = 0.7


def tokens(text: str) -> list[str]:
    """Words in small letters without their hyphens and punctuation: `Uh-huh, I'm here.` is uhhuh, i'm, here."""
    return re.findall(r"[^\W_]+(?:'[^\W_]+)?", text.lower().replace("’", "'").replace("-", ""))


def spoken_words(text: str, back_channels: Collection[str] = BACK_CHANNELS) -> int:
    """How many words mean something: hums and back-channels do not."""
    left = tokens(text)
    phrases = sorted((tokens(phrase) for phrase in back_channels), key=len, reverse=True)
    meant = 0
    while left:
        said = next((p for p in phrases if p and left[: len(p)] == p), None)
        if said is not None:
            left = left[len(said) :]
            continue
        meant += _HUMS.fullmatch(left[0]) is None
        left = left[1:]
    return meant


def is_unfinished(text: str) -> bool:
    """Whether a sentence breaks off: its last word wants another one. Punctuation is the recognizer's guess."""
    said = tokens(text)
    return bool(said) and said[-1] in _UNFINISHED


def is_echo(text: str, agent_text: str) -> bool:
    """Whether the words are the agent's own, come back through the caller's telephone.

    A caller who corrects what the agent has read back says most of it again: another number or a "no" is the caller's.
    """
    heard, said = _spelled(tokens(text)), _spelled(tokens(agent_text))
    if len(heard) < _ECHO_WORDS or not said:
        return False
    blocks = SequenceMatcher(None, heard, said, autojunk=False).get_matching_blocks()
    own = {at for block in blocks if block.size > 1 for at in range(block.a, block.a + block.size)}
    if any(word in _CALLERS for at, word in enumerate(heard) if at not in own):
        return False
    return len(own) >= _ECHO_SHARE * len(heard)


def _spelled(words: list[str]) -> list[str]:
    """Numbers digit by digit, as recognisers write them or not: 42 is four, two."""
    return [
        part for word in words for part in ([_DIGITS[int(d)] for d in word] if word.isdecimal() else [word])
    ]
