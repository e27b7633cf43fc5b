"""The product is killed in the middle of everything and started again: nobody who is still there is forgotten.

One kill for all tests: seven people are in seven situations when it comes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio

from asisso.audio.wav import read_wav
from asisso.calls.ids import object_prefix
from asisso.workflows.phrases import CANNOT
from bench.product import Product
from bench.stage import Stage, eventually, stage
from pbxlab import sounds
from pbxlab.provision import AsteriskRoot
from pbxlab.telephone import EndKind, PhoneCall, Ring, Telephone
from tests.pbx.calls import (
    Run,
    completed,
    ending,
    heard_since,
    noted,
    nothing_is_left,
    part,
    place_call,
    run_becomes,
    talk_with_agent,
    texts,
)
from tests.pbx.media_tap import Does, MediaTap
from tests.pbx.speech import ALIKE, Listener, alike, words
from tests.pbx.stages import reported
from tests.pbx.test_transfer import are_joined, transfer

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

GREETING = "Welcome to the public library."
RESUMED = "Sorry, we were cut off. Please go on."
QUESTION = "demo-nomatch"
FOREIGN = "somebody-elses"


@dataclass(frozen=True)
class Person:
    """Somebody's call, and its run."""

    call: PhoneCall
    run: Run


@dataclass
class Story:
    """Who was on the line when the product died.

    Attributes:
        talking: with the agent.
        held: hears music.
        joined, target: were put through to each other.
        ringing: not answered yet, as the media was still being connected.
        called: a telephone that rings because we called it.
        left: hung up while nobody was there to notice.
        killed_at, ready_at: the time without a product.
    """

    on: Stage
    talking: Person
    held: Person
    joined: Person
    target: PhoneCall
    ringing: PhoneCall
    called: Person
    left: Person
    killed_at: float = 0.0
    ready_at: float = 0.0

    @property
    def prefix(self) -> str:
        return object_prefix(self.on.configuration_id)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story(request: pytest.FixtureRequest, asterisk_root: AsteriskRoot) -> AsyncIterator[Story]:
    """Everybody calls, the product dies, one hangs up, the product starts again."""
    with Product() as product:
        async with (
            MediaTap(product) as tap,
            stage(product, asterisk_root, greeting=GREETING, files=tap.stand_between) as on,
        ):
            await on.becomes("connected")
            with reported(request, on):
                telephone_port = on.asterisk.ports.telephone
                async with (
                    Telephone(on.asterisk.sip_address) as phone,
                    Telephone(on.asterisk.sip_address, port=telephone_port) as callee,
                ):
                    told = await begin(on, tap, phone, callee)
                    await leave_things_on_the_pbx(told)
                    product.kill()
                    told.killed_at = time.time()
                    tap.does = Does.PASS
                    await told.left.call.hang_up()
                    await told.target.hears_silence(200)
                    await asyncio.to_thread(product.start)
                    told.ready_at = time.time()
                    yield told


async def begin(on: Stage, tap: MediaTap, phone: Telephone, callee: Telephone) -> Story:
    """Bring everybody where they are to be."""
    callee.when_called(Ring(), number="6002")
    joined = Person(*await talk_with_agent(on, phone, caller_number="1001"))
    await transfer(on, joined.run, to="6001")
    target = await callee.next_call()
    await are_joined(on)
    people = await asyncio.gather(
        *(talk_with_agent(on, phone, caller_number=number) for number in ("1002", "1003", "1004"))
    )
    talking, held, left = (Person(*one) for one in people)
    talking.call.play(sounds.prompt(QUESTION).path)
    asked_at = await talking.call.played()
    await talking.call.hears_audio(since=asked_at)
    await talking.call.hears_silence(600)
    held_at = time.time()
    await on.api.post(f"/calls/{held.run['id']}/hold")
    await held.call.hears_audio(since=held_at)
    called_run = await place_call(on, "6002")
    called = Person(await callee.next_call(), called_run)
    await run_becomes(on, called_run, "ringing")
    await noted(on, talking.run, "turn")
    tap.does = Does.KEEP
    ringing = await phone.dial("8000", caller_number="1005")
    async with asyncio.timeout(5):
        await tap.introductions.get()
    return Story(on, talking, held, joined, target, ringing, called, left)


async def leave_things_on_the_pbx(told: Story) -> None:
    """Leftovers of ours, as an earlier crash may have left them, and things of somebody else's."""
    ari = told.on.asterisk.ari
    for name in (f"{told.prefix}at-0123", FOREIGN):
        await ari.originate("Local/600@pbxlab", extension="601", context="pbxlab", channel_id=name)
    for name in (f"{told.prefix}ab-0123", f"{FOREIGN}-bridge"):
        await ari.request("POST", f"/bridges/{name}", params={"type": "mixing"})


