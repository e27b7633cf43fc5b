import asyncio
import time

import pytest

from asisso.agents import speech
from asisso.agents.agent import AgentUnavailable
from asisso.agents.load import LoadPolicy
from asisso.agents.speech import AgentOverloaded, SpeechModels
from asisso.agents.weights import WeightsMissing
from asisso.agents.workers import Share
from tests.fakes.speech import (
    LoudnessDetector,
    ScriptedPredictor,
    ScriptedRecognizer,
    ToneSynthesizer,
    fake_models,
    murmur,
)

pytestmark = pytest.mark.unit


async def test_models_are_ready_once_loaded_and_not_before():
    models = SpeechModels()

    assert not models.is_ready
    with pytest.raises(AgentUnavailable, match="still loading"):
        await models.recognize(murmur(100))
    with pytest.raises(AgentUnavailable, match="still loading"):
        await models.predict_end(murmur(100))
    assert not models.call().can_predict
    models.close()


async def test_missing_model_ends_loading_with_what_to_install():
    def load():
        raise WeightsMissing("The speech models need x; install it and start again.")

    models = SpeechModels(load_recognizer=load)
    with pytest.raises(WeightsMissing, match="install"):
        await models.load()

    assert not models.is_ready
    models.close()


async def test_kept_sentence_is_rendered_once_for_all_calls_that_ask_for_it():
    synthesizer = ToneSynthesizer()
    models = await fake_models(synthesizer=synthesizer)
    synthesizer.rendered.clear()
    clips = await asyncio.gather(*(models.synthesize("Hello.", keep=True) for _ in range(20)))
    again = await models.synthesize("Hello.")
    models.close()

    assert synthesizer.rendered == ["Hello."]
    assert all(clip is again for clip in clips)


async def test_what_a_caller_said_is_not_kept():
    synthesizer = ToneSynthesizer()
    models = await fake_models(synthesizer=synthesizer)
    synthesizer.rendered.clear()
    await models.synthesize("You said: my secret.")
    await models.synthesize("You said: my secret.")
    models.close()

    assert len(synthesizer.rendered) == 2


async def test_call_that_hangs_up_does_not_spoil_the_rendering_others_wait_for():
    models = await fake_models()
    first = asyncio.create_task(models.synthesize("Hello.", keep=True))
    second = asyncio.create_task(models.synthesize("Hello.", keep=True))
    await asyncio.sleep(0)
    first.cancel()

    assert (await second).size > 0
    models.close()


async def test_recognition_refuses_at_once_what_would_wait_too_long(monkeypatch):
    monkeypatch.setattr(speech, "MAX_JOBS", 3)
    recognizer = ScriptedRecognizer()
    models = await fake_models(recognizer)
    recognizer.may_answer.clear()
    waiting = [asyncio.create_task(models.recognize(murmur(100))) for _ in range(5)]
    await asyncio.sleep(0)

    with pytest.raises(AgentOverloaded, match="wait for speech recognition; take fewer calls"):
        await models.recognize(murmur(100))

    recognizer.may_answer.set()
    await asyncio.gather(*waiting)
    assert await models.recognize(murmur(100)) == ""
    models.close()


async def test_recognition_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(speech, "JOB_LIMIT_S", 0.01)
    recognizer = ScriptedRecognizer()
    models = await fake_models(recognizer)
    recognizer.may_answer.clear()

    with pytest.raises(AgentOverloaded, match=r"Speech recognition took more than 0\.01 s"):
        await models.recognize(murmur(100))
    recognizer.may_answer.set()
    models.close()


async def test_ending_without_a_predictor_is_unknown_and_with_one_as_it_says():
    without, with_one = await fake_models(), await fake_models(predictor=ScriptedPredictor(0.25))

    assert await without.predict_end(murmur(100)) is None
    assert await with_one.predict_end(murmur(100)) == 0.25
    assert with_one.call().can_predict
    without.close()
    with_one.close()


class SlowRecognizer(ScriptedRecognizer):
    """Takes a fifth of a second of a thread for each utterance."""

    def recognize(self, pcm):
        time.sleep(0.2)
        return super().recognize(pcm)


async def test_node_whose_recognition_falls_behind_is_overloaded_until_it_has_been_calm():
    policy = LoadPolicy(shut_at_s=0.8, shut_after_s=0.2, open_below_s=0.3, open_after_s=1.5)
    models = SpeechModels(
        load_recognizer=SlowRecognizer,
        load_synthesizer=ToneSynthesizer,
        load_voice_model=LoudnessDetector,
        load_end_predictor=lambda: None,
        load_encoder=lambda: None,
        processors=2,
        load_policy=policy,
    )
    await models.load()
    await asyncio.gather(*(models.recognize(murmur(1_000)) for _ in range(6)))
    assert not models.is_overloaded, "that was soon over"

    callers = [asyncio.create_task(models.recognize(murmur(1_000), share=Share())) for _ in range(25)]
    await asyncio.wait(callers[:8])
    assert models.is_overloaded
    assert models.stats.is_overloaded
    assert models.stats.inference.waiting > 8
    await asyncio.wait(callers)
    assert models.is_overloaded, "calm has to last"
    await eventually(lambda: not models.is_overloaded)
    models.close()


async def eventually(is_so):
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 - the load is looked at, it does not tell
            await asyncio.sleep(0.05)
