"""Calls to an agent with a language model, on a real Asterisk, with model servers that answer, stall and die."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from asisso.agents.stt.moonshine import Moonshine
from asisso.agents.tts.hibari import Hibari
from bench.stage import Stage
from modellab.chat import Asked, Call, Reply
from modellab.faults import Fault
from modellab.server import ModelLab
from pbxlab.telephone import PhoneCall, Telephone
from tests.pbx.calls import are_joined, completed, live_run, texts
from tests.pbx.speech import Listener, Pcm, alike

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

NUMBER = "8100"
AUDIBLE = 200
LONGEST_SILENCE_S = 2.0
KEY = "sk-pbx-lab-42"

DEFINITION: Mapping[str, Any] = {
    "nodes": [
        {
            "id": "hello",
            "type": "start",
            "data": {"say": "Acme, hello.", "prompt": "Find out what the caller wants."},
        },
        {
            "id": "order",
            "type": "agent",
            "data": {"collect": [{"name": "order_number", "type": "digits", "ask": "Which order number?"}]},
        },
        {
            "id": "tell",
            "type": "agent",
            "data": {"say": "Order {{order_number}} was shipped. Anything else?"},
        },
        {"id": "desk", "type": "transfer", "data": {"to": "6001", "say": "I will put you through."}},
        {"id": "bye", "type": "end", "data": {"say": "Goodbye."}},
    ],
    "edges": [
        {
            "id": "e1",
            "source": "hello",
            "target": "order",
            "data": {
                "label": "order status",
                "condition": "the caller asks about an order",
                "examples": ["where is my order", "has my order been shipped"],
            },
        },
        {
            "id": "e2",
            "source": "hello",
            "target": "desk",
            "data": {
                "label": "a person",
                "condition": "the caller wants a person",
                "examples": ["talk to someone"],
            },
        },
        {"id": "e3", "source": "order", "target": "tell", "data": {}},
        {
            "id": "e4",
            "source": "tell",
            "target": "bye",
            "data": {"label": "no", "condition": "the caller needs nothing else", "examples": ["no thanks"]},
        },
    ],
}


@dataclass
class Servers:
    """The three providers, each a process of its own as far as anybody can tell."""

    chat: ModelLab
    ears: ModelLab
    voice: ModelLab

    @property
    def agent(self) -> dict[str, Any]:
        """The settings that lead to them."""
        return {
            "kind": "cascade",
            "stt": {"kind": "openai", "base_url": self.ears.url, "api_key": KEY},
            "llm": {"base_url": self.chat.url, "api_key": KEY, "model": "lab-1"},
            "tts": {"kind": "openai", "base_url": self.voice.url, "api_key": KEY},
        }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recognizer() -> Moonshine:
    return Moonshine.load()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def words() -> Callable[[str], Pcm]:
    """Speaks as a caller."""
    voice = Hibari.load()
    return lambda text: np.asarray(voice.synthesize(text))


@pytest_asyncio.fixture(loop_scope="module")
async def servers(recognizer: Moonshine) -> AsyncIterator[Servers]:
    async with AsyncExitStack() as running:
        chat, ears, voice = [await running.enter_async_context(ModelLab(KEY)) for _ in range(3)]
        ears.transcription.recognize = lambda pcm, rate_hz: recognizer.recognize(pcm)
        yield Servers(chat, ears, voice)


@pytest_asyncio.fixture(loop_scope="module")
async def reception(lab: Stage, servers: Servers) -> AsyncIterator[Stage]:
    """The lab with a number behind which the cascade agent answers, by the servers of this test."""
    workflow = await lab.api.post("/workflows", name="Cascade", definition=DEFINITION, agent=servers.agent)
    number = await lab.api.post(
        f"{lab.path}/phone-numbers", address=NUMBER, inbound_workflow_id=workflow["id"]
    )
    yield lab
    await lab.api.delete(f"{lab.path}/phone-numbers/{number['id']}")


async def greeted(telephone: Telephone, caller_number: str) -> PhoneCall:
    """Call and let the agent greet."""
    call = await telephone.dial(NUMBER, caller_number=caller_number)
    await call.hears_audio()
    await call.hears_silence(500)
    return call


async def ask(call: PhoneCall, sound: Pcm) -> float:
    call.play(sound, 16_000)
    return await call.played()


async def run_of(on: Stage, call: PhoneCall, caller_number: str) -> dict[str, Any]:
    run = await live_run(on, caller_number)
    await call.hang_up()
    return await completed(on, run)


def longest_silence_s(call: PhoneCall, since: float, until: float) -> float:
    """How long neither side was heard at the telephone, from one time to another."""
    heard, said = call.heard_pcm(8_000), call.said_pcm(8_000)
    first, last = (max(0, round((at - call.invited_at) * 8_000)) for at in (since, until))
    longest = quiet = 0
    for at in range(first, last, 160):
        is_loud = any(np.abs(side[at : at + 160]).max(initial=0) >= AUDIBLE for side in (heard, said))
        quiet = 0 if is_loud else quiet + 1
        longest = max(longest, quiet)
    return longest * 0.02


async def test_caller_asks_and_the_models_tool_call_moves_the_workflow(
    reception: Stage, servers: Servers, telephone: Telephone, words: Callable[[str], Pcm]
) -> None:
    def think(asked: Asked) -> Reply:
        if "go_order_status" in asked.tools:
            return Reply(calls=[Call("go_order_status")])
        return Reply(calls=[Call("save_value", {"name": "order_number", "value": asked.last_words})])

    servers.chat.chat.think = think
    call = await greeted(telephone, "4101")
    said = await ask(call, words("Hello, where is my order?"))
    await call.hears_audio(since=said)
    await call.hears_silence(600)
    said = await ask(call, words("One two three four."))
    await call.hears_audio(since=said)
    await call.hears_silence(900)
    run = await run_of(reception, call, "4101")

    assert texts(run, "agent")[:2] == ["Acme, hello.", "Which order number?"]
    assert texts(run, "agent")[2] == "Order one two three four was shipped. Anything else?"
    assert alike(texts(run, "caller")[0], "Hello, where is my order?") > 0.6
    assert servers.voice.speech.texts.count("Which order number?") == 1
    assert [rate_hz for _, rate_hz in servers.ears.transcription.heard] == [16_000, 16_000]
    first, second = run["latency"]["turns"]
    for turn in (first, second):
        assert turn["endpointing_ms"] > 0
        assert turn["llm_ttft_ms"] >= 0
        assert turn["turn_latency_ms"] < 2_500


async def test_barge_in_cuts_what_the_model_is_told(
    reception: Stage, servers: Servers, telephone: Telephone, words: Callable[[str], Pcm]
) -> None:
    story = (
        "We sell tables and chairs and lamps and shelves of every size and colour, "
        "and we have done that for more than a hundred years in the same street."
    )
    servers.chat.chat.replies = [
        Reply(f"{story} Do you want to hear more? I could go on for hours."),
        Reply("All right."),
    ]
    call = await greeted(telephone, "4102")
    said = await ask(call, words("What do you sell?"))
    await call.hears_audio(since=said)
    await asyncio.sleep(2)
    said = await ask(call, words("Please stop, that is enough."))
    await call.hears_audio(since=said)
    await call.hears_silence(900)
    run = await run_of(reception, call, "4102")

    told = [m["content"] for m in servers.chat.chat.asked[-1].messages if m["role"] == "assistant"]
    cut = told[1]
    assert cut.endswith(" —")
    assert story.startswith(cut.removesuffix(" —")), cut
    assert 3 <= len(cut.split()) <= 20
    assert texts(run, "agent")[1] == cut.removesuffix(" —"), "transcript and model are told the same"
    assert servers.chat.chat.asked[-1].messages[-1]["role"] == "user"


async def test_model_puts_the_caller_through_by_an_edge(
    reception: Stage, servers: Servers, telephone: Telephone, callee: Telephone, words: Callable[[str], Pcm]
) -> None:
    servers.chat.chat.think = lambda asked: Reply(calls=[Call("go_a_person")])
    call = await greeted(telephone, "4103")
    await ask(call, words("Can I talk to somebody?"))
    answered = await callee.next_call()
    await answered.answered()
    run = await live_run(reception, "4103")
    await are_joined(reception)
    await call.hang_up()
    run = await completed(reception, run)

    assert texts(run, "agent")[-1] == "I will put you through."


Break = Callable[[Servers], Awaitable[None]]


def told_to(which: str, fault: Fault) -> Break:
    """From the next request on a provider fails so."""

    async def break_it(servers: Servers) -> None:
        lab = getattr(servers, which)
        for endpoint in (lab.chat, lab.transcription, lab.speech):
            endpoint.faults.always = fault

    return break_it


def killed(which: str) -> Break:
    """A provider's process is killed."""

    async def break_it(servers: Servers) -> None:
        await getattr(servers, which).kill()

    return break_it