async def test_caller_hears_an_apology_and_the_conversation_goes_on_in_the_same_run(
    story: Story, listener: Listener
) -> None:
    call, run = story.talking.call, story.talking.run

    heard_at = await call.hears_audio(since=story.killed_at + 0.5)
    assert heard_at - story.ready_at < 5
    await call.hears_silence(600)
    heard = listener.understands(heard_since(call, story.killed_at + 0.5))
    assert alike(heard, RESUMED) > ALIKE, heard
    await part(call)

    run = await completed(story.on, run)
    assert ending(run) == ("completed", "agent")
    said = " ".join(texts(run, "agent"))
    assert said.startswith(GREETING), "what was said before stands there"
    assert RESUMED in said
    assert said.endswith("Goodbye.")
    first, last = texts(run, "caller")
    assert alike(first, sounds.prompt(QUESTION).text) > ALIKE
    assert words(last) == ["goodbye"]
    assert "resumed" in [entry["kind"] for entry in await story.on.timeline(run["id"])]


async def test_recording_holds_both_parts_on_the_wall_clock(story: Story, listener: Listener) -> None:
    run = await completed(story.on, story.talking.run)
    recordings = story.on.product.data_dir / "recordings"
    (path,) = [path for path in recordings.rglob("*.wav") if run["id"] in path.name]
    answer = await story.on.api.http.get(httpx.URL(story.on.product.url + run["recording_url"]))

    samples, rate = read_wav(path)
    assert answer.content == path.read_bytes()
    assert abs(len(samples) / rate * 1000 - run["duration_ms"]) < 1500
    dead_s = story.killed_at - (story.talking.call.answered_at or 0)
    before, after = samples[: int(dead_s * rate)], samples[int(dead_s * rate) :]
    question = sounds.prompt(QUESTION).text
    assert alike(listener.understands(before[:, 0], rate), question) > ALIKE
    assert alike(listener.understands(before[:, 1], rate), f"{GREETING} {CANNOT}") > ALIKE
    assert alike(listener.understands(after[:, 1], rate), f"{RESUMED} Goodbye.") > ALIKE
    assert listener.understands(after[:, 0], rate).lower().startswith("good")


async def test_held_caller_is_back_with_the_agent_and_the_music_is_over(
    story: Story, listener: Listener
) -> None:
    call, run = story.held.call, story.held.run

    await eventually(
        lambda: story.on.api.get(f"/runs/{run['id']}"),
        lambda seen: RESUMED in " ".join(texts(seen, "agent")),
        "the agent's apology",
        10,
    )
    await call.hears_silence(600)
    heard = listener.understands(heard_since(call, story.killed_at))
    assert "go on" in heard.lower(), heard
    await part(call)

    assert ending(await completed(story.on, run)) == ("completed", "agent")


async def test_two_who_were_put_through_to_each_other_go_on_talking(story: Story) -> None:
    call, run = story.joined.call, story.joined.run
    assert (call.end_reason, story.target.end_reason) == (None, None)

    began_at = time.time()
    call.play(sounds.prompt("vm-goodbye").path)
    await story.target.hears_audio(since=began_at)
    await story.target.hang_up()

    assert (await call.ended()).kind is EndKind.REMOTE_BYE
    run = await completed(story.on, run)
    assert ending(run) == ("transferred", "target")
    assert RESUMED not in " ".join(texts(run, "agent"))


async def test_caller_who_hung_up_meanwhile_is_told_of_truthfully(story: Story) -> None:
    run = await completed(story.on, story.left.run)

    assert ending(run) == ("failed", "system")
    assert "stopped in the middle" in run["detail"]
    assert "gone" in run["detail"]
    assert texts(run, "agent") == [GREETING]
    assert run["answered_at"] < run["ended_at"]


async def test_call_that_rang_is_answered_in_the_same_run(story: Story, listener: Listener) -> None:
    await story.ringing.answered(20)
    await story.ringing.hears_audio()
    await story.ringing.hears_silence(500)
    await part(story.ringing)

    runs = [run for run in await story.on.runs() if run["from"] == "1005"]
    assert len(runs) == 1
    run = await completed(story.on, runs[0])
    assert ending(run) == ("completed", "agent")
    assert texts(run, "agent")[0] == GREETING, (
        "nothing had been said yet, so there is nothing to be sorry for"
    )


async def test_telephone_we_were_calling_rings_no_longer(story: Story) -> None:
    assert (await story.called.call.ended()).kind is EndKind.CANCELLED

    run = await completed(story.on, story.called.run)
    assert ending(run) == ("failed", "system")
    assert "stopped while the telephone was ringing" in run["detail"]


async def test_leftovers_of_ours_are_removed_and_nothing_of_anybody_else(story: Story) -> None:
    ari = story.on.asterisk.ari
    channels = [channel["id"] for channel in await ari.channels()]
    bridges = [bridge["id"] for bridge in await ari.bridges()]

    assert f"{story.prefix}at-0123" not in channels
    assert f"{story.prefix}ab-0123" not in bridges
    assert FOREIGN in channels
    assert f"{FOREIGN}-bridge" in bridges

    await ari.delete_channel(FOREIGN)
    await ari.delete_bridge(f"{FOREIGN}-bridge")
    await nothing_is_left(story.on)
