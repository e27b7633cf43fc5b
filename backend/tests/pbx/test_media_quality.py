"""What the telephone hears is what the agent said, sample by sample, whatever else the machine has to do."""

from __future__ import annotations

import asyncio
import difflib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from asisso.audio.frame import MediaFormat
from bench.stage import GREETING, Stage
from conversations.words import spelled_alike
from pbxlab import sounds
from pbxlab.telephone import SLIN16, ULAW, Codec, PhoneCall, Telephone
from pbxlab.telephone.codecs import load_wav
from tests.pbx.calls import Run, completed, hears_speech_for, live_run, texts
from tests.pbx.sound import Hole, heard_in_a_row, holes, recording_of, same_beginning, without_silence
from tests.pbx.speech import ALIKE, Listener, alike
from tests.pbx.stages import add_number, changed

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

IS_LONG = bool(os.environ.get("LONG"))
ROUNDS = 2 if IS_LONG else 1
CALLS_A_ROUND = 5
BARGE_INS = 12
LONGEST_HOLE_MS = 40
RTCP_INTERVAL_S = 5.0
"""How often Asterisk counts what it missed."""

FLUSH_FRAMES = 2
"""A frame that was on its way, and one more for the clock's own step."""

UTTERANCES = (
    "Thank you for calling the city library.",
    "The reading room is open.",
    "Please bring your card.",
    "New books came in today.",
    "The children's hour begins at three.",
    "There is a concert on Friday.",
    "Parking is behind the house.",
    "The lift is on the left.",
    "Tea is served at four.",
    "We close at six.",
)
STORY = (
    "Welcome to the public library. We are open every day from nine in the morning until six in the evening. "
    "You can ask me about books, about the reading room, and about the children's programme. "
    "On Saturdays we have a market for old books in the yard behind the house."
)


@contextmanager
def one_core_is_busy() -> Iterator[None]:
    """Another program takes all it can get of the first core."""
    loop = f"import os; os.sched_setaffinity(0, [{min(os.sched_getaffinity(0))}])\nwhile True: pass"
    program = subprocess.Popen([sys.executable, "-c", loop])
    try:
        yield
    finally:
        program.kill()
        program.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ten_sentences(lab: Stage) -> str:
    await add_number(lab, "8300", greeting=" ".join(UTTERANCES))
    return "8300"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story(lab: Stage) -> str:
    await add_number(lab, "8301", greeting=STORY)
    return "8301"


async def hear_out(telephone: Telephone, number: str, codec: Codec, caller_number: str) -> PhoneCall:
    """Listen until the agent has said everything."""
    call = await telephone.dial(number, codec=codec, caller_number=caller_number)
    await call.hears_audio()
    await call.hears_silence(1_000, timeout_s=40)
    await call.hang_up()
    return call


async def runs_of(lab: Stage, numbers: list[str]) -> list[Run]:
    """The newest run of each calling number, whole."""
    await lab.asterisk.ari.empty()
    runs = {run["from"]: run for run in await lab.listed_runs()}
    return [await completed(lab, runs[number]) for number in numbers]


def as_sent(agent: np.ndarray, codec: Codec) -> np.ndarray:
    """The agent's recorded samples as this telephone's codec brings them."""
    return MediaFormat.ULAW.decode(MediaFormat.ULAW.encode(agent)) if codec is ULAW else agent


@asynccontextmanager
async def asterisks_own_tones(telephone: Telephone) -> AsyncIterator[list[PhoneCall]]:
    """As many calls to a tone inside Asterisk: where those stand still, the machine does, and we are not at fault."""
    calls = [await telephone.dial("601", caller_number="4999") for _ in range(CALLS_A_ROUND)]
    for call in calls:
        await call.answered()
    yield calls
    await asyncio.gather(*(call.hang_up() for call in calls))


