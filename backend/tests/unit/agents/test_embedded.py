"""The embedded agent's conversation through the real engine, with scripted words instead of models."""

import asyncio
import threading

import pytest

from asisso.agents import dialogue, floor
from asisso.agents.agent import AgentEnd, AgentFailed
from asisso.agents.control import ToTelephone
from asisso.agents.speech import AgentOverloaded, SpeechModels
from asisso.agents.turn_policy import TurnPolicy
from asisso.workflows.phrases import CANNOT, NOT_CAUGHT, NOT_TAKEN
from tests.fakes.conversation import edge, embedded_agent, greeting_and_farewell, node, workflow
from tests.fakes.line import FakeCaller, FakeLine
from tests.fakes.speech import LoudnessDetector, ScriptedRecognizer, ToneSynthesizer, fake_models, murmur
from tests.unit.agents.talks import conversation, greeting_over

pytestmark = pytest.mark.unit

GREETING = "Hello. How can I help?"
SMALLEST = greeting_and_farewell(GREETING, "Goodbye.")
DESK = workflow(
    node("start", "start", say=GREETING),
    node("hours", "agent", say="We are open from nine to five. Anything else?"),
    node("desk", "transfer", to="6001", say="I will put you through."),
    node("end", "end", say="Goodbye."),
    edge("start", "hours", label="opening hours", examples=["when are you open"], digits="7"),
    edge("start", "desk", label="a person", examples=["operator"], digits="0"),
    edge("hours", "desk", label="a person", examples=["operator"], digits="0"),
)


async def test_agent_greets_as_soon_as_the_call_is_answered_with_what_it_prepared():
    synthesizer = ToneSynthesizer()
    models = await fake_models(synthesizer=synthesizer)
    agent = embedded_agent(
        greeting_and_farewell("Hello, {{caller_name}}. Yes?", ""), models, context={"caller_name": "Ann"}
    )
    await agent.prepare()
    rendered, line = list(synthesizer.rendered), FakeLine()
    conversing = asyncio.create_task(agent.converse(line))
    await FakeCaller(agent, line).wait_for(lambda: len(line.said) == 2)
    conversing.cancel()
    await asyncio.wait([conversing])
    models.close()

    assert line.texts == ["Hello, Ann.", "Yes?"]
    assert line.said[0].said_ms <= 1_000 + 20
    assert synthesizer.rendered == rendered


async def test_agent_asked_while_its_models_load_is_ready_soon_after_them():
    models = SpeechModels(
        load_recognizer=ScriptedRecognizer,
        load_synthesizer=ToneSynthesizer,
        load_voice_model=LoudnessDetector,
        load_end_predictor=lambda: None,
        load_encoder=lambda: None,
    )
    agent = embedded_agent(SMALLEST, models)
    preparing = asyncio.create_task(agent.prepare())
    await asyncio.sleep(0)
    assert not preparing.done()
    await models.load()
    async with asyncio.timeout(5):
        await preparing
    models.close()


async def test_turns_of_the_caller_are_told_to_the_line():
    async with conversation(SMALLEST, "Hello there.") as call:
        await greeting_over(call)
        await call.say()

        assert call.line.turns == ["began", "ended"]


async def test_agent_answers_what_was_said_and_writes_it_down():
    async with conversation(DESK, "When are you open?") as call:
        await greeting_over(call)
        spoken_from_ms = call.line.now_ms
        await call.say()

        assert call.answers == ["We are open from nine to five.", "Anything else?"]
        ((text, started_ms, ended_ms),) = call.line.caller_turns
        assert text == "When are you open?"
        assert started_ms == pytest.approx(spoken_from_ms, abs=64)
        assert ended_ms == pytest.approx(spoken_from_ms + 600, abs=64)


async def test_agent_that_has_nothing_to_offer_says_so():
    async with conversation(SMALLEST, "Where is my order? It is late.") as call:
        await greeting_over(call)
        await call.say()

        assert " ".join(call.answers) == CANNOT


async def test_turn_is_noted_with_the_milliseconds_of_each_stage():
    async with conversation(DESK, "When are you open?") as call:
        await greeting_over(call)
        await call.say()

        (note,) = call.line.turn_notes
        assert 400 <= note["endpointing_ms"] <= 500, "the words are all that was asked for"
        assert note["prediction_ms"] is None, "there is no predictor"
        stages = ("endpointing_ms", "recognition_ms", "meaning_ms", "tts_ttfb_ms")
        assert note["turn_latency_ms"] == pytest.approx(sum(note[stage] for stage in stages), abs=40)
        assert note.keys() == {*stages, "prediction_ms", "turn_latency_ms"}


async def test_what_was_heard_and_said_is_counted():
    async with conversation(DESK, "When are you open?") as call:
        await greeting_over(call)
        await call.say()

        assert call.line.usage["tts_characters"] == sum(len(text) for text in call.line.texts)
        assert 0.6 < call.line.usage["stt_seconds"] < 2.5


async def test_agent_says_so_when_it_heard_no_words():
    async with conversation(DESK, "", " ... ") as call:
        await greeting_over(call)
        await call.say()
        await call.say()

        assert call.answers[0] == NOT_CAUGHT
        assert call.answers.count(NOT_CAUGHT) == 2
        assert call.line.caller_turns == []


