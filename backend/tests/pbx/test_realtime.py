"""A speech-to-speech model in real calls: a local server that speaks OpenAI's realtime protocol, and all that fails."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from asisso.agents.stt.moonshine import Moonshine
from asisso.agents.tts.hibari import Hibari
from asisso.audio.resample import resample_clip
from bench.stage import Stage
from modellab.faults import Fault
from modellab.realtime import HZ, RealtimeServer, Reply
from pbxlab import sounds
from pbxlab.telephone import EndKind, PhoneCall, Telephone
from tests.pbx.calls import Run, completed, ending, heard_since, live_run, noted, texts
from tests.pbx.speech import ALIKE, Listener, alike

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

QUESTION = "demo-nomatch"
GREETING = "Hello, this is the front desk of the clinic."
STORY = (
    "Let me tell you about our opening hours, which are a long story, because they differ from day to day."
)
ANSWER = "We open at nine o'clock in the morning."
WORKFLOW = {
    "nodes": [
        {"id": "hello", "type": "start", "data": {"say": GREETING, "prompt": "You are the front desk."}},
        {"id": "bye", "type": "end", "data": {"say": "Thank you for calling, goodbye."}},
    ],
    "edges": [
        {
            "id": "e1",
            "source": "hello",
            "target": "bye",
            "data": {"label": "goodbye", "condition": "the caller parts", "digits": "9"},
        }
    ],
}


@pytest_asyncio.fixture(loop_scope="module")
async def server() -> AsyncIterator[RealtimeServer]:
    voice, recognizer = Hibari.load(), Moonshine.load()
    async with RealtimeServer(api_key="a model's key") as lab:
        lab.speak = lambda text: resample_clip(voice.synthesize(text), 16_000, HZ)
        lab.understand = lambda pcm: recognizer.recognize(resample_clip(pcm, HZ, 16_000))
        lab.usual = Reply(ANSWER)
        yield lab
        assert lab.violations == []


async def number_of(on: Stage, address: str, server: RealtimeServer, **settings: Any) -> str:
    """A number that leads to the model."""
    agent = {
        "kind": "realtime",
        "url": server.url,
        "model": "gpt-realtime-2",
        "api_key": "a model's key",
        **settings,
    }
    workflow = await on.api.post("/workflows", name=f"realtime {address}", definition=WORKFLOW, agent=agent)
    await on.api.post(f"{on.path}/phone-numbers", address=address, inbound_workflow_id=workflow["id"])
    return address


async def greeted(on: Stage, telephone: Telephone, number: str) -> tuple[PhoneCall, Run]:
    """Call the model and let it greet."""
    call = await telephone.dial(number, caller_number=number)
    await call.hears_audio()
    await call.hears_silence(500)
    return call, await live_run(on, number)


def longest_silence(call: PhoneCall, since: float, until: float) -> float:
    """Seconds without any sound at the telephone."""
    at = [packet.at for packet in call.heard if since <= packet.at <= until]
    return float(np.diff([since, *at, until]).max())


class TestTalking:
    async def test_caller_and_model_understand_each_other(
        self, lab: Stage, telephone: Telephone, server: RealtimeServer, listener: Listener
    ) -> None:
        await number_of(lab, "8401", server)
        call, run = await greeted(lab, telephone, "8401")
        question = sounds.prompt(QUESTION)
        call.play(question.path)
        said_at = await call.played()
        await noted(lab, run, "turn")
        await call.hears_audio(since=said_at)
        await call.hears_silence(600)
        heard = listener.understands(heard_since(call, said_at))
        call.send_digits("9")
        end = await call.ended(20)

        run = await completed(lab, run)
        assert end.kind is EndKind.REMOTE_BYE
        assert ending(run) == ("completed", "agent")
        assert alike(heard, ANSWER) > ALIKE, heard
        assert alike(" ".join(texts(run, "caller")), question.text) > ALIKE
        said = texts(run, "agent")
        assert said[0] == GREETING
        assert ANSWER in said[1]
        assert said[-1].endswith("Thank you for calling, goodbye.")

    @pytest.mark.parametrize("turn_detection", ["server", "ours"])
    async def test_barge_in_is_truncated_at_what_was_heard(
        self, lab: Stage, telephone: Telephone, server: RealtimeServer, turn_detection: str
    ) -> None:
        number = await number_of(
            lab, "8402" if turn_detection == "server" else "8403", server, turn_detection=turn_detection
        )
        server.replies.append(Reply(STORY))
        call, run = await greeted(lab, telephone, number)
        call.play(sounds.prompt("vm-goodbye").path)
        asked_at = await call.played()
        began_at = await call.hears_audio(since=asked_at)
        await asyncio.sleep(2.0)
        interrupted_at = time.time()
        call.play(sounds.prompt(QUESTION).path)
        await call.played()
        silent_after = call_silence(call, interrupted_at)
        await call.until(lambda: any(i.kept_ms is not None for i in server.last.items.values()), "cut", 5)
        await call.hears_silence(900)
        await call.hang_up()

        run = await completed(lab, run)
        (story,) = [item for item in server.last.items.values() if item.text == STORY]
        assert story.kept_ms is not None
        heard_ms = (interrupted_at + silent_after - began_at) * 1000
        assert abs(story.kept_ms - heard_ms) < 400, (story.kept_ms, heard_ms)
        told = next(turn for turn in run["transcript"] if turn["interrupted"])
        assert STORY.startswith(told["text"][:20])
        assert len(told["text"].split()) < len(STORY.split())


def call_silence(call: PhoneCall, since: float) -> float:
    """Seconds from a moment in the middle of speech until the telephone was silent."""
    last = since
    for packet in call.heard:
        if packet.at > last + 0.3:
            break
        last = max(last, packet.at)
    return last - since


class TestTrouble:
    async def test_model_that_stalls_in_mid_sentence_leaves_no_two_seconds_of_silence(
        self, lab: Stage, telephone: Telephone, server: RealtimeServer
    ) -> None:
        await number_of(lab, "8411", server)
        call, run = await greeted(lab, telephone, "8411")
        server.answering.next.append(Fault.stalls(8))
        call.play(sounds.prompt(QUESTION).path)
        said_at = await call.played()
        await noted(lab, run, "model_lost", 15)
        await call.until(lambda: len(server.sessions) >= 2, "a new session", 5)
        await call.hears_silence(2_500, 20)
        ended_at = call.last_audio_at or 0
        await call.hang_up()

        run = await completed(lab, run)
        assert longest_silence(call, said_at, ended_at) < 2.0
        assert "One moment, please." in " ".join(texts(run, "agent"))
        assert texts(run, "agent")[-1].endswith(ANSWER)

    async def test_server_that_is_killed_is_apologised_for(
        self, lab: Stage, telephone: Telephone, server: RealtimeServer
    ) -> None:
        await number_of(lab, "8412", server)
        server.replies.append(Reply(STORY))
        call, run = await greeted(lab, telephone, "8412")
        call.play(sounds.prompt(QUESTION).path)
        said_at = await call.played()
        await call.hears_audio(since=said_at)
        await server.kill()
        killed_at = time.time()
        await call.ended(30)

        run = await completed(lab, run)
        assert ending(run) == ("failed", "system")
        assert longest_silence(call, killed_at, call.last_audio_at or 0) < 2.0
        assert "something went wrong" in texts(run, "agent")[-1]

    async def test_model_that_can_not_be_had_leaves_the_call_to_the_dialplan(
        self, lab: Stage, telephone: Telephone, server: RealtimeServer
    ) -> None:
        await number_of(lab, "8413", server, api_key="a wrong one")
        call = await telephone.dial("8413", caller_number="8413")
        await call.ended(20)

        (run,) = [r for r in await lab.finished_runs(1) if r["from"] == "8413"]
        assert run["outcome"] == "failed"
        assert run["answered_at"] is None
        assert "a wrong one" not in lab.product.log_text
