"""What every end-of-turn predictor offers: whether a caller who pauses is done. A hint, never a decision."""

from __future__ import annotations

from typing import Final, Protocol

from asisso.audio.frame import Pcm

PREDICTION_HZ: Final = 16_000


class EndPredictor(Protocol):
    """Safe to use from several threads at once."""

    def probability(self, pcm: Pcm) -> float:
        """How likely the turn is complete, 0 to 1, from its sound at 16 kHz up to the pause.

        Blocks its thread for some 60 ms.
        """
