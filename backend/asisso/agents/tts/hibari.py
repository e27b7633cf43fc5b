"""Hibari: a small American English voice with its own dictionary and no further dependencies.

Its speech is brought to telephone level with one fixed gain, so that a sentence is as loud as the next,
and freed of the third of a second of silence before and behind it: a caller waits through every bit of it.
"""

from __future__ import annotations

from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from asisso.agents import weights
from asisso.agents.tts.synthesizer import SYNTHESIS_HZ
from asisso.audio.frame import Pcm
from asisso.audio.resample import resample_clip

HIBARI_VOICE: Final = "hibari-0.2.1 gain 4.5 dB"
"""Names what a clip sounds like: clips rendered otherwise are other clips."""

_MODEL_HZ: Final = 24_000
_GAIN: Final = 10 ** (4.5 / 20)
"""From the model's -24.5 dBFS of active speech to -20 dBFS."""

_CEILING: Final = 10 ** (-3 / 20)
_AUDIBLE: Final = 0.01
"""What counts as sound when silence is trimmed: -40 dBFS."""

_LEAD_MS: Final = 20
_TAIL_MS: Final = 160
"""What stays before the first and behind the last sound; the tail is the pause between sentences."""

_SEED: Final = 0
_SPOKEN_KEYS: Final = str.maketrans({"*": " star ", "#": " pound "})
"""The keys of a telephone by their names; the voice leaves the asterisk out otherwise."""


class Hibari:
    """A `Synthesizer`."""

    def __init__(self, voice: Any) -> None:
        """`voice` is a `hibari.Hibari`, a package without types."""
        self._voice = voice

    @classmethod
    def load(cls) -> Self:
        """Read voice and dictionary.

        Raises:
            AgentUnavailable: a model file is missing or damaged.
        """
        model, *_ = [weights.verified_path(file) for file in weights.HIBARI]
        import hibari  # only now: without the package the line above has said what to install

        voice = hibari.Hibari(model=str(model), threads=1)
        # These load themselves at first use, which is not safe when two threads are first.
        _ = voice.g2p.oov
        return cls(voice)

    def synthesize(self, sentence: str) -> Pcm:
        sound = np.asarray(self._voice(sentence.translate(_SPOKEN_KEYS), seed=_SEED), np.float32) * _GAIN
        sound = _trimmed(sound)
        if sound.size == 0:
            return np.empty(0, np.int16)
        sound *= min(1.0, _CEILING / float(np.abs(sound).max()))
        return resample_clip(np.rint(sound * 32767).astype(np.int16), _MODEL_HZ, SYNTHESIS_HZ)


def _trimmed(sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    audible = np.flatnonzero(np.abs(sound) > _AUDIBLE)
    if audible.size == 0:
        return sound[:0]
    start = max(0, int(audible[0]) - _LEAD_MS * _MODEL_HZ // 1000)
    return sound[start : int(audible[-1]) + 1 + _TAIL_MS * _MODEL_HZ // 1000]
