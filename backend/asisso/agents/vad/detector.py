"""What every voice activity model offers: how likely each 32 ms of many calls are speech."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from asisso.audio.frame import Pcm

DETECTION_HZ: Final = 16_000
WINDOW_SAMPLES: Final = 512
WINDOW_MS: Final = WINDOW_SAMPLES * 1000 // DETECTION_HZ

Probabilities = npt.NDArray[np.float32]
"""Shape (windows,), 0 to 1."""


class VoiceMemory(Protocol):
    """What the model remembers of one call."""

    def reset(self) -> None:
        """Forget the sound so far: what comes next does not follow on from it."""


class VoiceModel(Protocol):
    """One network for all calls."""

    def memory(self) -> VoiceMemory:
        """Make the memory of one call."""

    def probabilities(self, memories: Sequence[VoiceMemory], windows: Pcm) -> Probabilities:
        """Judge the next window of each of these calls, shape (calls, 512) at 16 kHz, in one run.

        Blocks its thread. A memory is in one run at a time.
        """
