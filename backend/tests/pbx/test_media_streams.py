"""Bots written for Twilio in real calls: one made with pipecat as it comes from PyPI, and one in plain code."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from bench.media_path.peer import PeerUnavailable, peer_python
from bench.product import free_port
from bench.stage import Stage, eventually
from pbxlab import sounds
from pbxlab.telephone import EndKind, PhoneCall, Telephone
from tests.fakes.bot import PlainBot, tone
from tests.pbx.calls import completed, ending, heard_since, live_run, texts
from tests.pbx.speech import ALIKE, Listener, alike
from tests.pbx.stages import add_number

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

START_LIMIT_S = 60.0
GREETING_HZ, LONG_HZ = 440, 1_000
FLUSHED_WITHIN_S = 0.5
"""From the key at the telephone: its tone has to be heard out by Asterisk first."""


class PipecatBot:
    """The bot's process."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def seen(self) -> list[dict[str, Any]]:
        """What the bot was told of its calls."""
        calls: list[dict[str, Any]] = httpx.get(f"{self.url}/seen", trust_env=False).json()
        return calls


@pytest.fixture(scope="module")
def bot() -> Iterator[PipecatBot]:
    try:
        python = peer_python()
    except PeerUnavailable as error:
        pytest.fail(str(error))
    port = free_port()
    script = Path(__file__).parent / "bots" / "pipecat_bot.py"
    process = subprocess.Popen([str(python), str(script), str(port)])
    made = PipecatBot(f"http://127.0.0.1:{port}")
    try:
        give_up_at = time.monotonic() + START_LIMIT_S
        while True:
            try:
                assert made.seen == []
                break
            except httpx.TransportError:
                assert time.monotonic() < give_up_at, "the bot did not start"
                assert process.poll() is None
                time.sleep(0.1)
        yield made
    finally:
        process.kill()
        process.wait()


def loudest_hz(pcm: np.ndarray) -> float:
    """The frequency that is loudest in a sound at 16 kHz."""
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    return float(np.argmax(spectrum) * 16_000 / len(pcm))


async def hears_tone(call: PhoneCall, frequency_hz: int, *, since: float = 0.0) -> None:
    """Wait for a tone at the telephone."""
    await call.hears_audio(since=since)

    def is_there() -> bool:
        heard = heard_since(call, max(since, time.time() - 0.5))
        return len(heard) > 1_600 and abs(loudest_hz(heard) - frequency_hz) < 15

    await call.until(is_there, f"a tone of {frequency_hz} Hz", 5)


class TestPipecat:
    async def test_unmodified_bot_greets_hears_and_is_heard(
        self, lab: Stage, telephone: Telephone, bot: PipecatBot, listener: Listener
    ) -> None:
        agent = {
            "kind": "media_streams",
            "url": f"{bot.url.replace('http', 'ws')}/ws",
            "parameters": {"caller": "{{caller_number}}", "desk": "front"},
            "auth_token": "12345",
        }
        await add_number(lab, "8301", agent=agent)
        call = await telephone.dial("8301", caller_number="4711")
        await hears_tone(call, GREETING_HZ)
        await call.hears_silence(600)
        words = sounds.prompt("demo-nomatch")
        run = await live_run(lab, "4711")
        said_at = time.time()
        call.play(words.path)
        await call.played()
        await call.hears_audio(since=said_at)
        await call.hears_silence(600)
        echo = listener.understands(heard_since(call, said_at))
        await call.hang_up()

        seen = bot.seen[-1]
        assert seen["kind"] == "twilio"
        assert seen["parameters"] == {"caller": "4711", "desk": "front"}
        assert (seen["stream_id"][:2], seen["call_id"][:2]) == ("MZ", "CA")
        assert seen["headers"]["x-twilio-signature"]
        assert alike(echo, words.text) > ALIKE, echo
        run = await completed(lab, run)
        assert ending(run) == ("caller_hung_up", "caller")
        await eventually(_async(lambda: bot.seen[-1]), lambda it: it["has_ended"], "the bot's end", 5)

    async def test_keys_reach_the_bot_and_its_interruption_silences_the_telephone(
        self, lab: Stage, telephone: Telephone, bot: PipecatBot
    ) -> None:
        await add_number(
            lab, "8302", agent={"kind": "media_streams", "url": f"{bot.url.replace('http', 'ws')}/ws"}
        )
        call = await telephone.dial("8302", caller_number="4712")
        await hears_tone(call, GREETING_HZ)
        run = await live_run(lab, "4712")

        call.send_digits("1")
        pressed_at = await call.played()
        await hears_tone(call, LONG_HZ, since=pressed_at)
        call.send_digits("2")
        stopped_at = await call.played()
        silent_at = await call.hears_silence(800)

        assert (call.last_audio_at or 0) - stopped_at < FLUSHED_WITHIN_S, silent_at - stopped_at
        assert bot.seen[-1]["digits"] == "12"
        call.send_digits("9")
        end = await call.ended()
        assert end.kind is EndKind.REMOTE_BYE
        assert ending(await completed(lab, run)) == ("completed", "agent")

    async def test_a_killed_bot_is_apologised_for_at_once(self, lab: Stage, telephone: Telephone) -> None:
        async with PlainBot() as plain:
            await add_number(lab, "8303", agent={"kind": "media_streams", "url": plain.url})
            call = await telephone.dial("8303", caller_number="4713")
            await plain.started()
            run = await live_run(lab, "4713")
            await plain.say(tone(LONG_HZ, 10_000))
            await hears_tone(call, LONG_HZ)
            killed_at = time.time()
            plain.vanish()
            await call.ended(20)

        packets = [packet.at for packet in call.heard if packet.at >= killed_at]
        gaps = np.diff([killed_at, *packets])
        assert gaps.max() < 2.0, gaps.max()
        run = await completed(lab, run)
        assert ending(run) == ("failed", "system")
        assert texts(run, "agent")[-1].startswith("I am sorry, something went wrong")


