"""The embedded agent with its real models: what one voice says, the other end understands."""

import asyncio
from difflib import SequenceMatcher
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from asisso.agents import weights
from asisso.agents.agent import AgentEnd
from asisso.agents.speech import SpeechModels
from asisso.agents.vad.detector import WINDOW_MS, WINDOW_SAMPLES
from asisso.agents.vad.gate import EnergyGate
from asisso.agents.vad.silero import SileroModel
from asisso.audio.frame import MediaFormat
from asisso.audio.resample import resample_clip
from asisso.audio.wav import read_wav
from tests.fakes.conversation import edge, embedded_agent, greeting_and_farewell, node, workflow
from tests.fakes.line import FakeCaller, FakeLine

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def models():
    models = SpeechModels()
    await models.load()
    yield models
    models.close()


def over_the_telephone(pcm):
    """What is left of it behind an 8 kHz mu-law line."""
    narrow = resample_clip(pcm, 16_000, 8_000)
    return resample_clip(MediaFormat.ULAW.decode(MediaFormat.ULAW.encode(narrow)), 8_000, 16_000)


def spoken_words(text):
    return "".join(c if c.isalnum() or c.isspace() else " " for c in text.lower()).split()


def likeness(text, expected):
    return SequenceMatcher(None, spoken_words(text), spoken_words(expected)).ratio()


@pytest.mark.parametrize(
    "sentence",
    [
        "What are your opening hours on Saturday?",
        "I would like to change my appointment to Thursday.",
        "Can you please connect me to the sales department?",
    ],
)
async def test_what_the_voice_says_over_a_telephone_line_is_recognized(models, sentence):
    speech = over_the_telephone(await models.synthesize(sentence))

    assert likeness(await models.recognize(speech), sentence) > 0.85


def human_speech():
    """Samuel Beckett's lines read by a person; the recording comes with the recognizer's package."""
    spec = find_spec("moonshine_voice")
    sound, sample_rate = read_wav(Path(spec.submodule_search_locations[0], "assets", "beckett.wav"))
    assert sample_rate == 16_000
    return over_the_telephone(sound[:, 0])


def judged(windows):
    """What the detector makes of one call's windows."""
    model = SileroModel.load()
    memory = model.memory()
    return np.array([model.probabilities([memory], window[np.newaxis])[0] for window in windows])


async def test_detector_says_what_the_published_network_says():
    speech = human_speech()[: 300 * WINDOW_SAMPLES].reshape(3, -1, WINDOW_SAMPLES)
    model, published = SileroModel.load(), weights.open_session(weights.SILERO)
    memories = [model.memory() for _ in speech]
    state, context = np.zeros((2, 3, 128), np.float32), np.zeros((3, 64), np.float32)
    ours, theirs = [], []
    for windows in speech.transpose(1, 0, 2):
        ours.append(model.probabilities(memories, windows))
        sound = np.concatenate((context, windows.astype(np.float32) / 32_768), axis=1)
        context = sound[:, -64:]
        feed = {"input": sound, "state": state, "sr": np.array(16_000, np.int64)}
        said, state = published.run(None, feed)
        theirs.append(said[:, 0])

    assert 0.2 < np.mean(np.array(theirs) > 0.5) < 0.95
    assert np.abs(np.array(ours) - np.array(theirs)).max() < 1e-4


async def test_detector_hears_each_of_many_calls_as_if_it_were_alone():
    speech = human_speech()[: 100 * WINDOW_SAMPLES].reshape(-1, WINDOW_SAMPLES)
    model = SileroModel.load()
    memories = [model.memory() for _ in range(5)]
    together = np.array(
        [model.probabilities(memories, np.stack([speech[i - 7 * n] for n in range(5)])) for i in range(100)]
    )
    alone = np.array([judged(np.stack([speech[i - 7 * n] for i in range(100)])) for n in range(5)])

    assert together[:, 0].max() > 0.9
    assert np.allclose(together, alone.T, atol=1e-4)


async def test_predictor_tells_a_filler_from_an_answer(models):
    filler = over_the_telephone(await models.synthesize("I would like to make an appointment for, um,"))
    answer = over_the_telephone(await models.synthesize("My name is John Smith."))

    assert await models.predict_end(filler) < 0.3
    assert await models.predict_end(answer) > 0.8


async def test_agent_goes_on_after_a_yeah(models):
    sentence = (
        "We are open every day from nine in the morning until six in the evening, except on public holidays."
    )
    agent = embedded_agent(greeting_and_farewell(sentence, ""), models)
    await agent.prepare()
    line = FakeLine()
    caller = FakeCaller(agent, line)
    conversing = asyncio.create_task(agent.converse(line))
    await caller.wait(1_500)
    await caller.speak(over_the_telephone(await models.synthesize("Yeah.")))
    await caller.wait(1_500)
    conversing.cancel()
    await asyncio.wait([conversing])

    assert (line.holds, line.resumes) == (1, 1)
    assert line.interruptions == []
    assert line.caller_turns == []


