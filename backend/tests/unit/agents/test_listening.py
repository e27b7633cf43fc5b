import asyncio
from contextlib import asynccontextmanager
from itertools import pairwise

import numpy as np
import pytest

from asisso.agents.ear import MAX_WAITING_WINDOWS
from asisso.agents.listening import Listening
from asisso.agents.turn_policy import TurnPolicy
from asisso.agents.workers import AgentOverloaded
from tests.fakes.line import FakeCaller, FakeLine
from tests.fakes.speech import (
    LoudnessDetector,
    ScriptedPredictor,
    ScriptedRecognizer,
    fake_models,
    murmur,
)

pytestmark = pytest.mark.unit


class Ears:
    """A `TurnListener` that keeps what it is told, and enough of an agent for a `FakeCaller`."""

    sample_rate = 16_000

    def __init__(self, models, policy=None):
        self.listening = Listening(models.call(), policy or TurnPolicy(), self)
        self.models = models
        self.agent_text = ""
        self.left_ms = 5_000
        self.resumed = []
        self.keys = []
        self.keys_pressed = 0
        self.utterances = []
        self.started = 0
        self.barge_ins = 0

    def hear(self, pcm):
        self.listening.hear(pcm)

    @property
    def lag_ms(self):
        return self.listening.lag_ms

    @property
    def is_asking(self):
        return self.listening.is_asking

    def on_hold(self):
        return self.left_ms

    def on_resume(self, reason):
        self.resumed.append(reason)

    def on_key_pressed(self):
        self.keys_pressed += 1

    def on_keys(self, keys):
        self.keys.append(keys)

    def on_speech_started(self):
        self.started += 1

    def on_barge_in(self):
        self.barge_ins += 1

    def on_turn_ended(self, utterance):
        self.utterances.append(utterance)


@asynccontextmanager
async def listening(*words, policy=None, detector=None, predictor=None, recognizer=None):
    models = await fake_models(
        recognizer or ScriptedRecognizer(*words), detector=detector, predictor=predictor
    )
    ears, line = Ears(models, policy), FakeLine()
    task = asyncio.create_task(ears.listening.run(line))
    await asyncio.sleep(0)
    yield ears, line, FakeCaller(ears, line)
    task.cancel()
    await asyncio.wait([task])
    models.close()


async def test_utterance_holds_the_speech_whole_with_its_place_in_the_call():
    async with listening() as (ears, line, caller):
        await caller.wait(1_000)
        spoken_from_ms = line.now_ms
        await caller.speak(murmur(800))
        spoken_to_ms = line.now_ms
        await caller.wait(1_000)

    (utterance,) = ears.utterances
    sound = utterance.pcm
    assert utterance.started_ms == pytest.approx(spoken_from_ms, abs=64)
    assert utterance.ended_ms == pytest.approx(spoken_to_ms, abs=64)
    assert 600 <= utterance.decided_ms - utterance.ended_ms <= 664
    spoken = np.flatnonzero(sound)
    assert np.array_equal(sound[spoken[0] : spoken[-1] + 1], np.trim_zeros(murmur(800)))
    assert spoken[0] >= 16 * (300 - 32)
    assert sound.size - spoken[-1] >= 16 * (450 - 32)


async def test_silence_is_not_shown_to_the_detector():
    detector = LoudnessDetector()
    async with listening(detector=detector) as (_, _, caller):
        judged_before = detector.judged_windows
        await caller.wait(5_000)
        assert detector.judged_windows == judged_before
        await caller.speak(murmur(320))
        await caller.wait(5_000)

    assert 10 <= detector.judged_windows - judged_before <= 10 + 10 + 1 + 3


async def test_words_over_the_agent_are_a_barge_in():
    async with listening("Stop.") as (ears, line, caller):
        line.say(murmur(5_000), "A long story.")
        await caller.wait(200)
        await caller.speak(murmur(400))
        assert (ears.started, ears.barge_ins) == (0, 0)
        await caller.wait(300)

        assert (ears.started, ears.barge_ins, ears.resumed) == (1, 1, [])


async def test_back_channel_over_the_agent_is_none_and_answered_by_nobody():
    async with listening("Uh-huh.") as (ears, line, caller):
        line.say(murmur(5_000), "A long story.")
        await caller.wait(200)
        await caller.speak(murmur(400))
        await caller.wait(2_000)

        assert (ears.started, ears.barge_ins, ears.resumed) == (0, 0, ["back_channel"])
        assert ears.utterances == []


async def test_pause_is_looked_into_while_it_lasts():
    predictor = ScriptedPredictor(0.95)
    async with listening("All I want.", predictor=predictor) as (ears, _, caller):
        await caller.speak(murmur(800))
        await caller.wait(1_000)

    (utterance,) = ears.utterances
    assert predictor.asked == 1
    assert 400 <= utterance.decided_ms - utterance.ended_ms <= 464
    assert await utterance.words == "All I want."
    assert utterance.prediction_ms is not None


