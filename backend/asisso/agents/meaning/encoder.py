"""What every model of meaning offers: a direction in space for a sentence, near for sentences that mean the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float32]
Vectors = npt.NDArray[np.float32]
"""Unit vectors: of one sentence, and of several with the shape (sentences, dimensions)."""


class Encoder(Protocol):
    """Safe to use from several threads at once."""

    def encode(self, sentences: Sequence[str]) -> Vectors:
        """One unit vector for each sentence. Blocks its thread for some milliseconds a sentence."""
