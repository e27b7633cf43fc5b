"""Silero VAD: a small recurrent network, one run for every 32 ms.

Source: github.com/snakers4/silero-vad, model v6 (MIT). It wants the 64 samples before each window, and
its state from one window to the next. A run costs 0.2 ms, so callers should spare it plain silence.
"""

from __future__ import annotations

from typing import Final, Self

import numpy as np
import onnxruntime

from asisso.agents import weights
from asisso.agents.vad.detector import DETECTION_HZ, WINDOW_SAMPLES, Probabilities
from asisso.audio.frame import Pcm

_CONTEXT_SAMPLES: Final = 64
_STATE_SHAPE: Final = (2, 1, 128)


class SileroModel:
    """The network, shared by all calls."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self.session = session

    @classmethod
    def load(cls) -> Self:
        """Open the model.

        Raises:
            AgentUnavailable: the model file is missing or damaged.
        """
        return cls(weights.open_session(weights.SILERO))

    def detector(self) -> SileroDetector:
        """Make the detector of one call."""
        return SileroDetector(self.session)


class SileroDetector:
    """A `VoiceDetector`: the network's memory of one call, 1.5 kB."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._sample_rate = np.array(DETECTION_HZ, np.int64)
        self.reset()

    def reset(self) -> None:
        self._state = np.zeros(_STATE_SHAPE, np.float32)
        self._context = np.zeros(_CONTEXT_SAMPLES, np.float32)

    def probabilities(self, windows: Pcm) -> Probabilities:
        sound = np.concatenate((self._context, windows.ravel() / np.float32(32768)), dtype=np.float32)
        probabilities = np.empty(len(windows), np.float32)
        for index in range(len(windows)):
            start = index * WINDOW_SAMPLES
            window = sound[np.newaxis, start : start + _CONTEXT_SAMPLES + WINDOW_SAMPLES]
            feed = {"input": window, "state": self._state, "sr": self._sample_rate}
            output, self._state = self._session.run(None, feed)
            probabilities[index] = output[0, 0]
        self._context = sound[-_CONTEXT_SAMPLES:]
        return probabilities
