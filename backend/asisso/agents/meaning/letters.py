"""How much two texts look alike, letter by letter. Pure.

What a model of meaning misses is what a recogniser makes of a bad line: "a massage" for a message, "in voice" for an
invoice, "sails" for sales. Spaces do not count, and words that every sentence has do not either.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from typing import Final

import numpy as np

from asisso.agents.meaning.encoder import Vector

LETTERS_SIZE: Final = 1024

_MAX_LETTERS: Final = 400
_GRAMS: Final = (2, 3, 4)
_WORDS: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_EVERYWHERE: Final = frozenset(
    _WORDS.findall(
        "a about an and any are at be been can could did do does for from get had has have hello here hi how i i'd i'm "
        "if in is it let like me my need of on or our please so some somebody someone thank thanks that the them then "
        "there this to us want was we were what when where will with would you your"
    )
)


def letters(text: str) -> Vector:
    """A unit vector of `LETTERS_SIZE` that is near for texts with the same letters in a row; zeros for no words."""
    said = _WORDS.findall(text.lower().replace("’", "'"))
    row = "".join(word for word in said if word not in _EVERYWHERE)[:_MAX_LETTERS]
    vector = np.zeros(LETTERS_SIZE, np.float32)
    if row:
        row = f"^{row}$"
        grams = Counter(row[at : at + size] for size in _GRAMS for at in range(len(row) - size + 1))
        for gram, count in grams.items():
            vector[zlib.crc32(gram.encode()) % LETTERS_SIZE] += count
        vector /= float(np.linalg.norm(vector))
    return vector
