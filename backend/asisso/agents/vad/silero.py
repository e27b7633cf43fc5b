"""Silero VAD: a small recurrent network that looks at 32 ms of many calls in one run.

Source: github.com/snakers4/silero-vad, model v6 (MIT). It wants the 64 samples before each window, and its state from
one window to the next. A run costs 0.15 ms for one call and half of that a call for eight and more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Self, cast

import numpy as np
import onnxruntime

from asisso.agents import weights
from asisso.agents.vad.detector import DETECTION_HZ, WINDOW_SAMPLES, Probabilities, VoiceMemory
from asisso.audio.frame import Pcm

_CONTEXT_SAMPLES: Final = 64
_STATE_SHAPE: Final = (2, 128)


class SileroMemory:
    """The network's memory of one call, 1.3 kB."""

    __slots__ = ("context", "state")

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.state = np.zeros(_STATE_SHAPE, np.float32)
        self.context = np.zeros(_CONTEXT_SAMPLES, np.float32)


class SileroModel:
    """A `VoiceModel`."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._sample_rate = np.array(DETECTION_HZ, np.int64)

    @classmethod
    def load(cls) -> Self:
        """Open the model.

        Raises:
            AgentUnavailable: the model file is missing or damaged.
        """
        return cls(weights.open_session(weights.SILERO))

    def memory(self) -> SileroMemory:
        return SileroMemory()

    def probabilities(self, memories: Sequence[VoiceMemory], windows: Pcm) -> Probabilities:
        ours = cast("Sequence[SileroMemory]", memories)
        sound = np.empty((len(ours), _CONTEXT_SAMPLES + WINDOW_SAMPLES), np.float32)
        np.multiply(windows, np.float32(1 / 32768), out=sound[:, _CONTEXT_SAMPLES:])
        for row, memory in zip(sound, ours, strict=True):
            row[:_CONTEXT_SAMPLES] = memory.context
        feed = {
            "input": sound,
            "state": np.stack([memory.state for memory in ours], axis=1),
            "sr": self._sample_rate,
        }
        output, states = self._session.run(None, feed)
        for index, memory in enumerate(ours):
            # Copies: a view would keep the memory of everybody's run alive.
            memory.state = states[:, index].copy()
            memory.context = sound[index, -_CONTEXT_SAMPLES:].copy()
        return cast("Probabilities", output[:, 0])