class TestPlainBot:
    async def test_marks_come_back_when_the_caller_has_heard_what_came_before(
        self, lab: Stage, telephone: Telephone
    ) -> None:
        async with PlainBot() as plain:
            await add_number(lab, "8311", agent={"kind": "media_streams", "url": plain.url})
            call = await telephone.dial("8311", caller_number="4721")
            await plain.started()
            began_at = time.time()
            await plain.say(tone(440, 1_000))
            await plain.mark("one")
            await plain.say(tone(1_000, 1_500))
            await plain.mark("two")
            await plain.until(lambda: plain.marks == ["one"])
            one_s = time.time() - began_at
            await plain.until(lambda: plain.marks == ["one", "two"])
            two_s = time.time() - began_at
            heard_at = call.last_audio_at or 0
            await call.hang_up()
            await plain.until(lambda: plain.close_code is not None)

        assert 0.9 < one_s < 1.4
        assert 2.4 < two_s < 2.9
        assert abs(heard_at - began_at - two_s) < 0.4
        assert plain.events("stop")[0]["stop"]["callSid"] == plain.events("start")[0]["start"]["callSid"]

    async def test_clear_silences_the_telephone_and_gives_the_marks_back(
        self, lab: Stage, telephone: Telephone
    ) -> None:
        async with PlainBot() as plain:
            await add_number(lab, "8312", agent={"kind": "media_streams", "url": plain.url})
            call = await telephone.dial("8312", caller_number="4722")
            await plain.started()
            await plain.say(tone(1_000, 20_000), chunk_ms=1_000)
            await plain.mark("never heard")
            await hears_tone(call, 1_000)
            assert plain.marks == []
            cleared_at = time.time()
            await plain.clear()
            await plain.until(lambda: plain.marks == ["never heard"], 0.3)
            await call.hears_silence(600)
            assert (call.last_audio_at or 0) - cleared_at < 0.2
            await call.hang_up()

    async def test_bot_that_hangs_in_mid_sentence_never_leaves_more_than_two_seconds_of_silence(
        self, lab: Stage, telephone: Telephone
    ) -> None:
        async with PlainBot() as plain:
            await add_number(lab, "8313", agent={"kind": "media_streams", "url": plain.url})
            call = await telephone.dial("8313", caller_number="4723")
            await plain.started()
            run = await live_run(lab, "4723")
            await plain.say(tone(1_000, 800))
            await hears_tone(call, 1_000)
            plain.hang()
            await call.ended(20)

        at = [packet.at for packet in call.heard]
        assert np.diff(at).max() < 2.0
        run = await completed(lab, run)
        assert ending(run) == ("failed", "system")
        assert texts(run, "agent")[0].startswith("One moment, please.")

    async def test_bot_that_is_not_there_leaves_the_call_to_the_dialplan(
        self, lab: Stage, telephone: Telephone
    ) -> None:
        await add_number(lab, "8314", agent={"kind": "media_streams", "url": "ws://127.0.0.1:9/bot"})
        call = await telephone.dial("8314", caller_number="4724")
        end = await call.ended(20)

        (run,) = [r for r in await lab.finished_runs(1) if r["from"] == "4724"]
        assert run["outcome"] == "failed"
        assert run["answered_at"] is None
        assert end.kind is not EndKind.LOCAL_BYE


def _async(look: Any) -> Any:
    async def looked() -> Any:
        return look()

    return looked
