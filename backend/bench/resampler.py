"""The resampler of live sound beside soxr's stream: what it delays, what it leaves of a tone, what it costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import soxr

from asisso.audio.frame import Pcm
from asisso.audio.resample import LIVE_RATES_HZ, LiveResampler

WIRE_HZ = 16_000
SECONDS = 2
TONE_PART = 0.4
"""The tone lies at this part of the lower rate's Nyquist frequency, inside every pass band."""

SLOW_TONE_HZ = 50.0
"""A delay of up to 10 ms either way can be read off its phase."""

AMPLITUDE = 20_000
ROUNDS = 5
FRAMES_A_ROUND = 500

Push = Callable[[Pcm], Pcm]


def measure() -> Iterator[dict[str, Any]]:
    """One line for each change of rate an agent may need."""
    for rate in LIVE_RATES_HZ:
        if rate != WIRE_HZ:
            yield _pair(WIRE_HZ, rate)
            yield _pair(rate, WIRE_HZ)


def _pair(from_hz: int, to_hz: int) -> dict[str, Any]:
    ours, theirs = _figures(_ours, from_hz, to_hz), _figures(_soxr, from_hz, to_hz)
    us, soxr_us = _cost_us(from_hz, to_hz)
    return {
        "bench": "resampler",
        "unit": "ms of delay, dB of a tone's SINAD, microseconds a 20 ms frame",
        "from_hz": from_hz,
        "to_hz": to_hz,
        "product": {**ours, "us": round(us, 1)},
        "baseline": {**theirs, "us": round(soxr_us, 1)},
        "baseline_is": "soxr.ResampleStream, HQ",
        "ratio": {"delay": round(ours["delay_ms"] / theirs["delay_ms"], 2), "us": round(us / soxr_us, 2)},
    }


def _ours(from_hz: int, to_hz: int) -> Push:
    return LiveResampler(from_hz, to_hz).push


def _soxr(from_hz: int, to_hz: int) -> Push:
    stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="int16")
    push: Push = stream.resample_chunk
    return push


def _figures(make: Callable[[int, int], Push], from_hz: int, to_hz: int) -> dict[str, float]:
    """Delay is the longest time for which a sound that came in had not left yet, beside its own frame."""
    *_, sinad_db = _through(make(from_hz, to_hz), TONE_PART * min(from_hz, to_hz) / 2, from_hz, to_hz)
    held_ms, group_ms, _ = _through(make(from_hz, to_hz), SLOW_TONE_HZ, from_hz, to_hz)
    return {"delay_ms": round(held_ms + group_ms, 1), "sinad_db": round(sinad_db, 1)}


def _through(push: Push, tone_hz: float, from_hz: int, to_hz: int) -> tuple[float, float, float]:
    """What a tone goes through, frame by frame: the most that was held back (ms), the group delay (ms), SINAD (dB)."""
    frame = from_hz // 50
    tone = np.rint(AMPLITUDE * np.sin(2 * np.pi * tone_hz * np.arange(from_hz * SECONDS) / from_hz))
    out: list[Pcm] = []
    left, held_ms = 0, 0.0
    for at in range(0, tone.size, frame):
        out.append(push(tone[at : at + frame].astype(np.int16)))
        left += out[-1].size
        held_ms = max(held_ms, ((at + frame) / from_hz - left / to_hz) * 1000)
    phase, sinad_db = _fit(np.concatenate(out).astype(np.float64), tone_hz, to_hz)
    return held_ms, -phase / (2 * np.pi * tone_hz) * 1000, sinad_db


def _fit(sound: npt.NDArray[np.float64], tone_hz: float, rate_hz: int) -> tuple[float, float]:
    """Phase, and SINAD in dB, of the one tone that should be there, once the filter has settled."""
    settled = slice(rate_hz // 10, sound.size - rate_hz // 10)
    angle = 2 * np.pi * tone_hz * np.arange(sound.size)[settled] / rate_hz
    basis = np.stack((np.sin(angle), np.cos(angle)), axis=1)
    (sine, cosine), *_ = np.linalg.lstsq(basis, sound[settled], rcond=None)
    wanted = basis @ np.array([sine, cosine])
    noise = np.sum((sound[settled] - wanted) ** 2)
    return float(np.arctan2(cosine, sine)), float(10 * np.log10(np.sum(wanted**2) / noise))


def _cost_us(from_hz: int, to_hz: int) -> tuple[float, float]:
    """Ours and soxr's, in turn; the best round of each."""
    speech = np.random.default_rng(1).integers(-AMPLITUDE, AMPLITUDE, from_hz // 50).astype(np.int16)
    pushes = _ours(from_hz, to_hz), _soxr(from_hz, to_hz)
    rounds = [[_round_us(push, speech) for push in pushes] for _ in range(ROUNDS)]
    return min(ours for ours, _ in rounds), min(theirs for _, theirs in rounds)


def _round_us(push: Push, frame: Pcm) -> float:
    started = time.perf_counter()
    for _ in range(FRAMES_A_ROUND):
        push(frame)
    return (time.perf_counter() - started) / FRAMES_A_ROUND * 1e6
