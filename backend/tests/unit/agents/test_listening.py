import asyncio
from contextlib import asynccontextmanager
from itertools import pairwise

import numpy as np
import pytest

from asisso.agents.listening import MAX_WAITING_WINDOWS, Listening
from asisso.agents.turns import TurnPolicy
from tests.fakes.line import FakeCaller, FakeLine
from tests.fakes.speech import LoudnessDetector, fake_models, murmur

pytestmark = pytest.mark.unit


class Ears:
    """A `TurnListener` that keeps what it is told, and enough of an agent for a `FakeCaller`."""

    sample_rate = 16_000

    def __init__(self, models, policy=None):
        self.listening = Listening(models.detector(), policy or TurnPolicy(), self)
        self.utterances = []
        self.started = 0
        self.barge_ins = 0

    def hear(self, pcm):
        self.listening.hear(pcm)

    @property
    def lag_ms(self):
        return self.listening.lag_ms

    def on_speech_started(self):
        self.started += 1

    def on_barge_in(self):
        self.barge_ins += 1

    def on_turn_ended(self, utterance):
        self.utterances.append(utterance)


@asynccontextmanager
async def listening(*, policy=None, detector=None):
    models = await fake_models(detector=detector)
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


async def test_speech_over_the_agent_is_a_barge_in():
    async with listening() as (ears, line, caller):
        line.say(murmur(5_000), "A long story.")
        await caller.wait(200)
        await caller.speak(murmur(400))

        assert (ears.started, ears.barge_ins) == (1, 1)


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
        assert ears.listening.dropped_windows == 10
        await caller.wait(100)
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
