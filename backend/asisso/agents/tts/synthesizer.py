"""What every speech synthesizer offers: the sound of one sentence."""

from __future__ import annotations

from typing import Final, Protocol

from asisso.audio.frame import Pcm

SYNTHESIS_HZ: Final = 16_000


class Synthesizer(Protocol):
    """Safe to use from several threads at once; the same sentence always sounds the same."""

    def synthesize(self, sentence: str) -> Pcm:
        """Speak one sentence: samples at 16 kHz, ready to be heard after a few ms; empty for no words."""
