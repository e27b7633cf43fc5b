"""A real telephone calls a real Asterisk, and the agent answers: the product's main job, seen from both ends."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from asisso.audio.wav import read_wav
from asisso.workflows.phrases import CANNOT
from bench.stage import FAREWELL, GREETING, Stage
from pbxlab import sounds
from pbxlab.telephone import PhoneCall, Telephone
from tests.pbx.calls import completed, ending, part, talk_with_agent
from tests.pbx.speech import ALIKE, Listener, alike, words
from tests.pbx.stages import add_number, changed

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

QUESTION = "demo-nomatch"
GOODBYE = "vm-goodbye"
LONG_GREETING = (
    "Welcome to the public library. We are open every day from nine in the morning until six in the evening. "
    "You can ask me about books, about the reading room, and about the children's programme."
)

ASKING: dict[str, Any] = {
    "nodes": [
        {
            "id": "start",
            "type": "start",
            "data": {"say": "Which room?", "collect": [{"name": "room", "type": "digits"}]},
        },
        {"id": "told", "type": "agent", "data": {"say": "Your room is {{room}}."}},
        {"id": "end", "type": "end", "data": {"say": FAREWELL}},
    ],
    "edges": [
        {"id": "e1", "source": "start", "target": "told", "data": {"when": "room"}},
        {
            "id": "e2",
            "source": "told",
            "target": "end",
            "data": {"label": "goodbye", "examples": ["goodbye"]},
        },
    ],
}


@dataclass(frozen=True)
class Conversation:
    """A finished call: what the telephone knows of it, and what the product wrote down."""

    call: PhoneCall
    run: dict[str, Any]
    timeline: list[dict[str, Any]]
    recording: Path


async def last_run(lab: Stage) -> dict[str, Any]:
    """The newest run, once all are completed."""
    return (await lab.finished_runs(1))[0]


async def fetch_recording(lab: Stage, run: dict[str, Any], folder: Path) -> Path:
    answer = await lab.api.http.get(httpx.URL(lab.product.url + run["recording_url"]))
    assert answer.status_code == 200
    path = folder / "recording.wav"
    path.write_bytes(answer.content)
    return path


def texts(run: dict[str, Any], speaker: str) -> list[str]:
    return [turn["text"] for turn in run["transcript"] if turn["speaker"] == speaker]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def conversation(lab: Stage, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Conversation]:
    """The caller lets the agent greet, says a sentence, hears the answer, and says goodbye."""
    async with Telephone(lab.asterisk.sip_address) as phone:
        call = await phone.dial("8000", caller_number="1234", caller_name="Ada")
        await call.answered()
        await call.hears_audio()
        await call.hears_silence(600)
        call.play(sounds.prompt(QUESTION).path)
        asked_at = await call.played()
        await call.hears_audio(since=asked_at)
        await call.hears_silence(600)
        call.play(sounds.prompt(GOODBYE).path)
        await call.ended()
        run = await last_run(lab)
        recording = await fetch_recording(lab, run, tmp_path_factory.mktemp("conversation"))
        yield Conversation(call, run, await lab.timeline(run["id"]), recording)


class TestConversation:
    async def test_caller_hears_greeting_answer_and_farewell(
        self, conversation: Conversation, listener: Listener
    ) -> None:
        heard = listener.understands(conversation.call.heard_pcm(16_000))

        expected = f"{GREETING} {CANNOT} {FAREWELL}"
        assert alike(heard, expected) > ALIKE, heard

    async def test_transcript_holds_both_sides_in_their_order(self, conversation: Conversation) -> None:
        transcript = conversation.run["transcript"]

        speakers = [turn["speaker"] for turn in transcript]
        assert speakers == ["agent", "caller", "agent", "caller", "agent"]
        assert transcript[0]["text"] == GREETING
        assert alike(transcript[1]["text"], sounds.prompt(QUESTION).text) > ALIKE
        assert transcript[2]["text"] == CANNOT
        assert words(transcript[3]["text"]) == ["goodbye"]
        assert transcript[4]["text"] == FAREWELL
        assert not any(turn["interrupted"] for turn in transcript)

    async def test_turns_lie_one_behind_the_other_on_the_calls_clock(
        self, conversation: Conversation
    ) -> None:
        turns = conversation.run["transcript"]

        assert all(turn["started_ms"] < turn["ended_ms"] for turn in turns)
        assert all(one["ended_ms"] <= other["started_ms"] for one, other in pairwise(turns))

    async def test_goodbye_ends_the_call_by_the_agent(self, conversation: Conversation) -> None:
        run, end = conversation.run, conversation.call.end_reason

        assert (run["state"], run["outcome"], run["ended_by"]) == ("completed", "completed", "agent")
        assert end is not None
        assert (end.kind, end.cause) == ("remote_bye", 16)

    async def test_run_tells_who_called_whom_when(self, conversation: Conversation, lab: Stage) -> None:
        run = conversation.run

        assert (run["from"], run["to"], run["direction"]) == ("1234", "8000", "inbound")
        assert (run["workflow_id"], run["workflow_version"]) == (lab.workflow_id, 1)
        assert run["created_at"] < run["answered_at"] < run["ended_at"]
        assert conversation.call.ended_at is not None
        assert conversation.call.answered_at is not None
        talked_ms = (conversation.call.ended_at - conversation.call.answered_at) * 1000
        assert abs(run["duration_ms"] - talked_ms) < 1000
        assert run["latency"]["answer_ms"] < 1000
        assert len(run["latency"]["turns"]) == 2, "the answer and the farewell"

    async def test_context_holds_the_fields_workflows_rely_on(
        self, conversation: Conversation, lab: Stage
    ) -> None:
        assert conversation.run["context"] == {
            "caller_number": "1234",
            "called_number": "8000",
            "direction": "inbound",
            "call_id": conversation.run["channel_id"],
            "provider": "ari",
            "caller_name": "Ada",
            "telephony_configuration_id": lab.configuration_id,
            "channel_variables": {},
            "dialplan_arguments": [],
            "sip_headers": {},
        }
        assert conversation.run["channel_id"].startswith(f"{lab.asterisk.name}-")

    async def test_timeline_tells_the_calls_story_in_order(self, conversation: Conversation) -> None:
        kinds = [entry["kind"] for entry in conversation.timeline]
        requests = [e["detail"]["what"] for e in conversation.timeline if e["kind"] == "request"]

        assert sorted(requests) == ["add", "answer", "bridge", "external_media"]
        assert requests[-2:] == ["add", "answer"], "the call is bridged first and answered then"
        story = ["media_connected", "answered", "turn", "turn", "agent_left", "ended"]
        assert [kind for kind in kinds if kind in story] == story
        moments = [entry["at_ms"] for entry in conversation.timeline]
        assert moments == sorted(moments)
        assert all(e["detail"]["duration_ms"] > 0 for e in conversation.timeline if e["kind"] == "request")

    async def test_recording_has_the_caller_left_and_the_agent_right(
        self, conversation: Conversation, listener: Listener
    ) -> None:
        samples, rate = read_wav(conversation.recording)
        caller = listener.understands(samples[:, 0], rate)
        agent = listener.understands(samples[:, 1], rate)

        assert alike(caller, f"{sounds.prompt(QUESTION).text} goodbye") > ALIKE, caller
        assert alike(agent, f"{GREETING} {CANNOT} {FAREWELL}") > ALIKE, agent
        assert abs(len(samples) / rate * 1000 - conversation.run["duration_ms"]) < 1000


@pytest.fixture(params=["slin16", "slin", "ulaw", "alaw"])
def media_format(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def echo_number(lab: Stage) -> str:
    await add_number(lab, "8600", agent={"kind": "echo"})
    return "8600"


async def test_echo_comes_back_and_is_recorded_in_every_media_format(
    lab: Stage, telephone: Telephone, listener: Listener, tmp_path: Path, media_format: str, echo_number: str
) -> None:
    await lab.api.patch(lab.path, media_format=media_format)
    said = sounds.prompt("conf-onlyperson")

    call = await telephone.dial(echo_number)
    await call.answered()
    call.play(said.path)
    await call.played()
    await call.hears_silence(300)
    await call.hang_up()
    await lab.api.patch(lab.path, media_format="slin16")

    samples, rate = read_wav(await fetch_recording(lab, await last_run(lab), tmp_path))
    assert rate == (16_000 if media_format == "slin16" else 8_000)
    assert alike(listener.understands(call.heard_pcm(16_000)), said.text) > ALIKE
    assert alike(listener.understands(samples[:, 0], rate), said.text) > ALIKE
    assert alike(listener.understands(samples[:, 1], rate), said.text) > ALIKE


async def hears_speech_for(call: PhoneCall, duration_ms: int) -> None:
    """Wait until so much of the agent's speech has come; Asterisk sends nothing while the agent is silent."""
    await call.until(lambda: len(call.heard) * 20 >= duration_ms, "the agent had talked for a while", 5)


