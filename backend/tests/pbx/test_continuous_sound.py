"""An agent that streams continuously stays in the present, for as long as the call lasts and after its process stood
still. Its sound is the telephone's own, given back, so the telephone can tell how late it is."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
import sys
import time
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio

from bench.product import Product
from bench.stage import Stage
from pbxlab import sounds
from pbxlab.telephone import PhoneCall
from tests.pbx.calls import completed, live_run
from tests.pbx.stages import OpenStage, StartProduct, TelephoneAt

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

DURATION_S = 600 if os.environ.get("LONG") else 45
STALLS = 3
STALL_S = 0.3
MAY_GROW_MS = 40
RATE_HZ = 8_000
WINDOW_S = 2.0
AT_EITHER_END_S = 10
LONGEST_DELAY_MS = 1_000
ALIKE = 0.7
PROMPTS = ("demo-nomatch", "conf-onlyperson", "tt-weasels", "vm-goodbye")


@pytest_asyncio.fixture(loop_scope="module")
async def stalled_product(start_product: StartProduct) -> Product:
    """One of its own: nothing else may stand still with it."""
    return start_product()


@pytest_asyncio.fixture(loop_scope="module")
async def echo(stalled_product: Product, open_stage: OpenStage) -> AsyncIterator[Stage]:
    on = await open_stage(stalled_product, agent={"kind": "echo"})
    await on.becomes("connected")
    yield on


@pytest.mark.timeout(DURATION_S + 120)
async def test_delay_does_not_grow_over_the_call_nor_by_stalls(
    echo: Stage, stalled_product: Product, telephone_at: TelephoneAt
) -> None:
    telephone = await telephone_at(echo)
    call = await telephone.dial("8000")
    await call.answered()
    run = await live_run(echo)
    await talk_on(call, stalled_product)
    await call.hang_up()

    delays = delays_ms(call)
    half = len(delays) // 2
    first = statistics.median(delays[: AT_EITHER_END_S // int(WINDOW_S)])
    last = statistics.median(delays[-AT_EITHER_END_S // int(WINDOW_S) :])
    quality = (await completed(echo, run))["quality"]
    figures = {
        "seconds": DURATION_S,
        "delay_ms": {"first": first, "middle": statistics.median(delays[half - 2 : half + 3]), "last": last},
        "worst_ms": max(delays),
        "audio": quality["audio"],
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    assert last - first <= MAY_GROW_MS, figures


async def talk_on(call: PhoneCall, product: Product) -> None:
    """Speak for the whole time, with people's pauses; the product's process stands still a few times meanwhile."""
    began = time.monotonic()
    stalls = [DURATION_S * (i + 1) / (STALLS + 2) for i in range(STALLS)]
    prompts = [sounds.prompt(name).path for name in PROMPTS]
    for turn in range(10_000):
        call.play(prompts[turn % len(prompts)])
        await call.played()
        elapsed = time.monotonic() - began
        if elapsed > DURATION_S:
            return
        if stalls and elapsed > stalls[0]:
            stalls.pop(0)
            call.play(prompts[0])
            await stall(product)
            await call.played()


async def stall(product: Product) -> None:
    os.kill(product.pid, signal.SIGSTOP)
    await asyncio.sleep(STALL_S)
    os.kill(product.pid, signal.SIGCONT)


def delays_ms(call: PhoneCall) -> list[float]:
    """How late the telephone's own sound came back, window by window; windows without speech are left out."""
    said, heard = (track.astype(np.float32) for track in (call.said_pcm(RATE_HZ), call.heard_pcm(RATE_HZ)))
    window, reach = int(WINDOW_S * RATE_HZ), LONGEST_DELAY_MS * RATE_HZ // 1000
    found = []
    for start in range(0, min(len(said), len(heard)) - window - reach, window):
        delay = delay_of(said[start : start + window], heard[start : start + window + reach])
        if delay is not None:
            found.append(delay * 1000 / RATE_HZ)
    return found


def delay_of(said: np.ndarray, heard: np.ndarray) -> int | None:
    """Where in what was heard the said window lies, in samples; None where it is not to be found."""
    energy = float(np.dot(said, said))
    if energy < said.size * 300.0**2:
        return None
    size = 1 << (said.size + heard.size).bit_length()
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size))
    matching = np.fft.irfft(product, size)[: heard.size - said.size]
    best = int(matching.argmax())
    there = heard[best : best + said.size]
    alike = matching[best] / np.sqrt(energy * float(np.dot(there, there)) + 1)
    return best if alike >= ALIKE else None
