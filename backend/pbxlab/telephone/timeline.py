"""Lays frames of audio on the wall clock, as a telephone with an unlimited jitter buffer would play them.

Pure numpy.
"""

import wave
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from pbxlab.telephone.g711 import Pcm

# Frames that come up to this late are played seamlessly after the one before; later ones after a pause.
JITTER_MS = 60


def lay_out(frames: Iterable[tuple[float, Pcm]], sample_rate_hz: int, start_at: float, end_at: float) -> Pcm:
    """Frames `(received_at, samples)` on a silent track from `start_at` to `end_at`.

    A frame is never played before the one ahead of it has ended: a burst sounds as long as it is.
    What lies outside the track is cut off.
    """
    track = np.zeros(max(0, round((end_at - start_at) * sample_rate_hz)), np.int16)
    slack = JITTER_MS * sample_rate_hz // 1000
    position: int | None = None
    for at, samples in frames:
        arrived = round((at - start_at) * sample_rate_hz)
        if position is None or arrived > position + slack:
            position = arrived
        first, last = max(position, 0), min(position + len(samples), len(track))
        if first < last:
            track[first:last] = samples[first - position : last - position]
        position += len(samples)
    return track


def save_stereo(path: Path, left: Pcm, right: Pcm, sample_rate_hz: int) -> None:
    """Write two tracks as a 16-bit stereo WAV file; the shorter one ends in silence."""
    interleaved = np.zeros((max(len(left), len(right)), 2), "<i2")
    interleaved[: len(left), 0] = left
    interleaved[: len(right), 1] = right
    with wave.open(str(path), "wb") as target:
        target.setnchannels(2)
        target.setsampwidth(2)
        target.setframerate(sample_rate_hz)
        target.writeframes(interleaved.tobytes())


def rms(pcm: Pcm) -> float:
    """Root mean square of some samples; 0 for none."""
    if not len(pcm):
        return 0.0
    samples = pcm.astype(np.float32)
    return float(np.sqrt(np.dot(samples, samples) / len(samples)))
