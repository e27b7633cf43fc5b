"""The speech-to-speech agent against a server that speaks the real protocol, with a line on quickened time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from asisso.agents.agent import AgentEnd, AgentFailed, AgentUnavailable
from asisso.agents.control import ToTelephone
from asisso.agents.realtime import agent as agents
from asisso.agents.realtime.agent import RealtimeAgent
from asisso.agents.realtime.spec import RealtimeSpec
from asisso.agents.spec import parse_agent_spec
from asisso.agents.speech import SpeechModels
from asisso.outbound_addresses import AddressPolicy
from asisso.workflows.definition import HttpData, parse_definition
from asisso.workflows.engine import Engine
from modellab.faults import Fault
from modellab.realtime import HZ, RealtimeServer, Reply
from tests.fakes.line import FakeLine
from tests.fakes.speech import fake_models, murmur

pytestmark = pytest.mark.integration

QUICKER = 5
"""How many times quicker the line's clock runs than the wall's."""

WORKFLOW = {
    "nodes": [
        {
            "id": "hello",
            "type": "start",
            "data": {"say": "Hello, this is Acme.", "prompt": "You are Acme's receptionist."},
        },
        {
            "id": "order",
            "type": "agent",
            "data": {
                "say": "Which order number?",
                "prompt": "Get the order number.",
                "collect": [{"name": "order_number", "type": "digits"}],
            },
        },
        {
            "id": "lookup",
            "type": "http",
            "data": {"url": "http://erp/{{order_number}}", "save": {"status": "$"}},
        },
        {"id": "tell", "type": "agent", "data": {"say": "It is {{status}}.", "prompt": "Tell the status."}},
        {"id": "desk", "type": "transfer", "data": {"to": "PJSIP/6001", "say": "I will put you through."}},
        {"id": "bye", "type": "end", "data": {"say": "Goodbye."}},
    ],
    "edges": [
        {"id": "e1", "source": "hello", "target": "order", "data": {"label": "order status", "digits": "1"}},
        {"id": "e2", "source": "hello", "target": "desk", "data": {"label": "a person", "digits": "0"}},
        {"id": "e3", "source": "order", "target": "lookup", "data": {"when": "order_number"}},
        {"id": "e4", "source": "lookup", "target": "tell"},
        {
            "id": "e5",
            "source": "tell",
            "target": "bye",
            "data": {"label": "nothing else", "condition": "nothing else is wanted"},
        },
        {
            "id": "e6",
            "source": "hello",
            "target": "bye",
            "data": {"label": "goodbye", "condition": "the caller parts"},
        },
    ],
}


async def fetch(request: HttpData) -> Mapping[str, object]:
    return {"status": "on its way"}


def speech_24k(duration_ms: int) -> np.ndarray:
    return np.repeat(murmur(duration_ms), 3)[::2].copy()


class Scene:
    """One call of the agent."""

    def __init__(self, server: RealtimeServer, agent: RealtimeAgent) -> None:
        self.server = server
        self.agent = agent
        self.line = FakeLine(sample_rate=HZ)
        self.talk: asyncio.Task[AgentEnd] | None = None
        self._sound: list[np.ndarray] = []
        self.longest_silence_ms = 0

    def speak(self, duration_ms: int = 600) -> None:
        """The caller says something from now on."""
        sound = speech_24k(duration_ms)
        self._sound += [sound[at : at + 480] for at in range(0, len(sound), 480) if at + 480 <= len(sound)]

    async def run(self) -> None:
        """Let time pass."""
        silent_ms = 0
        while True:
            frame = self._sound.pop(0) if self._sound else np.zeros(480, np.int16)
            is_caller = bool(frame.any())
            self.agent.hear(frame)
            await self.line.advance()
            silent_ms = 0 if self.line.is_speaking or is_caller else silent_ms + 20
            self.longest_silence_ms = max(self.longest_silence_ms, silent_ms)
            await asyncio.sleep(0.02 / QUICKER)

    async def until(self, condition: Callable[[], bool], limit_s: float = 10) -> None:
        """Wait until it is so, or the agent has failed."""
        async with asyncio.timeout(limit_s):
            while not condition():
                if self.talk is not None and self.talk.done() and self.talk.exception():
                    raise self.talk.exception() or AssertionError
                await asyncio.sleep(0.005)

    @property
    def words(self) -> str:
        """All that was said, with what was said by this machine's voice in brackets."""
        return "".join(self.line.texts)

    async def says(self, text: str) -> None:
        """Wait for words to be handed over."""
        await self.until(lambda: text in self.words)

    async def is_quiet(self) -> None:
        """Wait until all that was said has been heard."""
        await self.until(lambda: not self.line.is_speaking)

    def noted(self, kind: str) -> list[dict[str, object]]:
        return [detail for found, detail in self.line.notes if found == kind]