BEFORE: Mapping[str, Break] = {
    "the model stalls between two words": told_to("chat", Fault.stalls(9)),
    "the model breaks off between two words": told_to("chat", Fault.disconnects(9)),
    "the model says nothing at all": told_to("chat", Fault.stalls(0)),
    "the model is killed": killed("chat"),
    "recognition stalls": told_to("ears", Fault.stalls(0)),
    "recognition is killed": killed("ears"),
    "the voice stalls in the middle of a sentence": told_to("voice", Fault.stalls(8)),
    "the voice breaks off in the middle of a sentence": told_to("voice", Fault.disconnects(8)),
    "the voice says nothing at all": told_to("voice", Fault.stalls(0)),
    "the voice is killed": killed("voice"),
}
ANSWER = "Let me look that up for you. It was shipped on Tuesday and it will arrive tomorrow. Anything else?"


@pytest.mark.parametrize("broken", BEFORE)
async def test_caller_never_hears_nothing_for_two_seconds_when(
    broken: str, reception: Stage, servers: Servers, telephone: Telephone, words: Callable[[str], Pcm]
) -> None:
    servers.chat.chat.think = lambda asked: Reply(ANSWER)
    caller_number = f"42{list(BEFORE).index(broken):02}"
    call = await greeted(telephone, caller_number)
    await BEFORE[broken](servers)
    began = call.last_audio_at or 0.0
    said = await ask(call, words("Hello, where is my order?"))
    await call.hears_audio(since=said)
    await call.hears_silence(2_500, 40)
    run = await run_of(reception, call, caller_number)

    until = call.last_audio_at or 0.0
    agent = " ".join(texts(run, "agent"))
    assert began < said < until
    assert longest_silence_s(call, said, until) <= LONGEST_SILENCE_S
    if "model" in broken:
        assert "Which order number?" in agent, "the embedded conversation goes on"
    else:
        assert agent.endswith(ANSWER)


