"""MiniLM (all-MiniLM-L6-v2, int8): sentences of up to some fifty words to 384 dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Self

import numpy as np
from tokenizers import Tokenizer

from asisso.agents import weights
from asisso.agents.meaning.encoder import Vector, Vectors

MAX_TOKENS: Final = 64
"""Longer texts are cut: what a caller wants stands in the first fifty words or nowhere."""


class MiniLm:
    """An `Encoder`."""

    def __init__(self, session: Any, tokenizer: Tokenizer) -> None:
        """`session` is an `onnxruntime.InferenceSession`, a package without types."""
        self._session = session
        self._tokenizer = tokenizer
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.no_padding()

    @classmethod
    def load(cls) -> Self:
        """Read weights and vocabulary.

        Raises:
            AgentUnavailable: a model file is missing or damaged.
        """
        tokenizer = Tokenizer.from_file(str(weights.verified_path(weights.MINILM_TOKENIZER)))
        return cls(weights.open_session(weights.MINILM), tokenizer)

    def encode(self, sentences: Sequence[str]) -> Vectors:
        # One by one: int8 scales are taken over the whole input, so a sentence would depend on those beside it.
        return np.stack([self._encode(sentence) for sentence in sentences])

    def _encode(self, sentence: str) -> Vector:
        encoding = self._tokenizer.encode(sentence)
        ids = np.array([encoding.ids], np.int64)
        mask = np.array([encoding.attention_mask], np.int64)
        (states, *_) = self._session.run(
            None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        )
        weight = mask[0, :, np.newaxis].astype(np.float32)
        mean = (states[0] * weight).sum(axis=0) / weight.sum()
        unit: Vector = mean / max(float(np.linalg.norm(mean)), 1e-9)
        return unit
