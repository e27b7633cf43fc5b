"""Speech models that need no models: loud is speech, and the words are written down beforehand."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Sequence

import numpy as np

from asisso.agents.meaning.encoder import Encoder, Vectors
from asisso.agents.speech import SpeechModels
from asisso.agents.vad.detector import Probabilities
from asisso.agents.words import tokens
from asisso.audio.frame import Pcm

LOUD = 3_000


def murmur(duration_ms: int) -> Pcm:
    """What the fake detector takes for speech: noise in syllables of a third of a second, softer at their ends."""
    noise = np.random.default_rng(1).integers(-LOUD, LOUD, duration_ms * 16)
    is_end = np.arange(noise.size) // 16 % 320 >= 280
    return np.where(is_end, noise // 10, noise).astype(np.int16)


class ScriptedRecognizer:
    """Answers each utterance with the next line of its script."""

    def __init__(self, *words: str) -> None:
        self._words = list(words)
        self.heard: list[Pcm] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    def recognize(self, pcm: Pcm) -> str:
        self.may_answer.wait(5)
        self.heard.append(pcm)
        return self._words.pop(0) if self._words else ""


class ToneSynthesizer:
    """Speaks 50 ms a character and counts how often it was asked."""

    def __init__(self) -> None:
        self.rendered: list[str] = []

    def synthesize(self, sentence: str) -> Pcm:
        self.rendered.append(sentence)
        return np.full(len(sentence) * 800, 1_000, np.int16)


class LoudnessDetector:
    """A voice model and the memory of every call in one: what is loud is speech."""

    def __init__(self) -> None:
        self.judged_windows = 0
        self.runs = 0

    def memory(self) -> LoudnessDetector:
        return self

    def probabilities(self, memories: Sequence[object], windows: Pcm) -> Probabilities:
        assert len(memories) == len(windows)
        self.judged_windows += len(windows)
        self.runs += 1
        return (np.abs(windows).max(axis=1) > LOUD / 2).astype(np.float32)

    def reset(self) -> None:
        pass


class WordEncoder:
    """Sentences with the same words mean the same; counts how many it looked at."""

    def __init__(self) -> None:
        self.looked_at: list[str] = []

    def encode(self, sentences: Sequence[str]) -> Vectors:
        self.looked_at += sentences
        return np.stack([self._encode(sentence) for sentence in sentences])

    @staticmethod
    def _encode(sentence: str) -> Vectors:
        words = [
            np.random.default_rng(zlib.crc32(word.encode())).normal(size=64) for word in tokens(sentence)
        ]
        total = np.sum([np.ones(64) / 100, *words], axis=0)
        return (total / np.linalg.norm(total)).astype(np.float32)


class ScriptedPredictor:
    """Says the same of every pause, and counts how often it was asked."""

    def __init__(self, probability: float) -> None:
        self.answer = probability
        self.asked = 0

    def probability(self, pcm: Pcm) -> float:
        self.asked += 1
        return self.answer


async def fake_models(
    recognizer: ScriptedRecognizer | None = None,
    synthesizer: ToneSynthesizer | None = None,
    detector: LoudnessDetector | None = None,
    predictor: ScriptedPredictor | None = None,
    encoder: Encoder | None = None,
) -> SpeechModels:
    """Loaded models; whoever asks closes them. The recognizer's script starts after the warm-up."""
    recognizer = recognizer or ScriptedRecognizer()
    script, recognizer._words = recognizer._words, []
    models = SpeechModels(
        load_recognizer=lambda: recognizer,
        load_synthesizer=lambda: synthesizer or ToneSynthesizer(),
        load_voice_model=lambda: detector or LoudnessDetector(),
        load_end_predictor=lambda: predictor,
        load_encoder=lambda: encoder,
        processors=2,
        gather_s=0,
    )
    await models.load()
    recognizer._words = script
    if predictor is not None:
        predictor.asked = 0
    recognizer.heard.clear()
    return models
