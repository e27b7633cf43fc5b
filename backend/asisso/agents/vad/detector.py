"""What every voice activity detector offers: how likely each 32 ms of one call are speech."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from asisso.audio.frame import Pcm

DETECTION_HZ: Final = 16_000
WINDOW_SAMPLES: Final = 512
WINDOW_MS: Final = WINDOW_SAMPLES * 1000 // DETECTION_HZ

Probabilities = npt.NDArray[np.float32]
"""Shape (windows,), 0 to 1."""


class VoiceDetector(Protocol):
    """Follows one call; remembers what it heard. For one thread at a time."""

    def probabilities(self, windows: Pcm) -> Probabilities:
        """Judge the next windows of the call in order, shape (windows, 512) at 16 kHz."""

    def reset(self) -> None:
        """Forget the sound so far: what comes next does not follow on from it."""


class VoiceModel(Protocol):
    """What the detectors of all calls share."""

    def detector(self) -> VoiceDetector:
        """Make the detector of one call."""