@pytest.fixture
async def server() -> AsyncIterator[RealtimeServer]:
    async with RealtimeServer(api_key="secret") as lab:
        lab.speed = 100
        yield lab
        assert lab.violations == []


@pytest.fixture
async def models() -> AsyncIterator[SpeechModels]:
    made = await fake_models()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(agents, "TRY_AGAIN_AFTER_S", 0.05)


def agent_of(
    url: str,
    models: SpeechModels,
    *,
    definition: Mapping[str, Any] = WORKFLOW,
    opening: str | None = None,
    allow_private: bool = True,
    **settings: Any,
) -> RealtimeAgent:
    spec = parse_agent_spec(
        {"kind": "realtime", "url": url, "model": "gpt-realtime-2", "api_key": "secret", **settings}
    )
    assert isinstance(spec, RealtimeSpec)
    return RealtimeAgent(
        spec,
        engine=Engine(parse_definition(definition), {"caller_number": "4711"}),
        models=models,
        fetch=fetch,
        addresses=AddressPolicy(allow_private),
        now=lambda: datetime(2026, 11, 25, 10, tzinfo=UTC),
        opening=opening,
    )


@asynccontextmanager
async def talking(server: RealtimeServer, models: SpeechModels, **settings: Any) -> AsyncIterator[Scene]:
    scene = Scene(server, agent_of(server.url, models, **settings))
    await scene.agent.prepare()
    scene.talk = asyncio.create_task(scene.agent.converse(scene.line))
    clock = asyncio.create_task(scene.run())
    try:
        yield scene
    finally:
        for task in (clock, scene.talk):
            task.cancel()
        await asyncio.wait([clock, scene.talk])
        with contextlib.suppress(asyncio.CancelledError, AgentFailed):
            scene.talk.result()
        await scene.agent.close()


