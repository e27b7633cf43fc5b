"""Which words a piece of a sentence's sound holds, while the rest is still being made. Pure.

A streamed sentence goes to the caller in pieces, and each needs its words: for the transcript, for what an interruption
left unheard, and for going on with another voice. A voice's speed is learnt from its own sentences.
"""

from __future__ import annotations

from typing import Final

USUAL_MS_PER_CHARACTER: Final = 62.0
"""Of English at 160 words a minute."""

_LEARNS: Final = 0.3
_SLOWEST: Final = 200.0
_QUICKEST: Final = 25.0
_SHORTEST_MS: Final = 600
"""Shorter sentences are mostly pauses and tell nothing."""


class Pace:
    """How quickly one voice speaks."""

    def __init__(self) -> None:
        self.ms_per_character = USUAL_MS_PER_CHARACTER

    def learn(self, text: str, duration_ms: float) -> None:
        """A whole sentence took so long."""
        if duration_ms < _SHORTEST_MS or not text:
            return
        measured = min(_SLOWEST, max(_QUICKEST, duration_ms / len(text)))
        self.ms_per_character += _LEARNS * (measured - self.ms_per_character)


class Spread:
    """One sentence's words over its sound."""

    def __init__(self, sentence: str, pace: Pace) -> None:
        self._left = sentence.split()
        self._pace = pace
        self._sound_ms = 0.0
        self._given_characters = 0

    def words_of(self, duration_ms: float) -> str:
        """The words of the next so many ms; never the last word, which comes with the sentence's end."""
        self._sound_ms += duration_ms
        until = self._sound_ms / self._pace.ms_per_character
        given: list[str] = []
        while len(self._left) > 1 and self._given_characters + len(self._left[0]) + 1 <= until:
            word = self._left.pop(0)
            self._given_characters += len(word) + 1
            given.append(word)
        return " ".join(given)

    @property
    def rest(self) -> str:
        """The words no sound has been found for."""
        return " ".join(self._left)

    @property
    def sound_ms(self) -> float:
        """How much sound there was so far."""
        return self._sound_ms


def duration_ms(samples: int, rate_hz: int = 16_000) -> float:
    """How long so many samples last."""
    return samples * 1000 / rate_hz
