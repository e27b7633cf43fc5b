"""G.711: the 8 bit logarithmic codecs of the telephone network, by table look-up.

Source: ITU-T G.711 (11/1988), tables 1 and 2; the byte values are those on the wire, with A-law's even
bits and all of mu-law's bits inverted.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]
Codes = npt.NDArray[np.uint8]

_ULAW_BIAS: Final = 132
_ULAW_CLIP: Final = 32635
_ALAW_INVERSION: Final = 0x55
_SIGN_BIT: Final = 0x80


def _ulaw_decoding_table() -> Samples:
    codes = ~np.arange(256, dtype=np.uint8)
    segment = (codes >> 4 & 7).astype(np.int32)
    step = (codes & 15).astype(np.int32)
    magnitude = ((step << 3) + _ULAW_BIAS << segment) - _ULAW_BIAS
    return np.where(codes & _SIGN_BIT, -magnitude, magnitude).astype(np.int16)


def _ulaw_encoding_table() -> Codes:
    samples = _every_sample()
    biased = np.minimum(np.abs(samples), _ULAW_CLIP) + _ULAW_BIAS
    segment = _floor_log2(biased) - 7
    code = np.where(samples < 0, _SIGN_BIT, 0) | segment << 4 | biased >> segment + 3 & 15
    table: Codes = (~code & 0xFF).astype(np.uint8)
    return table


def _alaw_decoding_table() -> Samples:
    codes = np.arange(256, dtype=np.uint8) ^ np.uint8(_ALAW_INVERSION)
    segment = (codes >> 4 & 7).astype(np.int32)
    # The middle of each 13 bit interval; segment 0 continues segment 1's step without its leading one.
    interval = ((codes & 15).astype(np.int32) << 4) + 8
    magnitude = np.where(segment == 0, interval, (interval + 256) << np.maximum(segment - 1, 0))
    return np.where(codes & _SIGN_BIT, magnitude, -magnitude).astype(np.int16)


def _alaw_encoding_table() -> Codes:
    samples = _every_sample()
    # One's complement keeps the two halves symmetric: -1 falls into the first negative interval.
    magnitude = np.where(samples < 0, ~samples, samples)
    segment = np.maximum(_floor_log2(np.maximum(magnitude, 1)) - 7, 0)
    code = np.where(samples < 0, 0, _SIGN_BIT) | segment << 4 | magnitude >> np.maximum(segment + 3, 4) & 15
    table: Codes = (code ^ _ALAW_INVERSION).astype(np.uint8)
    return table


def _every_sample() -> npt.NDArray[np.int32]:
    """All 65536 samples in the order in which their bits count as an unsigned number."""
    return np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)


def _floor_log2(values: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    return (np.frexp(values)[1] - 1).astype(np.int32)


_ULAW_TO_LINEAR: Final = _ulaw_decoding_table()
_LINEAR_TO_ULAW: Final = _ulaw_encoding_table()
_ALAW_TO_LINEAR: Final = _alaw_decoding_table()
_LINEAR_TO_ALAW: Final = _alaw_encoding_table()


def decode_ulaw(codes: Codes) -> Samples:
    """Expand mu-law bytes, shape (n,), to linear samples, shape (n,)."""
    return _ULAW_TO_LINEAR[codes]


def encode_ulaw(samples: Samples) -> Codes:
    """Compress linear samples, shape (n,), to mu-law bytes, shape (n,)."""
    return _LINEAR_TO_ULAW[samples.view(np.uint16)]


def decode_alaw(codes: Codes) -> Samples:
    """Expand A-law bytes, shape (n,), to linear samples, shape (n,)."""
    return _ALAW_TO_LINEAR[codes]


def encode_alaw(samples: Samples) -> Codes:
    """Compress linear samples, shape (n,), to A-law bytes, shape (n,)."""
    return _LINEAR_TO_ALAW[samples.view(np.uint16)]