class TestTalking:
    async def test_model_says_the_workflows_words_and_knows_its_prompt_and_tools(
        self, server: RealtimeServer, models: SpeechModels
    ) -> None:
        async with talking(server, models) as scene:
            await scene.says("Hello, this is Acme.")
            await scene.is_quiet()

        session = server.last.session
        assert "You are Acme's receptionist." in session["instructions"]
        assert {"go_order_status", "go_a_person", "go_goodbye"} <= set(server.last.tools)
        assert session["audio"]["output"]["voice"] == "marin"
        assert session["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24000}
        assert "model=gpt-realtime-2" in server.last.query
        assert server.last.headers["Authorization"] == "Bearer secret"
        assert scene.line.node_id == "hello"

    async def test_callers_turn_is_answered_transcribed_and_counted(
        self, server: RealtimeServer, models: SpeechModels
    ) -> None:
        server.understand = lambda pcm: f"something of {pcm.size // HZ} s"
        server.replies.append(Reply("I can help with that."))
        async with talking(server, models) as scene:
            await scene.says("Acme.")
            await scene.is_quiet()
            scene.speak(1_000)
            await scene.says("I can help with that.")
            await scene.is_quiet()
            await scene.until(lambda: bool(scene.line.caller_turns))

        ((text, started_ms, ended_ms),) = scene.line.caller_turns
        assert text == "something of 1 s"
        assert 800 <= ended_ms - started_ms <= 1_100
        (turn,) = scene.line.turn_notes
        assert 400 <= int(str(turn["endpointing_ms"])) <= 1_500
        assert scene.line.usage["llm_input_tokens"] == 200
        assert scene.line.usage["llm_output_audio_tokens"] == 80
        assert scene.line.turns[:2] == ["began", "ended"]

    async def test_tools_walk_the_workflow(self, server: RealtimeServer, models: SpeechModels) -> None:
        server.replies += [
            Reply(tool="go_order_status"),
            Reply(tool="save_value", arguments='{"name": "order_number", "value": "4 7 1 1"}'),
            Reply(tool="go_nothing_else"),
        ]
        async with talking(server, models) as scene:
            for answer in ("Hello, this is Acme.", "Which order number?", "It is on its way."):
                await scene.says(answer)
                await scene.is_quiet()
                scene.speak()
            await scene.says("Goodbye.")
            assert scene.talk is not None
            async with asyncio.timeout(10):
                end = await scene.talk

        assert end == AgentEnd("completed")
        assert scene.line.gathered == {"order_number": "4711", "status": "on its way"}
        assert scene.line.node_id == "bye"
        assert len(server.last.results) == 3
        assert "Saved: order_number is 4711." in server.last.results[1]
        assert server.last.session["audio"]["input"] == {"turn_detection": None}, "during the last words"

    async def test_model_that_uses_no_workflow_words_goes_on_after_a_tool(
        self, server: RealtimeServer, models: SpeechModels
    ) -> None:
        silent = {
            "nodes": [
                {"id": "hello", "type": "start", "data": {"say": "Hello."}},
                {"id": "talk", "type": "agent", "data": {"prompt": "Small talk."}},
                {"id": "bye", "type": "end"},
            ],
            "edges": [
                {
                    "id": "e1",
                    "source": "hello",
                    "target": "talk",
                    "data": {"label": "talk", "condition": "the caller talks"},
                },
                {
                    "id": "e2",
                    "source": "talk",
                    "target": "bye",
                    "data": {"label": "bye", "condition": "the caller parts"},
                },
            ],
        }
        server.replies += [Reply(tool="go_talk"), Reply("How is the weather?")]
        async with talking(server, models, definition=silent) as scene:
            await scene.says("Hello.")
            await scene.is_quiet()
            scene.speak()
            await scene.says("How is the weather?")
        assert "Small talk." in server.last.session["instructions"]

    async def test_hang_up_tool_ends_the_call_when_all_was_heard(
        self, server: RealtimeServer, models: SpeechModels
    ) -> None:
        server.replies.append(Reply("So long then.", tool="hang_up"))
        async with talking(server, models) as scene:
            await scene.says("Acme.")
            await scene.is_quiet()
            scene.speak()
            assert scene.talk is not None
            async with asyncio.timeout(10):
                assert await scene.talk == AgentEnd("completed")
            assert not scene.line.is_speaking
        assert scene.words.endswith("So long then.")

    async def test_keys_take_edges_and_what_is_no_way_is_told_to_the_model(
        self, server: RealtimeServer, models: SpeechModels
    ) -> None:
        server.replies.append(Reply("There is no seven."))
        async with talking(server, models) as scene:
            await scene.says("Acme.")
            scene.agent.press("7")
            await scene.says("There is no seven.")
            assert ("user", "(The caller pressed the keys 7.)") in server.last.told
            scene.agent.press("0")
            await scene.says("I will put you through.")
            await scene.until(lambda: bool(scene.line.control.transfers))
        assert scene.line.control.transfers == [ToTelephone("PJSIP/6001")]

    async def test_first_version_of_the_protocol_is_spoken_too(
        self, server: RealtimeServer, models: SpeechModels
    ) -> None:
        server.dialect = "beta"
        server.replies.append(Reply("I can help with that."))
        async with talking(server, models) as scene:
            await scene.says("Hello, this is Acme.")
            await scene.is_quiet()
            scene.speak()
            await scene.says("I can help with that.")
        assert server.last.session["input_audio_format"] == "pcm16"
        assert server.last.session["voice"] == "marin"

    async def test_turns_of_our_own_are_sent_whole(
        self, server: RealtimeServer, models: SpeechModels
    ) -> None:
        server.replies.append(Reply("I can help with that."))
        async with talking(server, models, turn_detection="ours") as scene:
            await scene.says("Acme.")
            await scene.is_quiet()
            scene.speak(1_000)
            await scene.says("I can help with that.")
            await scene.until(lambda: bool(scene.line.caller_turns))
        assert server.last.session["audio"]["input"]["turn_detection"] is None
        assert 1_000 <= server.last.heard_ms <= 2_500


class TestInterrupting:
    @pytest.mark.parametrize("turn_detection", ["server", "ours"])
    async def test_barge_in_silences_the_line_and_truncates_at_what_was_heard(
        self, server: RealtimeServer, models: SpeechModels, turn_detection: str
    ) -> None:
        server.usual = Reply("And now something else.")
        settings = {"turn_detection": turn_detection, "turns": {"barge_in": "sound"}}
        story = {**WORKFLOW, "nodes": [*WORKFLOW["nodes"]]}
        story["nodes"][0] = {"id": "hello", "type": "start", "data": {"say": "One two three " * 20}}
        async with talking(server, models, definition=story, **settings) as scene:
            await scene.until(lambda: scene.line.is_speaking)
            began_ms = scene.line.said[0].starts_ms
            await scene.until(lambda: scene.line.now_ms - began_ms > 2_000)
            scene.speak(1_500)
            await scene.until(lambda: bool(scene.line.interruptions))
            heard_ms = scene.line.now_ms - began_ms
            await scene.until(lambda: any(i.kept_ms is not None for i in server.last.items.values()))
            await scene.says("And now something else.")

        (story_item, *_) = server.last.items.values()
        assert story_item.kept_ms is not None
        assert abs(story_item.kept_ms - heard_ms) < 500
        assert story_item.kept_ms < 6_000

    async def test_last_words_are_said_to_their_end(
        self, server: RealtimeServer, models: SpeechModels
    ) -> None:
        server.replies.append(Reply(tool="go_goodbye"))
        async with talking(server, models) as scene:
            await scene.says("Acme.")
            await scene.is_quiet()
            scene.speak()
            await scene.says("Goodbye.")
            scene.speak()
            assert scene.talk is not None
            async with asyncio.timeout(10):
                await scene.talk
        assert scene.line.interruptions == []


class TestTrouble:
    async def test_wrong_key_is_no_agent(self, server: RealtimeServer, models: SpeechModels) -> None:
        with pytest.raises(AgentUnavailable, match=r"refused the key \(401\)"):
            await agent_of(server.url, models, api_key="wrong").prepare()

    async def test_busy_server_is_no_agent(self, server: RealtimeServer, models: SpeechModels) -> None:
        server.connecting.next.append(Fault.refuses(429))
        with pytest.raises(AgentUnavailable, match="too much to do"):
            await agent_of(server.url, models).prepare()

    async def test_private_addresses_are_for_installations_that_allow_them(
        self, server: RealtimeServer, models: SpeechModels
    ) -> None:
        with pytest.raises(AgentUnavailable, match="public addresses only"):
            await agent_of(server.url, models, allow_private=False).prepare()
        assert server.sessions == []

    async def test_slow_first_words_are_said_by_this_machine(
        self, server: RealtimeServer, models: SpeechModels
    ) -> None:
        server.answering.next.append(Fault.slow(60))
        server.usual = Reply("I can help with that.")
        async with talking(server, models) as scene:
            await scene.says("Hello, this is Acme.")
            await scene.is_quiet()
            assert scene.noted("model_replaced") == [{"by": "embedded"}]
            await scene.until(lambda: ("assistant", "Hello, this is Acme.") in server.last.told)
            scene.speak()
            await scene.says("I can help with that.")

    @pytest.mark.parametrize("fault", [Fault.slow(60), Fault.stalls(2)], ids=["no answer", "mid-sentence"])
    async def test_stalled_answer_is_bridged_and_given_by_a_new_session(
        self, server: RealtimeServer, models: SpeechModels, fault: Fault
    ) -> None:
        server.usual = Reply("I can help with that, if you give me a little of your time.")
        async with talking(server, models) as scene:
            await scene.says("Acme.")
            await scene.is_quiet()
            server.answering.next.append(fault)
            scene.speak()
            await scene.says("One moment, please.")
            await scene.says("a little of your time.")
            await scene.is_quiet()

        assert len(server.sessions) == 2
        assert ("assistant", "Hello, this is Acme.") in server.last.told
        assert ("user", "something") in server.last.told
        assert scene.longest_silence_ms < 2_000

    async def test_cut_connection_goes_on_in_a_new_session(
        self, server: RealtimeServer, models: SpeechModels
    ) -> None:
        server.usual = Reply("I can help with that.")
        async with talking(server, models) as scene:
            await scene.says("Acme.")
            await scene.is_quiet()
            server.answering.next.append(Fault.disconnects(1))
            scene.speak()
            await scene.says("I can help with that.")
        assert len(scene.noted("model_lost")) == 1
        assert scene.longest_silence_ms < 2_000

    @pytest.mark.parametrize("happening", ["garble", "expire"])
    async def test_garbled_and_expired_sessions_are_replaced(
        self, server: RealtimeServer, models: SpeechModels, happening: str
    ) -> None:
        server.usual = Reply("I can help with that.")
        async with talking(server, models) as scene:
            await scene.says("Acme.")
            await scene.is_quiet()
            if happening == "garble":
                server.answering.next.append(Fault.garbles(1))
            else:
                server.expires = True
            scene.speak()
            await scene.says("I can help with that.")
        assert len(server.sessions) == 2

    async def test_dead_server_fails_the_agent_in_time(
        self, server: RealtimeServer, models: SpeechModels
    ) -> None:
        async with talking(server, models) as scene:
            await scene.says("Acme.")
            await server.kill()
            with pytest.raises(AgentFailed, match="lost"):
                await scene.until(lambda: False, 5)

    async def test_server_that_never_answers_fails_the_agent_without_long_silence(
        self, server: RealtimeServer, models: SpeechModels
    ) -> None:
        async with talking(server, models) as scene:
            await scene.says("Acme.")
            await scene.is_quiet()
            server.answering.always = Fault.slow(600)
            scene.speak()
            with pytest.raises(AgentFailed, match="does not answer any more"):
                await scene.until(lambda: False, 10)
        assert scene.longest_silence_ms < 2_000

    async def test_failed_answer_is_tried_once_more(
        self, server: RealtimeServer, models: SpeechModels
    ) -> None:
        server.replies += [Reply(error="server_error"), Reply("Here I am again.")]
        async with talking(server, models) as scene:
            await scene.says("Acme.")
            await scene.is_quiet()
            scene.speak()
            await scene.says("Here I am again.")
        assert scene.noted("model_failed")[0]["code"] == "server_error"

    async def test_exhausted_quota_fails_the_agent(
        self, server: RealtimeServer, models: SpeechModels
    ) -> None:
        server.usual = Reply(error="insufficient_quota")
        async with talking(server, models) as scene:
            await scene.says("Acme.")
            await scene.is_quiet()
            scene.speak()
            with pytest.raises(AgentFailed, match="can't answer"):
                await scene.until(lambda: False, 5)

    async def test_conversation_that_goes_on_begins_with_its_opening(
        self, server: RealtimeServer, models: SpeechModels
    ) -> None:
        async with talking(server, models, opening="Sorry, we were cut off.") as scene:
            await scene.says("Sorry, we were cut off.")
            await scene.says("Hello, this is Acme.")