async def test_agent_stays_polite_when_there_is_no_time_for_recognition(monkeypatch):
    async with conversation(DESK, "lost words") as call:
        await greeting_over(call)

        async def refuse(_):
            raise AgentOverloaded("Too many calls.")

        monkeypatch.setattr(call.agent._speech, "recognize", refuse)
        await call.say()

        assert call.answers[0] == NOT_CAUGHT
        assert ("recognition_skipped", {"reason": "agent_overloaded"}) in call.line.notes


async def test_words_alone_decide_when_there_is_no_time_for_their_meaning(monkeypatch):
    async with conversation(DESK, "Operator.") as call:
        await greeting_over(call)

        async def refuse(*_):
            raise AgentOverloaded("Too many calls.")

        monkeypatch.setattr(call.agent._speech, "likeness", refuse)
        await call.say()

        assert call.answers == ["I will put you through."]
        assert ("meaning_skipped", {"reason": "agent_overloaded"}) in call.line.notes


async def test_caller_who_speaks_over_the_agent_silences_it():
    async with conversation(SMALLEST, "Stop.") as call:
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
    async with conversation(SMALLEST, "Mm-hm.") as call:
        await call.caller.wait(400)
        await call.caller.speak(murmur(300))
        await call.caller.wait(300)
        await greeting_over(call)

        assert (call.line.holds, call.line.resumes, call.line.interruptions) == (1, 1, [])
        assert ("speech_resumed", {"reason": "back_channel"}) in call.line.notes
        assert call.line.caller_turns == []
        assert call.line.turns == []


async def test_agent_that_is_not_to_be_interrupted_answers_when_it_is_done():
    async with conversation(DESK, "When are you open?", policy=TurnPolicy(barge_in="off")) as call:
        await call.caller.wait(200)
        await call.caller.speak(murmur(300))
        await call.caller.wait_for(lambda: bool(call.answers))

        assert (call.line.holds, call.line.interruptions) == (0, [])
        assert call.answers[0] == "We are open from nine to five."


async def test_agents_own_words_right_behind_it_are_not_answered_and_nobody_owes_an_answer():
    async with conversation(SMALLEST, "How can I help?") as call:
        await greeting_over(call)
        await call.caller.speak(murmur(600))
        await call.caller.wait_for(lambda: ("echo_ignored", {}) in call.line.notes)

        assert call.answers == []
        assert call.line.caller_turns == []
        assert call.line.turns == ["began", "ended", "ignored"]


async def test_caller_who_takes_up_the_agents_words_is_answered():
    async with conversation(SMALLEST, "How can I help?") as call:
        await greeting_over(call)
        await call.caller.speak(murmur(1_500))
        await call.caller.wait_for(lambda: bool(call.answers))

        assert [words for words, *_ in call.line.caller_turns] == ["How can I help?"]
        assert ("echo_ignored", {}) not in call.line.notes


async def test_caller_who_goes_on_speaking_gets_one_answer_to_all_of_it():
    async with conversation(DESK, "When are", "you open?") as call:
        await greeting_over(call)
        call.recognizer.may_answer.clear()
        call.caller.waits_for_words = False
        await call.caller.speak(murmur(500))
        await call.caller.wait(700)
        await call.caller.speak(murmur(500))
        call.recognizer.may_answer.set()
        await call.caller.wait_for(lambda: len(call.answers) == 2)

        assert call.answers == ["We are open from nine to five.", "Anything else?"]
        assert [text for text, _, _ in call.line.caller_turns] == ["When are", "you open?"]


async def test_answer_the_caller_talked_over_before_it_began_is_not_lost():
    synthesizer = SlowTone("We are open from nine to five.")
    async with conversation(DESK, "When are you open?", "please", synthesizer=synthesizer) as call:
        await greeting_over(call)
        call.caller.waits_for_words = False
        await call.caller.speak(murmur(500))
        await call.caller.wait_for(synthesizer.is_asked.is_set)
        await call.caller.speak(murmur(300))
        synthesizer.may_go_on.set()
        await call.caller.wait_for(lambda: len(call.answers) == 2)

        assert call.answers == ["We are open from nine to five.", "Anything else?"]


async def test_goodbye_ends_the_conversation_once_the_farewell_was_heard():
    async with conversation(SMALLEST, "OK, good-bye!") as call:
        await greeting_over(call)
        await call.say()
        async with asyncio.timeout(2):
            end = await call.task

        assert end == AgentEnd("completed")
        assert call.answers == ["Goodbye."]
        assert not call.line.is_speaking


async def test_farewell_cannot_be_interrupted():
    async with conversation(SMALLEST, "Bye.") as call:
        await greeting_over(call)
        await call.caller.speak(murmur(400))
        await call.caller.wait_for(lambda: bool(call.answers))
        await call.caller.speak(murmur(300))

        assert call.line.interruptions == []


