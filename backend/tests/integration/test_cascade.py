"""The whole cascade over real HTTP: an agent's settings, its three servers, and a line whose time is scripted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from asisso.agents.registry import AgentParts, create_agent
from asisso.agents.spec import parse_agent_spec
from asisso.outbound_addresses import AddressPolicy
from asisso.workflows.engine import Engine
from modellab.chat import Call, Reply
from modellab.faults import Fault
from modellab.server import ModelLab
from tests.fakes.conversation import MONDAY, edge, no_network, node, workflow
from tests.fakes.line import FakeCaller, FakeLine
from tests.fakes.speech import ScriptedRecognizer, fake_models, murmur

pytestmark = pytest.mark.integration

KEY = "sk-cascade-lab"
SHOP = workflow(
    node("start", "start", say="Hello.", prompt="Sell shoes."),
    node("size", "agent", prompt="Sell.", collect=[{"name": "size", "type": "number", "ask": "Which size?"}]),
    node("bye", "end", say="Goodbye."),
    edge("start", "size", label="shoes", condition="the caller wants shoes", examples=["shoes please"]),
    edge("size", "bye", when="size"),
)


@asynccontextmanager
async def shop(
    lab: ModelLab, *words: str, addresses: AddressPolicy | None = None
) -> AsyncIterator[tuple[FakeLine, FakeCaller]]:
    """A conversation with the shop, greeted; `words` are what the embedded recognition understands."""
    server = {"base_url": lab.url, "api_key": KEY}
    spec = parse_agent_spec(
        {
            "kind": "cascade",
            "llm": {
                **server,
                "model": "lab-1",
                "first_token_timeout_s": 0.5,
                "between_tokens_timeout_s": 0.3,
            },
            "stt": {"kind": "openai", **server, "timeout_s": 0.5},
            "tts": {
                "kind": "openai",
                **server,
                "first_sound_timeout_s": 0.5,
                "between_sounds_timeout_s": 0.3,
            },
            "voice": "nova",
        }
    )
    models = await fake_models(ScriptedRecognizer(*words))
    parts = AgentParts(
        engine=Engine(SHOP, {}),
        models=models,
        fetch=no_network,
        addresses=addresses or AddressPolicy(),
        now=lambda: MONDAY,
    )
    agent = create_agent(spec, parts)
    await agent.prepare()
    line = FakeLine()
    caller = FakeCaller(agent, line)
    conversing = asyncio.create_task(agent.converse(line))
    try:
        await caller.wait_for(lambda: "Hello." in line.texts and not line.is_speaking)
        yield line, caller
    finally:
        conversing.cancel()
        await asyncio.wait([conversing])
        await agent.close()
        models.close()


async def turn(line: FakeLine, caller: FakeCaller, answer: str) -> None:
    """One turn of the caller, until the answer was heard."""
    await caller.speak(murmur(600))
    await caller.wait_for(lambda: answer in said(line) and not line.is_speaking)


def said(line: FakeLine) -> str:
    """What the agent has said, pieces joined."""
    return " ".join(" ".join(line.texts).split())


async def test_conversation_goes_through_all_three_servers_and_the_graph() -> None:
    async with ModelLab(KEY) as lab, shop(lab) as (line, caller):
        lab.transcription.words = ["Shoes, please.", "Forty two."]
        lab.chat.replies = [
            Reply(calls=[Call("go_shoes")]),
            Reply("Good.", [Call("save_value", {"name": "size", "value": "forty two"})]),
        ]
        await turn(line, caller, "Which size?")
        await turn(line, caller, "Goodbye.")

        assert said(line) == "Hello. Which size? Good. Goodbye."
        assert line.gathered == {"size": 42}
        assert {body["voice"] for body in lab.speech.asked} == {"nova"}
        assert lab.speech.texts.count("Hello.") == 1
        first, second = lab.chat.asked
        assert [m["role"] for m in first.messages] == ["system", "assistant", "user"]
        assert [m["role"] for m in second.messages] == [
            "system", "assistant", "user", "assistant", "tool", "assistant", "user"
        ]  # fmt: skip
        assert line.usage["llm_input_tokens"] > 0
        assert line.usage["llm_output_tokens"] > 0


@pytest.mark.parametrize(
    "fault", [Fault.refuses(401), Fault.refuses(429, 5), Fault.refuses(500), Fault.garbles()]
)
async def test_conversation_goes_on_offline_when_every_server_fails(fault: Fault) -> None:
    async with ModelLab(KEY) as lab, shop(lab, "Shoes please.", "Forty two.") as (line, caller):
        for endpoint in (lab.chat, lab.speech, lab.transcription):
            endpoint.faults.always = fault
        await turn(line, caller, "Which size?")
        await turn(line, caller, "Goodbye.")

        assert line.gathered == {"size": 42}
        kinds = {kind for kind, _ in line.notes}
        assert {"model_failed", "voice_failed", "recognition_failed", "model_replaced"} <= kinds
        assert KEY not in str(line.notes)


async def test_conversation_goes_on_offline_where_the_servers_may_not_be_reached() -> None:
    public = AddressPolicy(allow_private=False)
    async with ModelLab(KEY) as lab, shop(lab, "Shoes please.", addresses=public) as (line, caller):
        await turn(line, caller, "Which size?")

        assert lab.connections == 0
        reasons = [str(detail.get("reason")) for kind, detail in line.notes if kind == "model_failed"]
        assert any("does not connect to 127.0.0.1" in reason for reason in reasons)


async def test_connections_are_given_back_with_the_call() -> None:
    async with ModelLab(KEY) as lab:
        async with shop(lab) as (line, caller):
            lab.transcription.words = ["Shoes, please."]
            lab.chat.replies = [Reply(calls=[Call("go_shoes")])]
            await turn(line, caller, "Which size?")
            assert lab.open_connections > 0
        async with asyncio.timeout(2):
            await lab.idle()

        assert lab.open_connections == 0
