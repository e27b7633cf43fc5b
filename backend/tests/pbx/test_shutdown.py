"""Stopping the server: the calls come first."""

from __future__ import annotations

import httpx
import pytest

from asisso.audio.wav import read_wav
from bench.product import Product
from bench.stage import eventually
from pbxlab import sounds
from pbxlab.telephone import EndKind
from tests.pbx.stages import OpenStage, StartProduct, TelephoneAt

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]


async def readiness(product: Product) -> tuple[int, list[str]]:
    """What /readyz says: status and reasons."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{product.url}/readyz")
    return answer.status_code, answer.json()["reasons"]


async def is_draining(product: Product) -> None:
    await eventually(
        lambda: readiness(product), lambda seen: seen[0] == 503 and "stopped" in seen[1][0], "draining", 5
    )


async def test_server_told_to_stop_lets_the_call_end_and_takes_no_other(
    start_product: StartProduct, open_stage: OpenStage, telephone_at: TelephoneAt
) -> None:
    product = start_product()
    on = await open_stage(product)
    await on.becomes("connected")
    telephone = await telephone_at(on)
    call = await telephone.dial("8000")
    await call.hears_audio()

    product.terminate()
    await is_draining(product)

    assert (await (await telephone.dial("8000")).ended()).code == 503
    refused, running = await on.runs()
    assert (refused["outcome"], running["state"]) == ("refused_capacity", "in_progress")
    await call.hears_silence(600)
    call.play(sounds.prompt("vm-goodbye").path)
    said_at = await call.played()
    await call.hears_audio(since=said_at)
    assert (await call.ended()).kind is EndKind.REMOTE_BYE

    assert await product.exited() == 0
    await on.asterisk.ari.empty()
    product.start()
    _, run = await on.finished_runs(2)
    assert (run["outcome"], run["ended_by"], len(run["transcript"])) == ("completed", "agent", 3)


async def test_call_that_outlasts_the_drain_time_is_ended_and_written_down(
    start_product: StartProduct, open_stage: OpenStage, telephone_at: TelephoneAt
) -> None:
    product = start_product(DRAIN_TIMEOUT_S="1")
    on = await open_stage(product)
    await on.becomes("connected")
    call = await (await telephone_at(on)).dial("8000")
    await call.hears_audio()

    product.terminate()

    end = await call.ended()
    assert (end.kind, end.cause) == (EndKind.REMOTE_BYE, 16)
    assert await product.exited() == 0
    await on.asterisk.ari.empty()
    product.start()
    (run,) = await on.finished_runs(1)
    assert (run["outcome"], run["ended_by"]) == ("failed", "system")
    assert "stopped" in run["detail"]
    (recording,) = (product.data_dir / "recordings").rglob("*.wav")
    samples, rate = read_wav(recording)
    assert abs(len(samples) / rate * 1000 - run["duration_ms"]) < 1000
