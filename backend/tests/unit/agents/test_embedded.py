"""The embedded agent's conversation, with scripted words instead of models."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from asisso.agents import embedded
from asisso.agents.agent import AgentEnd, AgentFailed
from asisso.agents.control import ToTelephone
from asisso.agents.embedded import NOT_UNDERSTOOD, EmbeddedAgent, Exit, is_goodbye
from asisso.agents.speech import AgentOverloaded, SpeechModels
from asisso.agents.turn_policy import TurnPolicy
from tests.fakes.line import FakeCaller, FakeLine
from tests.fakes.speech import (
    LoudnessDetector,
    ScriptedRecognizer,
    ToneSynthesizer,
    fake_models,
    murmur,
)

pytestmark = pytest.mark.unit

GREETING = "Hello. How can I help?"


class Conversation:
    def __init__(self, agent, recognizer, models):
        self.agent = agent
        self.models = models
        self.recognizer = recognizer
        self.line = FakeLine()
        self.caller = FakeCaller(agent, self.line)
        self.task = asyncio.create_task(agent.converse(self.line))

    async def press(self, keys):
        """Press keys, and let the pause behind them pass."""
        for key in keys:
            self.agent.press(key)
        await self.caller.wait_for(lambda: bool(self.line.control.transfers))

    async def say(self):
        """One turn of the caller, up to the end of the agent's answer."""
        answers = len(self.line.said)
        await self.caller.speak(murmur(600))
        await self.caller.wait_for(lambda: len(self.line.said) > answers or self.task.done())
        await self.caller.wait_for(lambda: not self.line.is_speaking or self.task.done())

    @property
    def answers(self):
        return self.line.texts[2:]


@asynccontextmanager
async def conversation(*words, farewell="Goodbye.", exits=None, policy=None):
    recognizer = ScriptedRecognizer(*words)
    models = await fake_models(recognizer)
    agent = EmbeddedAgent(greeting=GREETING, farewell=farewell, exits=exits, models=models, policy=policy)
    await agent.prepare()
    running = Conversation(agent, recognizer, models)
    await running.caller.wait_for(lambda: len(running.line.said) == 2)
    try:
        yield running
    finally:
        recognizer.may_answer.set()
        running.task.cancel()
        await asyncio.wait([running.task])
        await agent.close()
        models.close()


async def greeting_over(call):
    await call.caller.wait_for(lambda: not call.line.is_speaking)


async def test_agent_greets_as_soon_as_the_call_is_answered_with_what_it_prepared():
    synthesizer = ToneSynthesizer()
    models = await fake_models(synthesizer=synthesizer)
    agent = EmbeddedAgent(greeting=GREETING, farewell="", models=models)
    await agent.prepare()
    rendered, line = list(synthesizer.rendered), FakeLine()
    conversing = asyncio.create_task(agent.converse(line))
    await FakeCaller(agent, line).wait_for(lambda: len(line.said) == 2)
    conversing.cancel()
    await asyncio.wait([conversing])
    models.close()

    assert line.texts == ["Hello.", "How can I help?"]
    assert line.said[0].said_ms <= 1_000 + 20
    assert synthesizer.rendered == rendered


async def test_agent_asked_while_its_models_load_is_ready_soon_after_them():
    models = SpeechModels(
        load_recognizer=ScriptedRecognizer,
        load_synthesizer=ToneSynthesizer,
        load_voice_model=LoudnessDetector,
        load_end_predictor=lambda: None,
    )
    agent = EmbeddedAgent(greeting=GREETING, farewell="", models=models)
    preparing = asyncio.create_task(agent.prepare())
    await asyncio.sleep(0)
    assert not preparing.done()
    await models.load()
    async with asyncio.timeout(5):
        await preparing
    models.close()


async def test_turns_of_the_caller_are_told_to_the_line():
    async with conversation("Hello there.") as call:
        await greeting_over(call)
        await call.say()

        assert call.line.turns == ["began", "ended"]


