"""The sound formats of a media channel and their 20 ms frames.

Owns what a frame of each format weighs and how its bytes become samples. Must not know who sends it.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import numpy as np
import numpy.typing as npt

from asisso.audio import g711

Pcm = npt.NDArray[np.int16]
"""Mono samples, shape (n,), signed 16 bit."""

_WIRE: Final = np.dtype("<i2")
_IS_NATIVE: Final = np.dtype(np.int16) == _WIRE

PTIME_MS: Final = 20
"""Length of a frame, the packet time of nearly every telephone."""


class MediaFormat(Enum):
    """A format by its Asterisk name (`main/codec_builtin.c`)."""

    SLIN16 = "slin16"
    SLIN = "slin"
    ULAW = "ulaw"
    ALAW = "alaw"

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return 16_000 if self is MediaFormat.SLIN16 else 8_000

    @property
    def frame_samples(self) -> int:
        """Samples in 20 ms."""
        return self.sample_rate * PTIME_MS // 1000

    @property
    def frame_bytes(self) -> int:
        """Bytes in 20 ms: Asterisk's `optimal_frame_size`."""
        return self.frame_samples * self._sample_bytes

    @property
    def _sample_bytes(self) -> int:
        return 1 if self in (MediaFormat.ULAW, MediaFormat.ALAW) else 2

    @property
    def is_pcm(self) -> bool:
        """Whether the bytes of a message are samples as this machine keeps them."""
        return self._sample_bytes == 2 and _IS_NATIVE

    def decode(self, payload: bytes) -> Pcm:
        """Turn the bytes of one message into samples. The array may be a read-only view of `payload`.

        Raises:
            ValueError: a linear format's payload ends in the middle of a sample.
        """
        if self is MediaFormat.ULAW:
            return g711.decode_ulaw(np.frombuffer(payload, np.uint8))
        if self is MediaFormat.ALAW:
            return g711.decode_alaw(np.frombuffer(payload, np.uint8))
        pcm = np.frombuffer(payload, _WIRE)
        return pcm if _IS_NATIVE else pcm.astype(np.int16)

    def encode(self, pcm: Pcm) -> bytes:
        """Turn samples at `sample_rate` into bytes ready to send."""
        if self is MediaFormat.ULAW:
            return g711.encode_ulaw(pcm).tobytes()
        if self is MediaFormat.ALAW:
            return g711.encode_alaw(pcm).tobytes()
        return pcm.tobytes() if _IS_NATIVE else pcm.astype(_WIRE).tobytes()
