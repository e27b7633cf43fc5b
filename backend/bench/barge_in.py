"""Barge-in on a real Asterisk: from the caller's first voiced frame to silence at the telephone.

The caller is recorded human speech; the agent tells something long, and is interrupted in the middle of it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from asisso.audio.frame import Pcm
from pbxlab import sounds
from pbxlab.telephone.call import PhoneCall
from pbxlab.telephone.telephone import Telephone
from pbxlab.telephone.timeline import rms

from .figures import percentile
from .stage import Stage

TRIES = 60
STORY = (
    "Welcome to the public library. We are open every day from nine in the morning until six in the evening. "
    "You can ask me about books, about the reading room, and about the children's programme. "
    "The reading room is on the second floor, and you will need a card, which you can get at the desk."
)
VOICED_RMS = 300.0
HEARD_BEFORE_S = 1.2
STEP_S = 0.07
"""Later by this much each time, so that the interruption falls on all parts of words and frames."""

GAP_S = 0.2
RATE_HZ = 8_000
FRAME_S = 0.02
LIMIT_S = 3.0
MIN_WORDS = 4


def interruptions(count: int) -> list[sounds.Prompt]:
    """So many human recordings of a few words, in the order of their names."""
    spoken = [
        prompt
        for _, prompt in sorted(sounds.prompts().items())
        if prompt.is_speech and len(prompt.text.split()) >= MIN_WORDS
    ]
    return spoken[:: len(spoken) // count][:count]


async def measure(on: Stage, tries: int = TRIES) -> dict[str, Any]:
    """Interrupt the agent again and again, each time in a call of its own."""
    latencies: list[float] = []
    missed: list[str] = []
    async with Telephone(on.asterisk.sip_address) as telephone:
        for number, prompt in enumerate(interruptions(tries)):
            latency_ms = await interrupt(telephone, prompt, after_s=HEARD_BEFORE_S + number * STEP_S)
            if latency_ms is None:
                missed.append(prompt.name)
            else:
                latencies.append(latency_ms)
    await on.asterisk.ari.empty()
    return {
        "bench": "barge_in",
        "unit": "ms from the caller's first voiced frame to silence at the telephone, human speech",
        "tries": tries,
        "missed": missed,
        "p50": round(percentile(latencies, 0.5)),
        "p95": round(percentile(latencies, 0.95)),
        "max": round(max(latencies)),
        "all": [round(value) for value in latencies],
    }


async def interrupt(telephone: Telephone, prompt: sounds.Prompt, *, after_s: float) -> float | None:
    """One call; gives the ms until the agent was silent, None when it was not."""
    call = await telephone.dial("8000")
    began = await call.hears_audio()
    await asyncio.sleep(max(0.0, began + after_s - time.time()))
    spoken_from = time.time()
    call.play(prompt.path)
    try:
        return await silenced(call, spoken_from)
    finally:
        call.stop_playing()
        await call.hang_up()


async def silenced(call: PhoneCall, spoken_from: float) -> float | None:
    """The ms from the first voiced frame said since then to the end of the last packet before a gap."""
    give_up_at = time.time() + LIMIT_S
    while time.time() < give_up_at:
        await asyncio.sleep(GAP_S / 4)
        voiced_at = _voiced_at(call.said_pcm(RATE_HZ), call.invited_at, spoken_from)
        if voiced_at is None:
            continue
        last_at = _last_before_gap([packet.at for packet in call.heard], voiced_at, time.time())
        if last_at is not None:
            return (last_at + FRAME_S - voiced_at) * 1000
    return None


def _voiced_at(said: Pcm, said_from: float, since: float) -> float | None:
    frame = int(RATE_HZ * FRAME_S)
    first = max(0, int((since - said_from) / FRAME_S))
    for index in range(first, len(said) // frame):
        if rms(np.asarray(said[index * frame : (index + 1) * frame])) > VOICED_RMS:
            return said_from + index * FRAME_S
    return None


def _last_before_gap(packets: Sequence[float], since: float, now: float) -> float | None:
    """The first packet at or after a time that no other follows for `GAP_S`."""
    after = [at for at in packets if at >= since - FRAME_S]
    for at, following in zip(after, [*after[1:], now], strict=True):
        if following - at > GAP_S:
            return at
    return None
