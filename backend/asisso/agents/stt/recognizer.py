"""What every speech recognizer offers: the words of one utterance."""

from __future__ import annotations

from typing import Final, Protocol

from asisso.audio.frame import Pcm

RECOGNITION_HZ: Final = 16_000

MAX_UTTERANCE_S: Final = 30
"""Recognizers are asked for one turn at a time; their accuracy breaks down beyond half a minute."""


class Recognizer(Protocol):
    """Safe to use from several threads at once."""

    def recognize(self, pcm: Pcm) -> str:
        """Turn speech at 16 kHz, at most `MAX_UTTERANCE_S` long, into text; empty when there are no words.

        Blocks its thread for some 3-10 % of the utterance's length.

        Raises:
            ValueError: the utterance is too long.
        """
