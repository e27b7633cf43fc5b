"""What is done with samples once a frame or a window: the plain form of `samples.pyx`, for where that is not compiled.

Samples lie in a `bytearray`, signed 16 bit in the machine's order, at places counted in bytes.
"""

from __future__ import annotations

from typing import Final

import numpy as np

IS_COMPILED: Final = False
WINDOW_SAMPLES: Final = 512
WINDOW_BYTES: Final = 2 * WINDOW_SAMPLES


def put(samples: bytearray, at: int, sound: bytes) -> None:
    """Overwrite what is there."""
    samples[at : at + len(sound)] = sound


def move(samples: bytearray, start: int, end: int, to: int) -> None:
    """Copy a part to another place, which may overlap it."""
    samples[to : to + end - start] = samples[start:end]


def window_power(samples: bytearray, at: int) -> float:
    """Mean square of the 512 samples from there."""
    window = np.frombuffer(samples, np.int16, WINDOW_SAMPLES, at).astype(np.float32)
    return float(np.dot(window, window)) / WINDOW_SAMPLES