async def test_agent_without_a_farewell_leaves_at_once():
    async with conversation(greeting_and_farewell(GREETING, ""), "Bye.") as call:
        await greeting_over(call)
        await call.say()

        assert call.task.result() == AgentEnd("completed")
        assert call.answers == []


async def test_key_that_can_be_no_longer_entry_is_taken_at_once_and_silences_the_agent():
    async with conversation(DESK) as call:
        call.agent.press("7")
        assert not call.line.is_speaking
        pressed_ms = call.line.now_ms
        await call.caller.wait_for(lambda: bool(call.answers))

        assert call.line.now_ms - pressed_ms < 500, "there is no pause to wait for"
        assert call.answers[0] == "We are open from nine to five."
        assert call.line.turns == ["began", "ended"]


async def test_turns_that_pile_up_are_bounded():
    async with conversation(SMALLEST) as call:
        await greeting_over(call)
        call.recognizer.may_answer.clear()
        call.caller.waits_for_words = False
        for _ in range(floor.MAX_WAITING_TURNS + 4):
            await call.caller.speak(murmur(300))
            await call.caller.wait(700)
        call.recognizer.may_answer.set()
        await call.caller.wait_for(lambda: bool(call.answers))

        running = 2
        assert len(call.recognizer.heard) <= floor.MAX_WAITING_TURNS + running


async def test_agent_error_while_listening_ends_the_conversation_as_itself(monkeypatch):
    async with conversation(SMALLEST) as call:
        await greeting_over(call)

        async def fail(*_, **__):
            raise AgentFailed("Voice detection broke.")

        monkeypatch.setattr(call.models.hearing._workers, "run", fail)
        call.agent.hear(murmur(32))
        with pytest.raises(AgentFailed, match="Voice detection"):
            await call.task


async def test_caller_is_put_through_after_a_word_about_it():
    async with conversation(DESK) as call:
        await greeting_over(call)
        await call.press("0")

        assert call.line.control.transfers == [ToTelephone("6001")]
        assert call.line.texts[-1] == "I will put you through."
        assert call.line.node_id == "desk"
        assert not call.task.done(), "the transfer is still under way"


async def test_caller_who_was_not_taken_is_asked_what_else():
    async with conversation(DESK) as call:
        await greeting_over(call)
        call.line.control.refuses("The line was busy.")
        await call.press("0")
        await call.caller.wait_for(lambda: "How else" in call.line.texts[-1])

        assert " ".join(call.answers) == f"I will put you through. {NOT_TAKEN}"
        assert call.line.node_id == "start"


async def test_conversation_that_was_cut_off_goes_on_where_it_was_with_what_it_knew():
    room = workflow(
        node("start", "start", say=GREETING),
        node(
            "room",
            "agent",
            say="I will look.",
            collect=[
                {"name": "name", "type": "name"},
                {"name": "room", "type": "digits", "ask": "Which room?"},
            ],
        ),
        node("told", "agent", say="{{name}} is in {{room}}."),
        node("end", "end", say="Goodbye."),
        edge("start", "room", examples=["where is somebody"]),
        edge("room", "told", when="room"),
        edge("told", "end", examples=["thanks"]),
    )
    cut_off = {"node_id": "room", "gathered": {"name": "Ann"}, "opening": "Sorry, we were cut off."}
    async with conversation(room, "Four two.", **cut_off) as call:
        assert call.line.texts == ["Sorry, we were cut off.", "Which room?"]
        await greeting_over(call)
        await call.say()

        assert call.answers == ["Ann is in four two."]
        assert (call.line.node_id, call.line.gathered) == ("told", {"name": "Ann", "room": "42"})


async def test_slow_request_is_no_silence_and_its_answer_is_heard_whatever_was_said_meanwhile(monkeypatch):
    monkeypatch.setattr(dialogue, "FILLER_AFTER_S", 0.01)
    answered = asyncio.Event()

    async def fetch(request):
        await answered.wait()
        return {"status": "shipped"}

    lookup = workflow(
        node("start", "start", say=GREETING),
        node("look", "http", url="https://erp.example.com/", save={"status": "$.status"}, timeout_s=30),
        node("tell", "agent", say="It was {{status}}."),
        node("end", "end"),
        edge("start", "look", examples=["where is it"]),
        edge("look", "tell"),
        edge("tell", "end", examples=["thanks"]),
    )
    async with conversation(lookup, "Where is it?", "Hello?", fetch=fetch) as call:
        await greeting_over(call)
        await call.say()
        assert call.answers[0] == dialogue.FILLERS[0]
        await call.caller.speak(murmur(300))
        await call.caller.wait(900)
        answered.set()
        await call.caller.wait_for(lambda: "It was shipped." in call.answers)
        await call.caller.wait(300)

        assert call.answers[-1] == "It was shipped.", "a word from before is no reason to be sorry behind it"


class SlowTone(ToneSynthesizer):
    """A voice that one sentence takes a while."""

    def __init__(self, sentence):
        super().__init__()
        self._sentence = sentence
        self.is_asked = threading.Event()
        self.may_go_on = threading.Event()

    def synthesize(self, sentence):
        if sentence == self._sentence:
            self.is_asked.set()
            self.may_go_on.wait(5)
        return super().synthesize(sentence)