def longest_ms(found: Iterable[Hole]) -> float:
    return max((hole.duration_ms for hole in found), default=0)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("codec", "media_format"), [(ULAW, "ulaw"), (SLIN16, "slin16")], ids=["ulaw", "wideband"]
)
async def test_speech_arrives_bit_by_bit_and_without_holes_while_a_core_is_busy(
    lab: Stage, telephone: Telephone, tmp_path: Path, ten_sentences: str, codec: Codec, media_format: str
) -> None:
    async with changed(lab, media_format=media_format):
        for numbers in in_rounds(f"{media_format}-", ROUNDS * CALLS_A_ROUND):
            with one_core_is_busy():
                async with asterisks_own_tones(telephone) as tones:
                    calls = await asyncio.gather(
                        *(hear_out(telephone, ten_sentences, codec, number) for number in numbers)
                    )
            late_ms = longest_ms(hole for tone in tones for hole in holes(tone, jitter_ms=0))
            for call, run in zip(calls, await runs_of(lab, numbers), strict=True):
                _, agent, rate = await recording_of(lab, run, tmp_path)
                sent = without_silence(as_sent(agent, codec))
                assert rate == codec.sample_rate_hz
                assert texts(run, "agent") == [" ".join(UTTERANCES)]
                assert sent.size > 5 * rate
                assert np.array_equal(without_silence(heard_in_a_row(call)), sent)
                assert longest_ms(holes(call)) <= max(LONGEST_HOLE_MS, 2 * late_ms)


@pytest.mark.timeout(60)
async def test_run_says_that_the_network_loses_packets_and_that_the_caller_is_quiet(
    lab: Stage, telephone: Telephone, story: str
) -> None:
    call = await telephone.dial(story, caller_number="lossy")
    call.lose(lambda sequence: sequence % 40 < 9)
    speech = load_wav(sounds.prompt("demo-nomatch").path, call.codec.sample_rate_hz)
    call.play((speech * 0.02).astype(np.int16))
    await call.answered()
    run = await live_run(lab, "lossy")
    await asyncio.sleep(RTCP_INTERVAL_S + 1)
    asked_at = time.monotonic()
    await lab.api.post(f"/calls/{run['id']}/hangup")
    await call.ended()
    hung_up_s = time.monotonic() - asked_at

    quality = (await completed(lab, run))["quality"]
    troubles = {trouble["code"]: trouble for trouble in quality["troubles"]}
    assert hung_up_s < 0.5, "nothing waits for the figures"
    assert quality["verdict"] == "poor"
    assert {"caller_packets_lost", "gaps", "caller_quiet"} <= troubles.keys()
    assert troubles["caller_packets_lost"]["severity"] == "poor"
    assert troubles["gaps"]["detail"].endswith("the network between telephone and PBX loses packets.")
    assert 200 < quality["rtp"]["received"] < 400
    assert 20 < quality["rtp"]["received_lost"] < 80
    assert quality["audio"]["gap_ms"] > 500
    assert quality["agent"]["speech_dbfs"] > -30


async def test_call_goes_on_where_its_recording_cannot_be_written(
    lab: Stage, telephone: Telephone, listener: Listener
) -> None:
    organization_id = (await lab.api.get("/auth/me"))["organization_id"]
    folder = lab.product.data_dir / "recordings" / organization_id
    with in_the_way_of(folder):
        call = await telephone.dial("8000", caller_number="unrecorded")
        await call.hears_audio()
        await call.hears_silence(1_000)
        await call.hang_up()
        (run,) = await runs_of(lab, ["unrecorded"])

    assert alike(listener.understands(call.heard_pcm(16_000)), GREETING) > ALIKE
    assert run["recording_url"] is None
    assert run["recording_problem"] == "It could not be written: File exists."
    assert "recording_stopped" in [entry["kind"] for entry in await lab.timeline(run["id"])]
    assert run["quality"]["audio"]["frames_sent"] > 50


