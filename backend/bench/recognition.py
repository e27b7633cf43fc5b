"""Recognition when many callers fall silent at once, beside plain threads that go first come, first served.

What counts is how long callers wait for their words, and how long the event loop, which carries everybody's sound, is
kept from its next 5 ms meanwhile.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asisso.agents.speech import SpeechModels, _Loaded
from asisso.agents.stt.moonshine import Moonshine
from asisso.agents.workers import Share
from asisso.audio.frame import Pcm
from pbxlab import sounds

from .figures import p50_p95, p50_p95_max

CALLERS = (1, 10, 30)
ROUNDS = 3
TICK_S = 0.005
RATE_HZ = 16_000
LONGEST_S = 8

Recognize = Callable[[Pcm], Awaitable[str]]


def utterances(count: int) -> list[Pcm]:
    """Recorded human speech of one word to eight seconds, in the order of their names."""
    spoken = [p.load(RATE_HZ) for _, p in sorted(sounds.prompts().items()) if p.is_speech]
    fitting = [pcm for pcm in spoken if pcm.size <= LONGEST_S * RATE_HZ]
    return fitting[:: len(fitting) // count][:count]


async def main() -> list[dict[str, Any]]:
    """One result for each number of callers."""
    recognizer = Moonshine.load()
    recognizer.recognize(utterances(1)[0])
    models = SpeechModels()
    nothing: Any = None
    models._loaded = _Loaded(recognizer, nothing, nothing, None, None)
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(os.cpu_count()) as threads:

        async def fairly(pcm: Pcm) -> str:
            return await models.recognize(pcm, share=Share())

        async def in_order(pcm: Pcm) -> str:
            return await loop.run_in_executor(threads, recognizer.recognize, pcm)

        results = [await _measure(callers, fairly, in_order) for callers in CALLERS]
    models.close()
    return results


async def _measure(callers: int, fairly: Recognize, in_order: Recognize) -> dict[str, Any]:
    figures: dict[str, tuple[list[float], list[float]]] = {"product": ([], []), "baseline": ([], [])}
    for _ in range(ROUNDS):
        for name, recognize in (("baseline", in_order), ("product", fairly)):
            waits, late = await _all_at_once(utterances(callers), recognize)
            figures[name][0].extend(waits)
            figures[name][1].extend(late)
    return {
        "bench": "recognition",
        "unit": "ms from the end of speech to its words",
        "callers": callers,
        **{name: p50_p95(waits) for name, (waits, _) in figures.items()},
        **{f"{name}_loop_late": p50_p95_max(late) for name, (_, late) in figures.items()},
        "baseline_is": "a thread a processor, first come, first served",
    }


async def _all_at_once(sounds_: list[Pcm], recognize: Recognize) -> tuple[list[float], list[float]]:
    """How long each waited, and how late the loop was at each tick, in ms."""
    late: list[float] = []

    async def tick() -> None:
        while True:
            due = time.monotonic() + TICK_S
            await asyncio.sleep(TICK_S)
            late.append((time.monotonic() - due) * 1000)

    async def wait(pcm: Pcm) -> float:
        began = time.monotonic()
        await recognize(pcm)
        return (time.monotonic() - began) * 1000

    ticking = asyncio.create_task(tick())
    waits = await asyncio.gather(*(wait(pcm) for pcm in sounds_))
    ticking.cancel()
    return list(waits), late
