"""Changes of sample rate: frame by frame for live sound, in one go for clips.

A live stream must give 20 ms out for every 20 ms in, at once: Asterisk drops what is not a whole frame,
and every millisecond inside the filter is a millisecond of conversation. Streaming resamplers made for
files bunch their output instead, so live sound has its own polyphase filter here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import gcd
from typing import Final

import numpy as np
import numpy.typing as npt
import soxr

from asisso.audio.frame import PTIME_MS, Pcm

LIVE_RATES_HZ: Final = (8_000, 16_000, 22_050, 24_000, 48_000)
"""All give whole samples in 20 ms; 22,050 Hz, where 320 samples at 16 kHz are 441, only in multiples of that."""

_DELAY_MS: Final = {8_000: 2.0, 16_000: 1.5, 22_050: 1.0, 24_000: 1.0}
"""Group delay by the lower of the two rates: what leaves 0-3.4, 0-7, 0-9.2 and 0-10.2 kHz untouched."""

_KAISER_BETA: Final = 8.0
"""Stop band 81 dB down (Kaiser 1974: beta = 0.1102 (A - 8.7)), the noise floor of 13 bit telephony."""

_CUTOFF: Final = 0.985
"""The -6 dB point as a part of the lower Nyquist frequency, so that the image of 3.4 kHz is in the stop band."""

_LEAST_BLOCKS: Final = 9
"""A frame is computed in at least so many equal blocks: larger ones multiply more zeros, smaller ones cost calls."""

Floats = npt.NDArray[np.float32]


class LiveResampler:
    """A linear-phase FIR from one rate to another that keeps its state between calls.

    Sound leaves in whole 20 ms frames: after n of them have come in, exactly n have gone out. What does not
    fill a frame waits for the rest. How the stream is cut into pieces changes nothing.

    Attributes:
        delay_ms: how much later a sound leaves than it came in, beside waiting for a whole frame.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        """Raises ValueError for a rate that is not in `LIVE_RATES_HZ`."""
        for rate in (from_hz, to_hz):
            if rate not in LIVE_RATES_HZ:
                raise ValueError(f"{rate} Hz is not one of the live rates {LIVE_RATES_HZ}.")
        self._is_identity = from_hz == to_hz
        self._frame = from_hz * PTIME_MS // 1000
        self._kernel = _kernel(from_hz, to_hz)
        self.delay_ms = 0.0 if self._is_identity else self._kernel.history / 2 / from_hz * 1000
        self._waiting = np.empty(0, np.int16)
        self._make_room()

    def _make_room(self) -> None:
        """Everything a frame needs, made once: allocating costs more than the arithmetic."""
        kernel, frame = self._kernel, self._frame
        self._input = np.zeros(kernel.history + frame, np.float32)
        self._past, self._newest = self._input[: kernel.history], self._input[kernel.history :]
        self._next_past = self._input[frame:]
        self._rows = np.empty(kernel.places.shape, np.float32)
        self._output = np.empty((*kernel.places.shape[:-1], kernel.matrix.shape[-1]), np.float32)
        self._flat = self._output.reshape(-1)
        # Where all blocks are alike their inputs are a view with overlapping rows, and copying it is quick.
        strides = (self._input.itemsize * kernel.step, self._input.itemsize)
        self._view = (
            np.ndarray(kernel.places.shape, np.float32, self._input, 0, strides) if kernel.step else None
        )

    def reset(self) -> None:
        """Forget what was heard, as if only silence had come before."""
        self._past[...] = 0
        self._waiting = np.empty(0, np.int16)

    def push(self, pcm: Pcm) -> Pcm:
        """Take the next samples, shape (n,), and return the frames that are complete, shape (m,)."""
        if self._is_identity:
            return pcm
        if pcm.size == self._frame and not self._waiting.size:
            return self._push_frame(pcm)
        waiting = np.concatenate((self._waiting, pcm))
        whole = waiting.size // self._frame * self._frame
        self._waiting = waiting[whole:]
        frames = [self._push_frame(waiting[at : at + self._frame]) for at in range(0, whole, self._frame)]
        return np.concatenate(frames) if frames else waiting[:0]

    def _push_frame(self, pcm: Pcm) -> Pcm:
        self._newest[...] = pcm
        if self._view is not None:
            self._rows[...] = self._view
            np.dot(self._rows, self._kernel.matrix, out=self._output)
        else:
            # The places are in range; "clip" spares numpy the copy it makes to be able to raise.
            self._input.take(self._kernel.places, out=self._rows, mode="clip")
            np.matmul(self._rows, self._kernel.matrix, out=self._output)
        self._past[...] = self._next_past
        out = self._output
        np.rint(out, out=out)
        np.minimum(out, 32767.0, out=out)
        np.maximum(out, -32768.0, out=out)
        return self._flat.astype(np.int16)


@dataclass(frozen=True, eq=False, slots=True)
class _Kernel:
    """The filter for one frame, cut into equal blocks of outputs: `input[places] @ matrix` = output, block by block.

    Attributes:
        history: samples before the frame that still count: twice the delay.
        places: which samples each block is made of, counted from the history's first: shape (blocks, window) where
            one matrix does for all, (blocks, 1, window) where each has its own.
        matrix: shape (window, outputs a block), or (blocks, window, outputs a block).
        step: input samples from block to block where they are alike, 0 where they are not.
    """

    history: int
    places: npt.NDArray[np.intp]
    matrix: Floats
    step: int


@lru_cache(maxsize=len(LIVE_RATES_HZ) ** 2)
def _kernel(from_hz: int, to_hz: int) -> _Kernel:
    """The filter from one rate to another.

    With the ratio up/down in lowest terms, output k of a frame lies k * down / up samples after its first input, and
    its taps are every up-th value of the prototype low-pass (Crochiere & Rabiner 1983, chapter 3). A dense product of
    these small matrices beats a sparse one in numpy.
    """
    common = gcd(from_hz, to_hz)
    up, down = to_hz // common, from_hz // common
    lower = min(from_hz, to_hz)
    half_taps = round(_DELAY_MS[lower] * from_hz / 1000)
    prototype = _low_pass(half_taps * up, cutoff=_CUTOFF * lower / (from_hz * up))
    frame, outputs = (rate * PTIME_MS // 1000 for rate in (from_hz, to_hz))
    blocks = next(n for n in range(_LEAST_BLOCKS, outputs + 1) if outputs % n == 0)
    newest, phases = np.divmod(np.arange(outputs).reshape(blocks, -1) * down, up)
    starts = newest[:, 0]
    window = int((newest[:, -1] - starts).max()) + 2 * half_taps + 1
    matrix = np.zeros((blocks, window, outputs // blocks), np.float64)
    for block, k in np.ndindex(newest.shape):
        taps = prototype[phases[block, k] :: up]
        rows = 2 * half_taps + newest[block, k] - starts[block] - np.arange(taps.size)
        matrix[block, rows, k] = taps / taps.sum()
    are_alike = frame % blocks == 0 and not phases[:, 0].any()
    places = starts[:, None] + np.arange(window)
    return _Kernel(
        history=2 * half_taps,
        places=places if are_alike else places[:, None],
        matrix=(matrix[0] if are_alike else matrix).astype(np.float32),
        step=frame // blocks if are_alike else 0,
    )


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
