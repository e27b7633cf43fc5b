"""The agent that is a bot elsewhere, over a real WebSocket, with a line on scripted time."""

from __future__ import annotations

import asyncio
import contextlib
import http
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asisso.agents.agent import AgentEnd, AgentFailed, AgentUnavailable
from asisso.agents.media_streams import agent as agents
from asisso.agents.media_streams.agent import MAX_UNSENT_MESSAGES, MediaStreamsAgent
from asisso.agents.media_streams.protocol import signature
from asisso.agents.media_streams.spec import MediaStreamsSpec
from asisso.agents.spec import parse_agent_spec
from asisso.agents.speech import SpeechModels
from asisso.calls.route import PublishedWorkflow
from asisso.outbound_addresses import AddressPolicy
from asisso.runtime.agent_plans import AgentPlanner
from asisso.security import SecretBox
from bench.stage import definition
from tests.fakes.bot import PlainBot, tone
from tests.fakes.conversation import no_network
from tests.fakes.line import FakeLine
from tests.fakes.speech import fake_models

pytestmark = pytest.mark.integration

CONTEXT = {"caller_number": "4711", "call_id": "1795570100.0", "telephony_configuration_id": "c1"}
FRAME = np.full(160, 3_000, np.int16)


@pytest.fixture
async def bot() -> AsyncIterator[PlainBot]:
    async with PlainBot() as plain:
        yield plain


@pytest.fixture
async def models() -> AsyncIterator[SpeechModels]:
    made = await fake_models()
    yield made
    made.close()


@pytest.fixture
def make_agent(models: SpeechModels) -> Callable[..., MediaStreamsAgent]:
    def make(url: str, *, allow_private: bool = True, **settings: Any) -> MediaStreamsAgent:
        spec = parse_agent_spec({"kind": "media_streams", "url": url, **settings})
        assert isinstance(spec, MediaStreamsSpec)
        return MediaStreamsAgent(spec, context=CONTEXT, models=models, addresses=AddressPolicy(allow_private))

    return make


@asynccontextmanager
async def talking(
    agent: MediaStreamsAgent, bot: PlainBot
) -> AsyncIterator[tuple[FakeLine, asyncio.Task[AgentEnd]]]:
    """The agent in a call, which is hung up at the end."""
    line = FakeLine(sample_rate=8_000)
    await agent.prepare()
    talk = asyncio.create_task(agent.converse(line))
    try:
        await bot.started()
        yield line, talk
    finally:
        talk.cancel()
        await asyncio.wait([talk])
        with contextlib.suppress(asyncio.CancelledError, AgentFailed):
            talk.result()
        await agent.close()


async def pass_time(agent: MediaStreamsAgent, line: FakeLine, until: Callable[[], bool]) -> None:
    """Let the call go on, a frame at a time."""
    async with asyncio.timeout(5):
        while not until():
            await line.advance()
            agent.hear(FRAME)
            await asyncio.sleep(0.001)


