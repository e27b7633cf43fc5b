"""Changes of sample rate: frame by frame for live sound, in one go for clips.

A live stream must give 20 ms out for every 20 ms in, at once: Asterisk drops what is not a whole frame,
and every millisecond inside the filter is a millisecond of conversation. Streaming resamplers made for
files bunch their output instead, so live sound has its own polyphase filter here.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd
from typing import Final

import numpy as np
import numpy.typing as npt
import soxr

from asisso.audio.frame import Pcm

LIVE_RATES_HZ: Final = (8_000, 16_000, 24_000, 48_000)

_DELAY_MS: Final = {8_000: 2.0, 16_000: 1.5, 24_000: 1.0}
"""Group delay by the lower of the two rates: what leaves 0-3.4 kHz, 0-7 kHz and 0-10.2 kHz untouched."""

_KAISER_BETA: Final = 8.0
"""Stop band 81 dB down (Kaiser 1974: beta = 0.1102 (A - 8.7)), the noise floor of 13 bit telephony."""

_CUTOFF: Final = 0.985
"""The -6 dB point as a part of the lower Nyquist frequency, so that the image of 3.4 kHz is in the stop band."""


class LiveResampler:
    """A linear-phase FIR from one rate to another that keeps its state between calls.

    Sound leaves in whole milliseconds: after n of them have come in, exactly n have gone out, so a
    20 ms frame always gives a 20 ms frame. How the stream is cut into pieces changes
    nothing but, now and then, the rounding of the last bit.

    Attributes:
        delay_ms: how much later a sound leaves than it came in.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        """Raises ValueError for a rate that is not in `LIVE_RATES_HZ`."""
        for rate in (from_hz, to_hz):
            if rate not in LIVE_RATES_HZ:
                raise ValueError(f"{rate} Hz is not one of the live rates {LIVE_RATES_HZ}.")
        self._is_identity = from_hz == to_hz
        self.delay_ms = 0.0 if self._is_identity else _DELAY_MS[min(from_hz, to_hz)]
        self._step = from_hz // 1000
        self._kernel = _kernel(from_hz, to_hz)
        self.reset()

    def reset(self) -> None:
        """Forget what was heard, as if only silence had come before."""
        self._held = np.zeros(self._kernel.shape[0] - self._step, np.float32)

    def push(self, pcm: Pcm) -> Pcm:
        """Take the next samples, shape (n,), and return those that are complete, shape (m,)."""
        if self._is_identity:
            return pcm
        held = np.concatenate((self._held, pcm), dtype=np.float32)
        window = self._kernel.shape[0]
        count = (held.size - window) // self._step + 1
        if count <= 0:
            self._held = held
            return np.empty(0, np.int16)
        # One row a millisecond; rows overlap by the length of the filter.
        rows = np.ndarray((count, window), np.float32, held, strides=(4 * self._step, 4))
        out = (rows @ self._kernel).ravel()
        self._held = held[count * self._step :]
        np.rint(out, out=out)
        np.minimum(out, 32767.0, out=out)
        np.maximum(out, -32768.0, out=out)
        return out.astype(np.int16)


@lru_cache(maxsize=len(LIVE_RATES_HZ) ** 2)
def _kernel(from_hz: int, to_hz: int) -> npt.NDArray[np.float32]:
    """The filter as a matrix, shape (window, outputs a millisecond): window of input @ kernel = output.

    With the ratio up/down in lowest terms, output k lies k * down / up samples after the first input of
    its millisecond, and its taps are every up-th value of the prototype low-pass (Crochiere & Rabiner
    1983, chapter 3). A dense product of these small matrices beats a sparse one in numpy.
    """
    if from_hz == to_hz:
        return np.eye(from_hz // 1000, dtype=np.float32)
    common = gcd(from_hz, to_hz)
    up, down = to_hz // common, from_hz // common
    lower = min(from_hz, to_hz)
    half_taps = round(_DELAY_MS[lower] * from_hz / 1000)
    prototype = _low_pass(half_taps * up, cutoff=_CUTOFF * lower / (from_hz * up))
    step, outputs = from_hz // 1000, to_hz // 1000
    kernel = np.zeros((2 * half_taps + step, outputs), np.float64)
    for k in range(outputs):
        newest, phase = divmod(k * down, up)
        taps = prototype[phase::up]
        rows = 2 * half_taps + newest - np.arange(taps.size)
        kernel[rows, k] = taps / taps.sum()
    return kernel.astype(np.float32)


def _low_pass(half_length: int, cutoff: float) -> npt.NDArray[np.float64]:
    """A Kaiser-windowed sinc, shape (2 * half_length + 1,); `cutoff` as a part of its own sample rate."""
    n = np.arange(-half_length, half_length + 1)
    low_pass: npt.NDArray[np.float64] = np.sinc(cutoff * n) * np.kaiser(n.size, _KAISER_BETA)
    return low_pass


def resample_clip(pcm: Pcm, from_hz: int, to_hz: int) -> Pcm:
    """Change the rate of a whole clip at once: best quality, no delay, not for live sound."""
    if from_hz == to_hz:
        return pcm
    clip: Pcm = soxr.resample(pcm, from_hz, to_hz)
    return clip
