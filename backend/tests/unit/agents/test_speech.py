import asyncio

import numpy as np
import pytest

from asisso.agents import speech
from asisso.agents.agent import AgentUnavailable
from asisso.agents.speech import AgentOverloaded, SpeechModels
from asisso.agents.weights import WeightsMissing
from tests.fakes.speech import ScriptedRecognizer, ToneSynthesizer, fake_models, murmur

pytestmark = pytest.mark.unit


async def test_models_are_ready_once_loaded_and_not_before():
    models = SpeechModels()

    assert not models.is_ready
    with pytest.raises(AgentUnavailable, match="still loading"):
        await models.recognize(murmur(100))
    with pytest.raises(AgentUnavailable, match="still loading"):
        await models.detector().probabilities(murmur(32)[np.newaxis])
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
    monkeypatch.setattr(speech, "MAX_RECOGNITIONS", 3)
    recognizer = ScriptedRecognizer()
    models = await fake_models(recognizer)
    recognizer.may_answer.clear()
    waiting = [asyncio.create_task(models.recognize(murmur(100))) for _ in range(3)]
    await asyncio.sleep(0)

    with pytest.raises(AgentOverloaded, match="fewer calls") as caught:
        await models.recognize(murmur(100))
    assert caught.value.retryable

    recognizer.may_answer.set()
    await asyncio.gather(*waiting)
    assert await models.recognize(murmur(100)) == ""
    models.close()


async def test_recognition_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(speech, "RECOGNITION_LIMIT_S", 0.01)
    recognizer = ScriptedRecognizer()
    models = await fake_models(recognizer)
    recognizer.may_answer.clear()

    with pytest.raises(AgentOverloaded, match=r"Speech recognition took more than 0\.01 s"):
        await models.recognize(murmur(100))
    recognizer.may_answer.set()
    models.close()