class TestConnecting:
    async def test_bot_is_told_of_the_call_when_the_conversation_begins(
        self, bot: PlainBot, make_agent: Callable[..., MediaStreamsAgent]
    ) -> None:
        agent = make_agent(
            bot.url,
            parameters={"caller": "{{caller_number}}", "name": "{{caller_name | nobody}}"},
            auth_token="12345",
            authorization="Bearer abc",
        )
        async with talking(agent, bot):
            start = bot.events("start")[0]["start"]

        assert start["customParameters"] == {"caller": "4711", "name": "nobody"}
        assert len(start["callSid"]) == len(start["accountSid"]) == len(start["streamSid"]) == 34
        assert bot.headers["X-Twilio-Signature"] == signature(bot.url, "12345")
        assert bot.headers["Authorization"] == "Bearer abc"

    async def test_nothing_is_said_of_the_call_before_it_is_answered(
        self, bot: PlainBot, make_agent: Callable[..., MediaStreamsAgent]
    ) -> None:
        agent = make_agent(bot.url)
        await agent.prepare()
        assert (bot.connections, bot.received) == (1, [])
        await agent.close()

    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("ws://127.0.0.1:9/bot", "can't be reached"),
            ("ws://nobody.invalid/bot", "can't be reached"),
            ("ws://169.254.169.254/bot", "where a cloud keeps its machines' credentials"),
        ],
    )
    async def test_bot_that_is_not_there_is_unavailable(
        self, make_agent: Callable[..., MediaStreamsAgent], url: str, reason: str
    ) -> None:
        with pytest.raises(AgentUnavailable, match=reason):
            await make_agent(url).prepare()

    async def test_private_addresses_are_for_installations_that_allow_them(
        self, bot: PlainBot, make_agent: Callable[..., MediaStreamsAgent]
    ) -> None:
        with pytest.raises(AgentUnavailable, match="public addresses only"):
            await make_agent(bot.url, allow_private=False).prepare()
        assert bot.connections == 0

    async def test_bot_that_refuses_is_unavailable(
        self, bot: PlainBot, make_agent: Callable[..., MediaStreamsAgent]
    ) -> None:
        bot.refuses = http.HTTPStatus.FORBIDDEN
        with pytest.raises(AgentUnavailable, match="refuses the call with status 403"):
            await make_agent(bot.url).prepare()

    async def test_bot_that_does_not_answer_is_unavailable_in_time(
        self, make_agent: Callable[..., MediaStreamsAgent], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(agents, "OPEN_TIMEOUT_S", 0.1)
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            with pytest.raises(AgentUnavailable, match="did not answer within"):
                await make_agent(f"ws://127.0.0.1:{silent.getsockname()[1]}/").prepare()

    async def test_connection_that_was_lost_while_the_telephone_rang_is_made_anew(
        self, bot: PlainBot, make_agent: Callable[..., MediaStreamsAgent]
    ) -> None:
        agent = make_agent(bot.url)
        await agent.prepare()
        await bot.hang_up(1001)
        async with talking(agent, bot):
            assert bot.connections >= 2


class TestTalking:
    async def test_bot_is_heard_and_its_mark_comes_back(
        self, bot: PlainBot, make_agent: Callable[..., MediaStreamsAgent]
    ) -> None:
        agent = make_agent(bot.url)
        async with talking(agent, bot) as (line, _):
            await bot.say(tone(440, 600))
            await bot.mark("done")
            await pass_time(agent, line, lambda: bool(bot.marks))

        assert sum(said.pcm.size for said in line.said) == 600 * 8
        assert line.now_ms >= line.said[-1].ends_ms
        assert np.abs(np.concatenate([said.pcm for said in line.said])).max() > 7_000

    async def test_caller_and_keys_are_heard(
        self, bot: PlainBot, make_agent: Callable[..., MediaStreamsAgent]
    ) -> None:
        agent = make_agent(bot.url)
        async with talking(agent, bot):
            agent.hear(FRAME)
            agent.press("5")
            await bot.until(lambda: bool(bot.events("dtmf")))

        assert [message["event"] for message in bot.received[2:4]] == ["media", "dtmf"]

    async def test_clear_silences_the_line_and_gives_marks_back(
        self, bot: PlainBot, make_agent: Callable[..., MediaStreamsAgent]
    ) -> None:
        agent = make_agent(bot.url)
        async with talking(agent, bot) as (line, _):
            await bot.say(tone(440, 5_000), chunk_ms=500)
            await bot.mark("never")
            await pass_time(agent, line, lambda: len(line.said) == 10)
            await bot.clear()
            await bot.until(lambda: bot.marks == ["never"])

        assert len(line.interruptions) == 1
        assert not line.is_speaking

    async def test_what_is_no_message_is_noted_a_few_times(
        self, bot: PlainBot, make_agent: Callable[..., MediaStreamsAgent]
    ) -> None:
        agent = make_agent(bot.url)
        async with talking(agent, bot) as (line, _):
            for _ in range(30):
                await bot.send("rubbish")
            await bot.mark("after")
            await bot.until(lambda: bot.marks == ["after"])

        assert [kind for kind, _ in line.notes].count("bot_message_ignored") == 10

    async def test_bot_that_does_not_read_costs_no_memory(
        self, bot: PlainBot, make_agent: Callable[..., MediaStreamsAgent]
    ) -> None:
        agent = make_agent(bot.url)
        async with talking(agent, bot) as (line, _):
            for _ in range(MAX_UNSENT_MESSAGES * 3):  # with no chance to send any
                agent.hear(FRAME)

        assert [detail for kind, detail in line.notes if kind == "bot_too_slow"] == [
            {"unsent_messages": MAX_UNSENT_MESSAGES}
        ]


class TestEnding:
    async def test_bot_that_closes_ends_the_call_when_it_was_heard(
        self, bot: PlainBot, make_agent: Callable[..., MediaStreamsAgent]
    ) -> None:
        agent = make_agent(bot.url)
        async with talking(agent, bot) as (line, talk):
            await bot.say(tone(440, 300))
            await bot.hang_up()
            await pass_time(agent, line, talk.done)

            assert talk.result() == AgentEnd("completed")
            assert line.now_ms >= line.said[-1].ends_ms

    @pytest.mark.parametrize("code", [1011, 1012, 4000])
    async def test_bot_that_closes_with_an_error_has_failed(
        self, bot: PlainBot, make_agent: Callable[..., MediaStreamsAgent], code: int
    ) -> None:
        agent = make_agent(bot.url)
        async with talking(agent, bot) as (_, talk):
            await bot.hang_up(code)
            with pytest.raises(AgentFailed, match=f"lost .*{code}"):
                await asyncio.wait_for(talk, 5)

    async def test_killed_bot_has_failed_at_once(
        self, bot: PlainBot, make_agent: Callable[..., MediaStreamsAgent]
    ) -> None:
        agent = make_agent(bot.url)
        async with talking(agent, bot) as (_, talk):
            bot.vanish()
            with pytest.raises(AgentFailed, match="connection to the bot was lost"):
                await asyncio.wait_for(talk, 1)

    async def test_message_that_is_too_long_cuts_the_bot_off(
        self, bot: PlainBot, make_agent: Callable[..., MediaStreamsAgent]
    ) -> None:
        agent = make_agent(bot.url)
        async with talking(agent, bot) as (_, talk):
            await bot.send("x" * (agents.MAX_MESSAGE_BYTES + 1))
            with pytest.raises(AgentFailed, match="1009"):
                await asyncio.wait_for(talk, 5)

    async def test_hanging_bot_is_bridged_and_then_given_up(
        self,
        bot: PlainBot,
        make_agent: Callable[..., MediaStreamsAgent],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        for name, value in {"PING_EVERY_S": 0.01, "SILENT_AFTER_S": 0.05, "LOOK_EVERY_S": 0.01}.items():
            monkeypatch.setattr(agents, name, value)
        monkeypatch.setattr(agents, "GIVEN_UP_AFTER_S", 0.05)
        agent = make_agent(bot.url)
        async with talking(agent, bot) as (line, talk):
            await bot.say(tone(440, 100))
            await pass_time(agent, line, lambda: len(line.said) == 1)
            bot.hang()
            await pass_time(agent, line, talk.done)
            with pytest.raises(AgentFailed, match="does not answer any more"):
                talk.result()

        assert line.texts[-1] == "One moment, please."
        assert ("bot_stalled", {}) in line.notes

    async def test_hang_up_is_told_as_stop_and_closes_the_socket(
        self, bot: PlainBot, make_agent: Callable[..., MediaStreamsAgent]
    ) -> None:
        async with talking(make_agent(bot.url), bot):
            pass
        await bot.until(lambda: bot.close_code is not None)

        assert bot.received[-1]["event"] == "stop"
        assert bot.close_code == 1000

    async def test_closing_does_not_wait_for_a_bot_that_hangs(
        self, bot: PlainBot, make_agent: Callable[..., MediaStreamsAgent], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(agents, "CLOSE_TIMEOUT_S", 0.1)
        agent = make_agent(bot.url)
        async with talking(agent, bot):
            bot.hang()
            await asyncio.wait_for(agent.close(), 1)


async def test_published_bots_are_not_called_before_a_call_comes(
    bot: PlainBot, models: SpeechModels, tmp_path: Path
) -> None:
    planner = AgentPlanner(
        tmp_path, fetch=no_network, addresses=AddressPolicy(), secret_box=SecretBox("k" * 32), models=models
    )
    agent = {"kind": "media_streams", "url": bot.url}
    await planner.warm_up([PublishedWorkflow("w1", 1, definition("Hello."), agent)])

    assert bot.connections == 0