async def test_words_of_a_pause_the_caller_goes_on_after_are_not_the_turns():
    async with listening("I want", "I want a book.") as (ears, _, caller):
        await caller.speak(murmur(800))
        await caller.wait(300)
        await caller.speak(murmur(800))
        await caller.wait(1_000)

    (utterance,) = ears.utterances
    assert await utterance.words == "I want a book."


async def test_what_a_pause_was_asked_about_is_given_up_when_the_caller_goes_on():
    recognizer = ScriptedRecognizer("late")
    async with listening(recognizer=recognizer) as (ears, _, caller):
        recognizer.may_answer.clear()
        caller.waits_for_words = False
        await caller.speak(murmur(800))
        await caller.wait(300)
        assert ears.models.stats.inference.dropped == 0
        await caller.speak(murmur(200))
        await asyncio.sleep(0)
        assert ears.models.stats.inference.dropped == 1
        recognizer.may_answer.set()


async def test_nothing_is_done_in_vain_where_there_is_no_time_for_it():
    recognizer = ScriptedRecognizer("late", "late")
    async with listening(recognizer=recognizer) as (ears, _, caller):
        recognizer.may_answer.clear()
        caller.waits_for_words = False
        busy = [asyncio.create_task(ears.models.recognize(murmur(100))) for _ in range(2)]
        await caller.speak(murmur(800))
        await caller.wait(1_000)
        recognizer.may_answer.set()
        await asyncio.wait(busy)

    (utterance,) = ears.utterances
    assert utterance.words is None
    assert 600 <= utterance.decided_ms - utterance.ended_ms <= 664


async def test_keys_are_gathered_on_the_clock_of_the_call():
    async with listening(policy=TurnPolicy(key_pause_ms=500)) as (ears, _, caller):
        ears.listening.press("4")
        await caller.wait(300)
        ears.listening.press("2")
        await caller.wait(400)
        assert ears.keys == []
        await caller.wait(200)
        ears.listening.press("#")

    assert ears.keys == ["42", "#"]
    assert ears.keys_pressed == 3


async def test_windows_of_many_calls_are_judged_in_few_runs():
    detector = LoudnessDetector()
    models = await fake_models(detector=detector)
    many = [Ears(models) for _ in range(40)]
    line = FakeLine()
    tasks = [asyncio.create_task(ears.listening.run(line)) for ears in many]
    await asyncio.sleep(0)
    windows, runs = detector.judged_windows, detector.runs
    for start in range(0, 16_000, 512):
        line.now_ms += 32
        for ears in many:
            ears.hear(murmur(1_000)[start : start + 512])
        while any(ears.lag_ms for ears in many):  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    models.close()

    assert {ears.started for ears in many} == {1}
    assert detector.judged_windows - windows >= 31 * 40
    assert detector.runs - runs <= 31 + 3
    assert models.hearing.stats.calls == 0


async def test_call_whose_sound_there_is_no_time_to_judge_is_deaf_for_a_moment_but_goes_on(monkeypatch):
    async with listening() as (ears, _, caller):

        async def refuse(*_, **__):
            raise AgentOverloaded("Voice detection took too long.")

        monkeypatch.setattr(ears.models.hearing._workers, "run", refuse)
        await caller.speak(murmur(500))
        assert ears.models.hearing.stats.unjudged_windows > 10
        assert ears.started == 0
        monkeypatch.undo()
        await caller.wait(1_000)
        await caller.speak(murmur(500))
        assert ears.started == 1


async def test_caller_who_never_stops_is_heard_in_pieces_without_a_gap():
    async with listening(policy=TurnPolicy(max_turn_ms=3_000)) as (ears, _, caller):
        await caller.speak(murmur(7_000))
        await caller.wait(1_000)

    whole = np.concatenate([utterance.pcm for utterance in ears.utterances])
    assert len(ears.utterances) == 3
    assert np.count_nonzero(whole) == np.count_nonzero(murmur(7_000))
    for before, after in pairwise(ears.utterances):
        assert after.started_ms - before.ended_ms <= 32


async def test_sound_that_cannot_be_judged_in_time_is_dropped_and_counted():
    async with listening() as (ears, _, caller):
        for _ in range(MAX_WAITING_WINDOWS + 10):
            ears.hear(murmur(32))
        assert ears.lag_ms == (MAX_WAITING_WINDOWS + 10) * 32
        await caller.wait(100)
        assert ears.listening.ear.dropped_windows == 10
        assert ears.lag_ms == 0


async def test_time_follows_the_clock_where_the_line_lost_sound():
    async with listening() as (ears, line, caller):
        await caller.wait(500)
        await line.advance(4_000)
        spoken_from_ms = line.now_ms
        await caller.speak(murmur(400))
        await caller.wait(1_000)

    assert ears.utterances[0].started_ms == pytest.approx(spoken_from_ms, abs=64)


async def test_nothing_is_heard_before_and_after_the_conversation():
    models = await fake_models()
    ears = Ears(models)
    ears.hear(murmur(1_000))
    models.close()

    assert ears.lag_ms == 0
