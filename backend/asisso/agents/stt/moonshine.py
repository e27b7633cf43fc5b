"""Moonshine tiny-en: English recognition whose cost grows with what was said, not in 30 s steps.

Source: Jeffries et al., "Moonshine: Speech Recognition for Live Transcription and Voice Commands" (2024).
An encoder turns samples into states, a merged decoder (with and without key-value cache in one graph)
writes byte-pair tokens until it says end of text.
"""

from __future__ import annotations

from typing import Final, Self

import numpy as np
import numpy.typing as npt
import onnxruntime

from asisso.agents import weights
from asisso.agents.stt.recognizer import MAX_UTTERANCE_S, RECOGNITION_HZ
from asisso.audio.frame import Pcm

_START_TOKEN: Final = 1
_END_TOKEN: Final = 2
_MAX_TOKENS_PER_S: Final = 6.5
"""The authors' guard against endless repetition."""

_MIN_SAMPLES: Final = RECOGNITION_HZ // 2
"""Shorter sounds are padded: the encoder was never trained on less than half a second."""

_PEAK: Final = 0.5
_MAX_GAIN: Final = 32.0
"""Speech is brought to -6 dBFS, but a hiss 30 dB below that stays a hiss."""


class Moonshine:
    """A `Recognizer`."""

    def __init__(
        self,
        encoder: onnxruntime.InferenceSession,
        decoder: onnxruntime.InferenceSession,
        tokens: list[bytes],
    ) -> None:
        self._encoder = encoder
        self._decoder = decoder
        self._tokens = tokens
        inputs = {node.name: node.shape for node in decoder.get_inputs()}
        self._empty_past = {
            name: np.zeros((1, shape[1], 0, shape[3]), np.float32)
            for name, shape in inputs.items()
            if name.startswith("past_key_values")
        }
        outputs = [node.name for node in decoder.get_outputs()]
        self._first_outputs = outputs
        # Keys and values over the encoder's states are final after the first step.
        self._next_outputs = [name for name in outputs if ".encoder." not in name]

    @classmethod
    def load(cls) -> Self:
        """Open the models.

        Raises:
            AgentUnavailable: a model file is missing or damaged.
        """
        vocabulary = weights.verified_path(weights.MOONSHINE_TOKENIZER).read_bytes()
        return cls(
            weights.open_session(weights.MOONSHINE_ENCODER),
            weights.open_session(weights.MOONSHINE_DECODER),
            _read_tokens(vocabulary),
        )

    def recognize(self, pcm: Pcm) -> str:
        if pcm.size > MAX_UTTERANCE_S * RECOGNITION_HZ:
            raise ValueError(
                f"An utterance has at most {MAX_UTTERANCE_S} s; this one has {pcm.size} samples."
            )
        sound = _levelled(pcm)
        return self._text(self._decode(sound)) if sound.any() else ""

    def _decode(self, sound: npt.NDArray[np.float32]) -> list[int]:
        value = onnxruntime.OrtValue.ortvalue_from_numpy
        mask = value(np.ones((1, sound.size), np.int64))
        encoded = {"input_values": value(sound[np.newaxis]), "attention_mask": mask}
        (states,) = self._encoder.run_with_ort_values(["last_hidden_state"], encoded)
        feed = {"encoder_hidden_states": states, "encoder_attention_mask": mask}
        feed |= {name: value(empty) for name, empty in self._empty_past.items()}
        tokens: list[int] = []
        token, outputs = _START_TOKEN, self._first_outputs
        for _ in range(int(sound.size / RECOGNITION_HZ * _MAX_TOKENS_PER_S) + 1):
            feed["input_ids"] = value(np.array([[token]], np.int64))
            feed["use_cache_branch"] = value(np.array([bool(tokens)]))
            results = dict(zip(outputs, self._decoder.run_with_ort_values(outputs, feed), strict=True))
            token = int(results.pop("logits").numpy()[0, -1].argmax())
            if token == _END_TOKEN:
                break
            tokens.append(token)
            feed |= {name.replace("present", "past_key_values"): past for name, past in results.items()}
            outputs = self._next_outputs
        return tokens

    def _text(self, tokens: list[int]) -> str:
        pieces = b"".join(self._tokens[token] for token in tokens if token < len(self._tokens))
        return pieces.decode("utf-8", "replace").replace("\u2581", " ").strip()


def _levelled(pcm: Pcm) -> npt.NDArray[np.float32]:
    """Samples as floats with the peak the model knows best, at least `_MIN_SAMPLES` of them."""
    sound = np.zeros(max(pcm.size, _MIN_SAMPLES), np.float32)
    sound[: pcm.size] = pcm
    sound /= 32768
    peak = float(np.abs(sound).max())
    if peak > 0:
        sound *= min(_PEAK / peak, _MAX_GAIN)
    return sound


def _read_tokens(vocabulary: bytes) -> list[bytes]:
    """Read the token file: each token behind its length, which takes a second byte from 128 on.

    Control tokens become empty, byte tokens (`<0x41>`) the byte they stand for.
    """
    tokens: list[bytes] = []
    at = 0
    while at < len(vocabulary):
        length = vocabulary[at]
        at += 1
        if length >= 128:
            length = length - 128 + vocabulary[at] * 128
            at += 1
        token = vocabulary[at : at + length]
        at += length
        if token in (b"<unk>", b"<s>", b"</s>"):
            token = b""
        elif len(token) == 6 and token.startswith(b"<0x"):
            token = bytes([int(token[3:5], 16)])
        tokens.append(token)
    return tokens