async def test_agent_repeats_what_it_understood_and_writes_it_down():
    async with conversation("Where is my order? It is late.") as call:
        await greeting_over(call)
        spoken_from_ms = call.line.now_ms
        await call.say()
        await call.caller.wait_for(lambda: bool(call.line.turn_notes))

        assert call.answers == ["You said: Where is my order?", "It is late."]
        ((text, started_ms, ended_ms),) = call.line.caller_turns
        assert text == "Where is my order? It is late."
        assert started_ms == pytest.approx(spoken_from_ms, abs=64)
        assert ended_ms == pytest.approx(spoken_from_ms + 600, abs=64)


async def test_turn_is_noted_with_the_milliseconds_of_each_stage():
    async with conversation("Yes.") as call:
        await greeting_over(call)
        await call.say()
        await call.caller.wait_for(lambda: bool(call.line.turn_notes))

        (note,) = call.line.turn_notes
        assert 600 <= note["endpointing_ms"] <= 700
        assert note["prediction_ms"] is None, "there is no predictor"
        stages_ms = note["endpointing_ms"] + note["recognition_ms"] + note["synthesis_ms"]
        assert note["turn_latency_ms"] == pytest.approx(stages_ms, abs=40)


async def test_agent_says_so_when_it_heard_no_words():
    async with conversation("", " ... ") as call:
        await greeting_over(call)
        await call.say()
        await call.say()

        assert call.answers == [NOT_UNDERSTOOD, NOT_UNDERSTOOD]
        assert call.line.caller_turns == []


async def test_agent_stays_polite_when_there_is_no_time_for_recognition(monkeypatch):
    async with conversation("lost words") as call:
        await greeting_over(call)

        async def refuse(_):
            raise AgentOverloaded("Too many calls.")

        monkeypatch.setattr(call.agent._speech, "recognize", refuse)
        await call.say()

        assert call.answers == [NOT_UNDERSTOOD]
        assert ("recognition_skipped", {"reason": "agent_overloaded"}) in call.line.notes


async def test_caller_who_speaks_over_the_agent_silences_it():
    async with conversation("Stop.") as call:
        await call.caller.wait(400)
        assert call.line.is_speaking
        await call.caller.speak(murmur(300))
        await call.caller.wait(300)

        assert not call.line.is_speaking
        (interrupted,) = call.line.interruptions
        hello_ms = 300
        assert interrupted.heard_ms == pytest.approx(400 + 100 - hello_ms, abs=70), (
            "silent at the first sound"
        )


async def test_agent_goes_on_after_a_back_channel_and_says_all_it_had_to_say():
    async with conversation("Mm-hm.") as call:
        await call.caller.wait(400)
        await call.caller.speak(murmur(300))
        await call.caller.wait(300)
        await greeting_over(call)

        assert (call.line.holds, call.line.resumes, call.line.interruptions) == (1, 1, [])
        assert ("speech_resumed", {"reason": "back_channel"}) in call.line.notes
        assert call.line.caller_turns == []
        assert call.line.turns == []


async def test_agent_that_is_not_to_be_interrupted_answers_when_it_is_done():
    async with conversation("Stop.", policy=TurnPolicy(barge_in="off")) as call:
        await call.caller.wait(200)
        await call.caller.speak(murmur(300))
        await call.caller.wait_for(lambda: bool(call.answers))

        assert (call.line.holds, call.line.interruptions) == (0, [])
        assert call.answers == ["You said: Stop."]


async def test_agents_own_words_right_behind_it_are_not_answered():
    async with conversation("How can I help?") as call:
        await greeting_over(call)
        await call.caller.speak(murmur(600))
        await call.caller.wait_for(lambda: ("echo_ignored", {}) in call.line.notes)

        assert call.answers == []
        assert call.line.caller_turns == []