async def test_a_human_voice_over_a_telephone_line_is_recognized(models):
    expected = "Ever tried, ever failed, no matter, try again, fail again, fail better."

    assert likeness(await models.recognize(human_speech()), expected) > 0.9


async def test_gate_lets_the_detector_hear_all_speech_on_a_noisy_line(models):
    speech = human_speech()
    noisy = speech + np.random.default_rng(5).normal(0, 0.1 * np.std(speech), speech.size).astype(np.int16)
    windows = noisy[: noisy.size // WINDOW_SAMPLES * WINDOW_SAMPLES].reshape(-1, WINDOW_SAMPLES)
    is_speech = judged(windows) > 0.5
    gate = EnergyGate()
    is_admitted = np.array(
        [gate.admit(float(np.mean(np.square(window.astype(float))))) for window in windows]
    )

    assert is_speech.sum() > 100
    assert np.count_nonzero(is_speech & ~is_admitted) <= 0.02 * is_speech.sum()


async def test_quiet_speech_is_recognized_as_well(models):
    speech = over_the_telephone(await models.synthesize("What are your opening hours on Saturday?")) // 30

    assert likeness(await models.recognize(speech), "What are your opening hours on Saturday?") > 0.85


async def test_silence_has_no_words(models):
    assert await models.recognize(np.zeros(16_000, np.int16)) == ""


async def test_utterance_too_long_for_the_model_is_refused(models):
    with pytest.raises(ValueError, match="30 s"):
        await models.recognize(np.zeros(31 * 16_000, np.int16))


async def test_voice_has_telephone_level_and_wastes_no_time(models):
    for sentence in ("Yes.", "Your order has been shipped and will arrive on Thursday."):
        speech = (await models.synthesize(sentence)) / 32768
        audible = np.flatnonzero(np.abs(speech) > 0.01)

        assert -10 < 20 * np.log10(np.abs(speech).max()) <= -2.9
        assert audible[0] <= 0.025 * 16_000
        assert speech.size - audible[-1] <= 0.2 * 16_000


async def test_same_sentence_always_sounds_the_same(models):
    assert np.array_equal(await models.synthesize("Good morning."), await models.synthesize("Good morning."))


async def test_voice_says_nothing_for_nothing(models):
    assert (await models.synthesize(" ")).size == 0


async def test_detector_tells_speech_from_silence_and_noise(models):
    speech = await models.synthesize("I would like to change my appointment to Thursday.")
    noise = np.random.default_rng(3).normal(0, 300, 32_000).astype(np.int16)
    windows = np.concatenate((noise, speech, noise))
    windows = windows[: windows.size // WINDOW_SAMPLES * WINDOW_SAMPLES].reshape(-1, WINDOW_SAMPLES)
    probabilities = judged(windows)
    lead, length = 2_000 // WINDOW_MS, speech.size // WINDOW_SAMPLES

    assert np.mean(probabilities[lead : lead + length] > 0.5) > 0.75
    assert np.mean(probabilities[5:lead] > 0.5) < 0.05


async def test_agent_understands_answers_is_interrupted_and_parts(models):
    definition = workflow(
        node("start", "start", say="Hello, this is Acme. How can I help?"),
        node(
            "hours",
            "agent",
            say="On Saturday we are open from ten to four. Can I help you with anything else?",
        ),
        node("stop", "agent", say="That is no problem at all."),
        node("bye", "end", say="Goodbye, and thank you."),
        edge("start", "hours", examples=["when are you open", "how late are you open on Friday"]),
        edge("hours", "stop", examples=["I have changed my mind", "I do not want it any more"]),
        edge("stop", "hours", examples=["when are you open"]),
    )
    agent = embedded_agent(definition, models)
    await agent.prepare()
    line = FakeLine()
    caller = FakeCaller(agent, line)
    conversing = asyncio.create_task(agent.converse(line))
    question = over_the_telephone(await models.synthesize("What are your opening hours on Saturday?"))

    await caller.wait_for(lambda: not line.is_speaking and len(line.said) == 2)
    await caller.speak(question)
    await caller.wait_for(lambda: len(line.said) >= 4)
    assert line.is_speaking
    await caller.wait(500)
    await caller.speak(over_the_telephone(await models.synthesize("Stop please, I have changed my mind.")))
    await caller.wait_for(lambda: len(line.caller_turns) == 2 and len(line.said) >= 5)
    await caller.wait_for(lambda: not line.is_speaking)
    await caller.speak(over_the_telephone(await models.synthesize("Okay, thank you, goodbye.")))
    await caller.wait_for(conversing.done)
    heard = [text for text, _, _ in line.caller_turns]

    assert conversing.result() == AgentEnd("completed")
    assert likeness(heard[0], "What are your opening hours on Saturday?") > 0.85
    assert likeness(heard[1], "Stop please, I have changed my mind.") > 0.7
    assert "goodbye" in spoken_words(heard[2].replace("-", ""))
    assert line.texts[2] == "On Saturday we are open from ten to four."
    assert line.texts[4] == "That is no problem at all."
    assert len(line.interruptions) == 1
    assert line.texts[-1] == "Goodbye, and thank you."
