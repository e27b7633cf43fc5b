"""G.711 mu-law and A-law by table (ITU-T G.711; expansion as in its tables 1a and 2a).

Pure numpy: int16 samples to bytes and back.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]

_MU_BIAS = 0x84


def _mu_law_values() -> Pcm:
    """The sample each of the 256 mu-law bytes stands for (bytes are sent inverted)."""
    inverted = ~np.arange(256) & 0xFF
    magnitude = (((inverted & 0x0F) << 3) + _MU_BIAS << ((inverted & 0x70) >> 4)) - _MU_BIAS
    return np.where(inverted & 0x80, -magnitude, magnitude).astype(np.int16)


def _a_law_values() -> Pcm:
    """The sample each of the 256 A-law bytes stands for (even bits are sent inverted)."""
    plain = np.arange(256) ^ 0x55
    segment = (plain & 0x70) >> 4
    step = (plain & 0x0F) << 4
    magnitude = np.where(segment == 0, step + 8, (step + 0x108) << np.maximum(segment - 1, 0))
    return np.where(plain & 0x80, magnitude, -magnitude).astype(np.int16)


def _encoder(values: Pcm) -> Callable[[Pcm], bytes]:
    """Nearest-value compression: every sample takes the byte whose expansion lies closest."""
    order = np.argsort(values, kind="stable")
    ordered = values[order].astype(np.int32)
    # One table over all 65 536 samples makes encoding a single lookup. Of the two zeros of mu-law the
    # positive one (0xFF) is taken, as everybody sends it.
    nearest = np.searchsorted((ordered[1:] + ordered[:-1]) / 2, np.arange(-32768, 32768), side="right")
    table = order[nearest].astype(np.uint8)

    def encode(pcm: Pcm) -> bytes:
        return bytes(table[pcm.astype(np.int32) + 32768].tobytes())

    return encode


_MU_LAW = _mu_law_values()
_A_LAW = _a_law_values()

encode_ulaw = _encoder(_MU_LAW)
encode_alaw = _encoder(_A_LAW)


def decode_ulaw(payload: bytes) -> Pcm:
    """Mu-law bytes to int16 samples, one for one."""
    return _MU_LAW[np.frombuffer(payload, np.uint8)]


def decode_alaw(payload: bytes) -> Pcm:
    """A-law bytes to int16 samples, one for one."""
    return _A_LAW[np.frombuffer(payload, np.uint8)]
