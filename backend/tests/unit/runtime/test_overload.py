"""A node whose speech falls behind takes no new calls, says so, and takes them again when it has caught up."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from asisso.agents.load import LoadPolicy
from asisso.agents.speech import SpeechModels
from asisso.agents.workers import Share
from asisso.audio.frame import Pcm
from asisso.outbound_addresses import AddressPolicy
from asisso.runtime.agent_plans import OVERLOADED, AgentPlanner
from asisso.security import SecretBox
from tests.fakes.conversation import no_network
from tests.fakes.speech import LoudnessDetector, ToneSynthesizer, murmur

pytestmark = pytest.mark.unit

POLICY = LoadPolicy(shut_at_s=0.6, shut_after_s=0.1, open_below_s=0.2, open_after_s=0.6)


class SlowRecognizer:
    """Keeps a thread for a tenth of a second, as an overworked processor would."""

    def recognize(self, pcm: Pcm) -> str:
        time.sleep(0.1)
        return "word"


async def test_overload_refuses_new_calls_and_keeps_those_under_way(tmp_path: Path) -> None:
    models = SpeechModels(
        load_recognizer=SlowRecognizer,
        load_synthesizer=ToneSynthesizer,
        load_voice_model=LoudnessDetector,
        load_end_predictor=lambda: None,
        load_encoder=lambda: None,
        processors=2,
        load_policy=POLICY,
    )
    planner = AgentPlanner(
        tmp_path,
        secret_box=SecretBox("k" * 32),
        fetch=no_network,
        addresses=AddressPolicy(),
        models=models,
    )
    assert planner.no_capacity is None, "a caller rings until the models are there"
    assert planner.reasons == ["The speech models are being loaded."]
    await models.load()
    assert (planner.no_capacity, planner.reasons) == (None, [])

    talking = [asyncio.create_task(models.recognize(murmur(2_000), share=Share())) for _ in range(30)]
    await asyncio.wait(talking[:6])
    assert (planner.no_capacity, planner.reasons) == (OVERLOADED, [OVERLOADED])

    assert await asyncio.gather(*talking) == ["word"] * 30, "nobody who is on the line is given up"
    assert planner.no_capacity == OVERLOADED
    async with asyncio.timeout(5):
        while planner.no_capacity:  # noqa: ASYNC110 - the load is looked at, it does not tell
            await asyncio.sleep(0.02)
    assert planner.reasons == []
    models.close()
