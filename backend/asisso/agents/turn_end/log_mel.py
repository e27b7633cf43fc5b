"""Log-mel features as Whisper's front end defines them: what smart-turn hears instead of samples. Pure.

Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision" (2022): 80 bands of the Slaney mel scale
from 0 to 8 kHz, 25 ms Hann windows every 10 ms, the loudest 80 dB brought to about -1..1.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

_HZ: Final = 16_000
_WINDOW: Final = 400
_HOP: Final = 160
_BANDS: Final = 80
_LINEAR_UP_TO_HZ: Final = 1_000.0
_HZ_PER_MEL: Final = 200 / 3
_OCTAVE: Final = np.log(6.4) / 27
"""Above 1 kHz a mel is a 27th of the way to 6.4 times the frequency."""

_SMALLEST: Final = 1e-10
_RANGE: Final = 8.0
"""Decades below the loudest that are kept."""

Features = npt.NDArray[np.float32]


def log_mel(sound: npt.NDArray[np.float32]) -> Features:
    """Features of samples, shape (80, samples // 160); the sound is brought to zero mean and unit variance before."""
    level = sound.astype(np.float64)
    level = (level - level.mean()) / np.sqrt(level.var() + 1e-7)
    padded = np.pad(level, _WINDOW // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][: len(sound) // _HOP]
    spectrum = np.fft.rfft(frames * _HANN, axis=-1)
    power = spectrum.real**2 + spectrum.imag**2
    bands = np.log10(np.maximum(power @ _FILTERS, _SMALLEST))
    bands = np.maximum(bands, bands.max() - _RANGE)
    features: Features = ((bands + 4) / 4).T.astype(np.float32)
    return features


def _mel_to_hz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    corner = _LINEAR_UP_TO_HZ / _HZ_PER_MEL
    above = _LINEAR_UP_TO_HZ * np.exp(_OCTAVE * (np.maximum(mel, corner) - corner))
    return np.where(mel < corner, mel * _HZ_PER_MEL, above)


def _filters() -> npt.NDArray[np.float64]:
    """Triangles of equal area, shape (201, 80)."""
    corner = _LINEAR_UP_TO_HZ / _HZ_PER_MEL
    highest = corner + np.log(_HZ / 2 / _LINEAR_UP_TO_HZ) / _OCTAVE
    edges = _mel_to_hz(np.linspace(0, highest, _BANDS + 2))
    bins = np.linspace(0, _HZ / 2, _WINDOW // 2 + 1)[:, np.newaxis]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))


_HANN: Final = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)
_FILTERS: Final = _filters()