async def test_caller_who_goes_on_speaking_gets_one_answer_to_all_of_it():
    async with conversation("I would like", "a new contract.") as call:
        await greeting_over(call)
        call.recognizer.may_answer.clear()
        call.caller.waits_for_words = False
        await call.caller.speak(murmur(500))
        await call.caller.wait(700)
        await call.caller.speak(murmur(500))
        call.recognizer.may_answer.set()
        await call.caller.wait_for(lambda: bool(call.answers))

        assert call.answers == ["You said: a new contract."]
        assert [text for text, _, _ in call.line.caller_turns] == ["I would like", "a new contract."]


async def test_goodbye_ends_the_conversation_once_the_farewell_was_heard():
    async with conversation("OK, good-bye!") as call:
        await greeting_over(call)
        await call.say()
        async with asyncio.timeout(2):
            end = await call.task

        assert end == AgentEnd("completed")
        assert call.answers == ["Goodbye."]
        assert not call.line.is_speaking


async def test_farewell_cannot_be_interrupted():
    async with conversation("Bye.") as call:
        await greeting_over(call)
        await call.caller.speak(murmur(400))
        await call.caller.wait_for(lambda: bool(call.answers))
        await call.caller.speak(murmur(300))

        assert call.line.interruptions == []


async def test_agent_without_a_farewell_leaves_at_once():
    async with conversation("Bye.", farewell="") as call:
        await greeting_over(call)
        await call.say()

        assert call.task.result() == AgentEnd("completed")
        assert call.answers == []


async def test_keys_are_read_back_after_a_pause_and_silence_the_agent():
    async with conversation() as call:
        for digit in "12*":
            call.agent.press(digit)
        assert not call.line.is_speaking
        await call.caller.wait_for(lambda: bool(call.answers))

        assert call.answers == ["You pressed: 1 2 *."]
        assert call.line.turns == ["began", "began", "began", "ended"]


async def test_turns_that_pile_up_are_bounded():
    async with conversation() as call:
        await greeting_over(call)
        call.recognizer.may_answer.clear()
        call.caller.waits_for_words = False
        for _ in range(embedded.MAX_WAITING_TURNS + 4):
            await call.caller.speak(murmur(300))
            await call.caller.wait(700)
        call.recognizer.may_answer.set()
        await call.caller.wait_for(lambda: bool(call.answers))

        running = 2
        assert len(call.recognizer.heard) <= embedded.MAX_WAITING_TURNS + running


async def test_agent_error_while_listening_ends_the_conversation_as_itself(monkeypatch):
    async with conversation() as call:
        await greeting_over(call)

        async def fail(*_, **__):
            raise AgentFailed("Voice detection broke.")

        monkeypatch.setattr(call.models.hearing._workers, "run", fail)
        call.agent.hear(murmur(32))
        with pytest.raises(AgentFailed, match="Voice detection"):
            await call.task


@pytest.mark.parametrize("text", ["Goodbye.", "good-bye", "Bye bye!", "OK, BYE", "Good bye then."])
def test_goodbye_is_understood_however_it_is_written(text):
    assert is_goodbye(text)


@pytest.mark.parametrize("text", ["", "Good day.", "I came by bus.", "The byelaw"])
def test_other_words_are_no_goodbye(text):
    assert not is_goodbye(text)


async def test_keys_of_an_exit_put_the_caller_through_after_a_word():
    exits = {"0": Exit("I will put you through.", ToTelephone("6001"))}
    async with conversation(exits=exits) as call:
        await greeting_over(call)
        await call.press("0")

        assert call.line.control.transfers == [ToTelephone("6001")]
        assert call.line.texts[-1] == "I will put you through."
        assert not call.task.done(), "the transfer is still under way"


async def test_caller_who_was_not_taken_is_asked_what_else():
    exits = {"0": Exit("One moment.", ToTelephone("6001"))}
    async with conversation(exits=exits) as call:
        await greeting_over(call)
        call.line.control.refuses("The line was busy.")
        await call.press("0")
        await call.caller.wait_for(lambda: "How else" in call.line.texts[-1])