@contextmanager
def in_the_way_of(folder: Path) -> Iterator[None]:
    """A file stands where this folder should be."""
    aside = folder.with_name(f"{folder.name}.aside")
    folder.mkdir(parents=True, exist_ok=True)
    folder.rename(aside)
    folder.touch()
    try:
        yield
    finally:
        folder.unlink()
        aside.rename(folder)


async def interrupt(telephone: Telephone, number: str, after_ms: int, caller_number: str) -> PhoneCall:
    """Press a key while the agent speaks, and listen to the silence that follows."""
    call = await telephone.dial(number, codec=SLIN16, caller_number=caller_number)
    await hears_speech_for(call, after_ms)
    call.send_digits("5")
    await call.played()
    await call.hears_silence(400)
    await call.hang_up()
    return call


@pytest.mark.timeout(120)
async def test_what_was_flushed_is_never_heard(
    lab: Stage, telephone: Telephone, tmp_path: Path, story: str
) -> None:
    whole = without_silence(heard_in_a_row(await hear_out(telephone, story, SLIN16, "whole")))
    cuts = []
    for numbers in in_rounds("flush-", BARGE_INS):
        calls = await asyncio.gather(
            *(interrupt(telephone, story, 700 + 310 * i, number) for i, number in enumerate(numbers))
        )
        for call, run in zip(calls, await runs_of(lab, numbers), strict=True):
            heard = without_silence(heard_in_a_row(call))
            assert same_beginning(heard, whole) == heard.size, (
                "it is the beginning of the story and nothing else"
            )
            assert heard.size < whole.size / 2
            assert run["quality"]["audio"]["flushes"] == 1
            cuts.append(heard_too_much_ms(run, call))
    assert len(cuts) == BARGE_INS
    assert max(cuts) <= FLUSH_FRAMES * 20


def heard_too_much_ms(run: Run, call: PhoneCall) -> float:
    """How much more came through than the product says was heard."""
    (story,) = run["transcript"]
    return len(call.heard) * 20 - float(story["ended_ms"] - story["started_ms"])


@pytest.mark.timeout(120)
async def test_transcript_ends_within_a_word_of_what_the_telephone_recorded(
    lab: Stage, telephone: Telephone, listener: Listener, story: str
) -> None:
    for i, number in enumerate(numbers_of("word-", 6 if IS_LONG else 3)):
        call = await telephone.dial(story, codec=SLIN16, caller_number=number)
        await hears_speech_for(call, 1_200 + 600 * i)
        call.play(sounds.prompt("demo-nomatch").path)
        await call.hears_silence(300)
        heard = listener.understands(call.heard_pcm(16_000))
        await call.hang_up()
        (run,) = await runs_of(lab, [number])
        (told, *_) = texts(run, "agent")
        assert run["transcript"][0]["interrupted"]
        assert abs(len(spelled_alike(told)) - words_of_story(heard)) <= 1, f"told {told!r}, heard {heard!r}"


def words_of_story(heard: str) -> int:
    """How far into the story what was heard reaches, without what a recogniser makes of half a word at the end.

    That may be a word or a whole phrase said again; after it nothing counts that lies further on in the story.
    """
    understood = spelled_alike(heard)
    story = spelled_alike(STORY)[: len(understood) + 2]
    reached = 0
    for block in difflib.SequenceMatcher(None, understood, story, autojunk=False).get_matching_blocks()[:-1]:
        if block.b - reached > 1:
            break
        reached = block.b + block.size
    return reached


def numbers_of(prefix: str, count: int) -> list[str]:
    """Calling numbers nobody else has."""
    return [f"{prefix}{i}" for i in range(count)]


def in_rounds(prefix: str, count: int) -> Iterator[list[str]]:
    """Calling numbers nobody else has, as many at a time as call at once."""
    numbers = numbers_of(prefix, count)
    for start in range(0, count, CALLS_A_ROUND):
        yield numbers[start : start + CALLS_A_ROUND]