@pytest.mark.parametrize("which", ["chat", "voice"])
async def test_caller_never_hears_nothing_for_two_seconds_when_a_provider_is_killed_in_mid_sentence(
    which: str, reception: Stage, servers: Servers, telephone: Telephone, words: Callable[[str], Pcm]
) -> None:
    servers.chat.chat.think = lambda asked: Reply(ANSWER)
    servers.chat.chat.token_s = 0.08
    servers.voice.speech.speed = 1.5
    call = await greeted(telephone, f"430{len(which)}")
    said = await ask(call, words("Hello, where is my order?"))
    await call.hears_audio(since=said)
    await killed(which)(servers)
    await call.hears_silence(2_500, 40)
    run = await run_of(reception, call, f"430{len(which)}")

    assert longest_silence_s(call, said, call.last_audio_at or 0.0) <= LONGEST_SILENCE_S
    (failed,) = [
        e for e in await reception.timeline(run["id"]) if e["kind"] in ("model_failed", "voice_failed")
    ][:1]
    assert failed["detail"]["code"] == "model_unreachable"
    agent = texts(run, "agent")
    assert " ".join(agent).startswith("Acme, hello. Let me look that up for you.")
    if which == "voice":
        assert " ".join(agent).endswith(ANSWER), "the embedded voice says the rest"
    else:
        assert agent[-1].endswith("Which order number?"), "the embedded conversation goes on"


async def test_key_of_a_server_stands_in_no_log_and_no_timeline(
    reception: Stage, servers: Servers, telephone: Telephone, words: Callable[[str], Pcm], listener: Listener
) -> None:
    for lab in (servers.chat, servers.ears, servers.voice):
        lab.api_key = "another"
    call = await greeted(telephone, "4104")
    said = await ask(call, words("Hello, where is my order?"))
    await call.hears_audio(since=said)
    await call.hears_silence(2_500)
    run = await run_of(reception, call, "4104")

    timeline = await reception.timeline(run["id"])
    assert {"model_failed", "recognition_failed", "voice_failed"} <= {entry["kind"] for entry in timeline}
    assert KEY not in str(timeline)
    assert KEY not in reception.product.log_text
    assert "Which order number?" in " ".join(texts(run, "agent"))
