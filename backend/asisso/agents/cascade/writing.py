"""From a model's letters to sentences that can be spoken. Pure."""

from __future__ import annotations

import re
from typing import Final

from asisso.agents.tts.sentences import split_sentences

_MARKUP: Final = re.compile(r"\*\*|__|`+|^\s{0,3}#{1,6}\s+|^\s*[-*•]\s+", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^\]]+)\]\([^)\s]+\)")


def spoken(text: str) -> str:
    """A text without the signs that lay it out for eyes: nobody says "star star"."""
    return " ".join(_MARKUP.sub("", _LINK.sub(r"\1", text)).split())


class SentenceCutter:
    """Gives whole sentences as soon as the letters after them show that they are whole."""

    def __init__(self) -> None:
        self._pending = ""

    def push(self, text: str) -> list[str]:
        """Take the next letters; the sentences that are complete now."""
        self._pending += text
        sentences = split_sentences(self._pending)
        if len(sentences) < 2:
            return []
        # The next letters may need the space behind the last ones.
        self._pending = sentences[-1] + self._pending[len(self._pending.rstrip()) :]
        return [clean for sentence in sentences[:-1] if (clean := spoken(sentence))]

    def rest(self) -> list[str]:
        """The text is complete: what is left of it."""
        sentences, self._pending = split_sentences(self._pending), ""
        return [clean for sentence in sentences if (clean := spoken(sentence))]