async def test_product_dials_asterisk_for_media_where_no_websocket_client_is_named(
    lab: Stage, telephone: Telephone, listener: Listener, tmp_path: Path
) -> None:
    async with changed(lab, ws_client_name=""):
        call = await telephone.dial("8000")
        await call.hears_audio()
        await call.hears_silence(600)
        call.play(sounds.prompt("tt-weasels").path)
        asked_at = await call.played()
        await call.hears_audio(since=asked_at)
        await call.hang_up()

    run = await last_run(lab)
    assert alike(listener.understands(call.heard_pcm(16_000)), f"{GREETING} I am sorry") > ALIKE
    assert alike(texts(run, "caller")[0], sounds.prompt("tt-weasels").text) > ALIKE
    samples, rate = read_wav(await fetch_recording(lab, run, tmp_path))
    assert alike(listener.understands(samples[:, 1], rate), GREETING) > ALIKE


async def test_caller_who_hangs_up_in_the_middle_of_a_word_ends_the_call_with_cause_16(
    lab: Stage, telephone: Telephone
) -> None:
    call = await telephone.dial("8000")
    await hears_speech_for(call, 1500)
    await call.hang_up()

    run = await last_run(lab)
    assert (run["outcome"], run["ended_by"]) == ("caller_hung_up", "caller")
    assert run["hangup_cause"]["code"] == 16
    (greeting,) = run["transcript"]
    assert greeting["interrupted"]
    assert len(words(greeting["text"])) < len(words(GREETING)), "only what was heard stands there"


