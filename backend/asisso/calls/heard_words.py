"""Which words of a sentence its caller has heard, estimated from its sound. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np

from asisso.audio.frame import Pcm

_SILENT_BELOW: Final = 300
"""Samples below this are no speech: synthesizers put 20 to 200 ms of it around a sentence."""

_REDUCED: Final = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "he",
        "her",
        "him",
        "his",
        "i",
        "if",
        "in",
        "is",
        "it",
        "its",
        "me",
        "my",
        "of",
        "on",
        "or",
        "our",
        "she",
        "so",
        "some",
        "than",
        "that",
        "the",
        "their",
        "them",
        "they",
        "this",
        "to",
        "us",
        "was",
        "we",
        "were",
        "will",
        "with",
        "you",
        "your",
    ]
)
"""Function words of English: unstressed, they pass quicker than their letters would elsewhere."""

_REDUCTION: Final = 0.6


def heard_share(pcm: Pcm, heard_samples: int) -> float:
    """How much of a sentence's speech (0 to 1) lies before that sample; silence around it is not counted."""
    loud = np.flatnonzero(np.abs(pcm.astype(np.int32)) >= _SILENT_BELOW)
    if not len(loud):
        return 1.0 if heard_samples >= len(pcm) else 0.0
    first, last = int(loud[0]), int(loud[-1]) + 1
    return min(1.0, max(0.0, (heard_samples - first) / (last - first)))


def split_words(text: str, share: float) -> tuple[str, str]:
    """Divide a sentence at the last word that fits whole into the heard share (0 to 1) of its speech.

    A word lasts as long as it is written, a function word less; exact times would need the synthesizer's own.
    """
    words = text.split()
    lengths = [_length(word) for word in words]
    budget = share * sum(lengths)
    used = 0.0
    for index, length in enumerate(lengths):
        used += length
        if used > budget + 0.5:
            return " ".join(words[:index]), " ".join(words[index:])
    return text, ""


def _length(word: str) -> float:
    letters = len(word) + 1
    return letters * _REDUCTION if word.lower() in _REDUCED else letters
