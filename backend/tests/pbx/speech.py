"""What was said, as words: recordings are compared by what a listener understands."""

from __future__ import annotations

import difflib
import re

import numpy as np
import numpy.typing as npt

from asisso.agents.stt.recognizer import RECOGNITION_HZ, Recognizer
from asisso.audio.resample import resample_clip

Pcm = npt.NDArray[np.int16]

ALIKE = 0.6
"""Recognition of telephone speech is no dictation; other sentences stay far below this."""

PAUSE_RMS = 100.0


class Listener:
    """Understands a whole recording."""

    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer

    def understands(self, pcm: Pcm, sample_rate_hz: int = RECOGNITION_HZ) -> str:
        """The words in a clip of one speaker, at most half a minute long; pauses don't count."""
        sound = (
            pcm if sample_rate_hz == RECOGNITION_HZ else resample_clip(pcm, sample_rate_hz, RECOGNITION_HZ)
        )
        return self._recognizer.recognize(_without_long_pauses(sound))


def alike(one: str, other: str) -> float:
    """How much two sentences have in common, 0 to 1, word by word."""
    return difflib.SequenceMatcher(None, words(one), words(other)).ratio()


def words(text: str) -> list[str]:
    """Small letters, no punctuation; `good-bye` and `key words` are spelled as recognisers like."""
    return re.findall(r"[a-z']+", text.lower().replace("good-bye", "goodbye"))


def _without_long_pauses(pcm: Pcm, window: int = RECOGNITION_HZ // 2) -> Pcm:
    """The clip without its half seconds of silence, which tiny recognisers fill with words of their own."""
    windows = [pcm[at : at + window] for at in range(0, len(pcm), window)]
    loud = [w for w in windows if len(w) and float(np.sqrt(np.mean(w.astype(np.float32) ** 2))) > PAUSE_RMS]
    return np.concatenate(loud) if loud else pcm[:0]