async def test_digits_reach_the_agent(lab: Stage, telephone: Telephone, listener: Listener) -> None:
    await add_number(lab, "8042", workflow=ASKING)
    call = await telephone.dial("8042")
    await call.hears_audio()
    call.send_digits("42")
    pressed_at = await call.played()
    await call.hears_audio(since=pressed_at + 1)
    await call.hears_silence(600)
    await call.hang_up()

    run = await last_run(lab)
    pressed = [e["detail"]["pii_digit"] for e in await lab.timeline(run["id"]) if e["kind"] == "dtmf"]
    assert pressed == ["4", "2"], "each digit counts once, though Asterisk tells it twice"
    assert texts(run, "agent")[-1] == "Your room is four two."
    assert alike(listener.understands(call.heard_pcm(16_000)), "Which room? Your room is 42.") > ALIKE


async def test_caller_who_talks_over_the_agent_silences_it(lab: Stage, telephone: Telephone) -> None:
    await add_number(lab, "8100", greeting=LONG_GREETING)
    call = await telephone.dial("8100")
    await hears_speech_for(call, 1500)

    call.play(sounds.prompt(QUESTION).path)
    began_at = time.time()
    silent_since = await call.hears_silence(300)
    await call.played()
    await call.hang_up()

    assert silent_since - began_at < 1.0, "barge-in takes 200 ms of speech, and flushing takes no time"
    run = await last_run(lab)
    greeting = run["transcript"][0]
    assert greeting["interrupted"]
    heard = words(greeting["text"])
    assert heard == words(LONG_GREETING)[: len(heard)]
    assert 3 < len(heard) < 30


async def test_call_the_dialplan_has_answered_is_taken_over(
    lab: Stage, telephone: Telephone, listener: Listener
) -> None:
    await add_number(lab, "602")
    call = await telephone.dial("602")
    await call.hears_audio()
    await call.hears_silence(500)
    await call.hang_up()

    assert alike(listener.understands(call.heard_pcm(16_000)), GREETING) > ALIKE
    timeline = await lab.timeline((await last_run(lab))["id"])
    assert "answer" not in [entry["detail"].get("what") for entry in timeline]


async def test_operator_sees_a_live_call_and_hangs_it_up(lab: Stage, telephone: Telephone) -> None:
    call = await telephone.dial("8000")
    await call.hears_audio()

    (live,) = (await lab.api.get("/calls"))["items"]
    await lab.api.post(f"/calls/{live['id']}/hangup")

    assert (await call.ended()).cause == 16
    run = await last_run(lab)
    assert (run["id"], run["outcome"], run["ended_by"]) == (live["id"], "completed", "operator")
    assert (await lab.api.get("/calls"))["items"] == []


async def test_a_configuration_changed_during_a_call_does_not_interrupt_it(
    lab: Stage, telephone: Telephone
) -> None:
    """Another spelling of the address is another connection: the call ends well on the one it began on."""
    call, run = await talk_with_agent(lab, telephone)
    endpoint = (await lab.api.get(lab.path))["ari_endpoint"]
    async with changed(lab, ari_endpoint=endpoint.replace("127.0.0.1", "localhost")):
        await lab.becomes("connected")
        await part(call)
        ended = await completed(lab, run)
    assert ending(ended) == ("completed", "agent")
