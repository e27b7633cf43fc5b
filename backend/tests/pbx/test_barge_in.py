"""The caller interrupts: how soon the telephone is silent, and what the agent makes of it."""

from __future__ import annotations

import numpy as np
import pytest

from asisso.agents.tts.hibari import Hibari
from asisso.workflows.phrases import CANNOT
from bench import barge_in
from bench.stage import Stage
from pbxlab import sounds
from pbxlab.telephone import Telephone
from tests.pbx.calls import live_run, noted, texts
from tests.pbx.speech import Listener, alike

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

STAGE = {"greeting": barge_in.STORY}
TRIES = 6
SOONEST_MS = 250
QUESTION = "demo-nomatch"


async def test_telephone_is_silent_within_a_quarter_of_a_second_of_the_callers_first_voiced_frame(
    lab: Stage,
) -> None:
    result = await barge_in.measure(lab, TRIES)

    assert result["missed"] == []
    assert sorted(result["all"])[TRIES - 2] <= SOONEST_MS, "five of six, as the slowest may begin with a hiss"


async def test_transcript_after_an_interruption_holds_what_was_heard_and_the_answer_to_it(
    lab: Stage, telephone: Telephone
) -> None:
    call = await telephone.dial("8000", caller_number="4001")
    await call.hears_audio()
    await call.until(lambda: len(call.heard) > 100, "two seconds of the story", 10)
    run = await live_run(lab, "4001")
    call.play(sounds.prompt(QUESTION).path)
    said = await call.played()
    await noted(lab, run, "turn")
    await call.hears_audio(since=said)
    await call.hears_silence(900)
    await call.hang_up()
    (finished,) = [r for r in await lab.finished_runs(1) if r["from"] == "4001"]

    story, answer = texts(finished, "agent")[:2]
    assert finished["transcript"][0]["interrupted"]
    assert barge_in.STORY.startswith(story)
    assert 2 <= len(story.split()) <= 14
    assert alike(texts(finished, "caller")[0], sounds.prompt(QUESTION).text) > 0.6
    assert answer == CANNOT


async def test_agent_goes_on_after_a_yeah_and_the_story_is_whole(
    lab: Stage, telephone: Telephone, listener: Listener
) -> None:
    yeah = Hibari.load().synthesize("Yeah.")
    call = await telephone.dial("8000", caller_number="4002")
    await call.hears_audio()
    await call.until(lambda: len(call.heard) > 100, "two seconds of the story", 10)
    run = await live_run(lab, "4002")
    call.play(np.asarray(yeah), 16_000)
    resumed = await noted(lab, run, "speech_resumed")
    await call.hears_silence(1_500, 30)
    await call.hang_up()
    (finished,) = [r for r in await lab.finished_runs(1) if r["from"] == "4002"]

    assert resumed == {"reason": "back_channel"}
    assert texts(finished, "agent") == [barge_in.STORY]
    assert texts(finished, "caller") == []
    assert not finished["transcript"][0]["interrupted"]
    opening = listener.understands(call.heard_pcm(16_000)[: 9 * 16_000])
    assert alike(opening, barge_in.STORY[:105]) > 0.6, opening
