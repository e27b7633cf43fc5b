"""The cascade agent's conversation on a scripted line, with scripted models."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from asisso.agents.agent import AgentEnd, AgentFailed
from asisso.agents.cascade.agent import GO_ON, CascadeAgent
from asisso.agents.cascade.parts import CascadeParts
from asisso.agents.cascade.spec import CascadeSpec
from asisso.agents.control import ToTelephone
from asisso.agents.llm.chat_model import ToolCall, Usage
from asisso.workflows.engine import Engine
from tests.fakes.conversation import MONDAY, edge, no_network, node, workflow
from tests.fakes.line import FakeCaller, FakeLine
from tests.fakes.models import REFUSED, SLOW, ScriptedModel, ScriptedTranscriber, ScriptedVoice
from tests.fakes.speech import ScriptedRecognizer, WordEncoder, fake_models, murmur

pytestmark = pytest.mark.unit

RECEPTION = workflow(
    node("rules", "global", prompt="You work for {{company | Acme}}."),
    node("hello", "start", say="Hello.", prompt="Find out what the caller wants."),
    node("order", "agent", prompt="Get the order number.", collect=[
        {"name": "order_number", "type": "digits", "ask": "Which order number?"}]),
    node("lookup", "http", url="https://erp.example.com/{{order_number}}", save={"status": "$.status"}),
    node("tell", "agent", say="Your order is {{status}}. Anything else?"),
    node("failed", "agent", say="I can't find it now."),
    node("chat", "agent", prompt="Chat about the weather."),
    node("desk", "transfer", to="PJSIP/6001", say="I will put you through."),
    node("bye", "end", say="Goodbye."),
    edge("hello", "order", label="order status", condition="the caller asks about an order",
         examples=["where is my order"]),
    edge("hello", "chat", label="weather", condition="the caller wants to chat"),
    edge("hello", "desk", label="a person", condition="the caller wants a person", digits="0"),
    edge("order", "lookup", when="order_number"),
    edge("lookup", "tell", when="status"),
    edge("lookup", "failed"),
    edge("failed", "bye", label="goodbye", condition="the caller is done"),
    edge("tell", "bye", label="no", condition="the caller needs nothing else", examples=["no thanks"]),
    edge("chat", "bye", label="goodbye", condition="the caller is done"),
)  # fmt: skip


def call(tool, call_id="call_1", /, **arguments):
    return ToolCall(call_id, tool, json.dumps(arguments))


class Conversation:
    def __init__(self, agent, model, models):
        self.agent = agent
        self.model = model
        self.models = models
        self.line = FakeLine()
        self.caller = FakeCaller(agent, self.line)
        self.task = asyncio.create_task(agent.converse(self.line))

    @property
    def notes(self):
        return [kind for kind, _ in self.line.notes]

    @property
    def text(self):
        return " ".join(self.line.texts)

    async def speak(self, ms=600):
        await self.caller.speak(murmur(ms))

    async def hears(self, text):
        """Wait until something has been said whole and heard."""
        await self.caller.wait_for(lambda: text in self.text)
        await self.silence()

    async def silence(self):
        await self.caller.wait_for(lambda: not self.line.is_speaking)

    async def ends(self):
        await self.caller.wait_for(self.task.done)
        return self.task.result()

    def shown(self, request=-1):
        messages, _ = self.model.asked[request]
        return [(message.role, message.text) for message in messages[1:]]

    def instructions(self, request=-1):
        return self.model.asked[request][0][0].text

    def tools(self, request=-1):
        return self.model.asked[request][1]


@asynccontextmanager
async def conversation(*replies, words=(), definition=RECEPTION, second=None, voice=None, transcriber=None,
                       fetch=no_network, opening=None, encoder=None, **settings):  # fmt: skip
    models = await fake_models(ScriptedRecognizer(*words), encoder=encoder)
    model = ScriptedModel(*replies)
    spec = CascadeSpec.model_validate({"kind": "cascade", "llm": {"model": "x"}, **settings})
    agent = CascadeAgent(
        spec,
        CascadeParts(
            engine=Engine(definition, {}),
            models=models,
            fetch=fetch,
            now=lambda: MONDAY,
            opening=opening,
            chat_models=(model,) if second is None else (model, second),
            transcribers=() if transcriber is None else (transcriber,),
            voices=() if voice is None else (voice,),
        ),
    )
    await agent.prepare()
    running = Conversation(agent, model, models)
    try:
        if definition is RECEPTION:
            await running.hears("Hello.")
        yield running
    finally:
        running.task.cancel()
        await asyncio.wait([running.task])
        await agent.close()
        models.close()
    assert model.is_closed


async def test_model_answers_what_the_caller_said_and_the_turn_has_its_figures():
    replies = ["Good", " day. We are", " open.", Usage(40, 7)]
    async with conversation(replies, words=["Are you open?"]) as talk:
        await talk.speak()
        await talk.hears("We are open.")

        assert talk.line.texts == ["Hello.", "Good day.", "We are open."]
        assert talk.shown() == [("assistant", "Hello."), ("user", "Are you open?")]
        assert "You work for Acme." in talk.instructions()
        assert "Find out what the caller wants." in talk.instructions()
        (note,) = talk.line.turn_notes
        assert 600 <= note["endpointing_ms"] <= 700
        assert note["llm_ttft_ms"] >= 0
        assert note["tts_ttfb_ms"] >= 0
        assert note["turn_latency_ms"] >= note["endpointing_ms"] + note["recognition_ms"]
        assert talk.line.usage["llm_input_tokens"] == 40
        assert talk.line.usage["llm_output_tokens"] == 7
        assert talk.line.usage["tts_characters"] == len("Good day." + "We are open.")
        assert talk.line.usage["stt_seconds"] > 0.6
        assert [text for text, _, _ in talk.line.caller_turns] == ["Are you open?"]


async def test_sentence_is_heard_while_the_next_is_written():
    more = asyncio.Event()
    async with conversation(["That is easy. And", more, " quick."], words=["How?"]) as talk:
        await talk.speak()
        await talk.hears("That is easy.")
        assert "quick" not in talk.text

        more.set()
        await talk.hears("And quick.")


async def test_model_moves_along_an_edge_and_the_workflows_own_words_are_spoken():
    async with conversation([call("go_order_status")], words=["My order, please."]) as talk:
        await talk.speak()
        await talk.hears("Which order number?")

        assert talk.line.node_id == "order"
        assert len(talk.model.asked) == 1, "the workflow has spoken, so the model has nothing to add"
        assert set(talk.tools()) == {"go_order_status", "go_weather", "go_a_person", "hang_up"}
        assert "the caller asks about an order" in talk.tools()["go_order_status"].description


async def test_in_a_node_with_a_prompt_alone_the_model_speaks_by_its_new_instructions():
    replies = [call("go_weather")], ["Nice weather today."]
    async with conversation(*replies, words=["Let us chat."]) as talk:
        await talk.speak()
        await talk.hears("Nice weather today.")

        assert talk.line.node_id == "chat"
        assert "Chat about the weather." in talk.instructions()
        assert "Find out what the caller wants." not in talk.instructions()
        assert set(talk.tools()) == {"go_goodbye", "hang_up"}
        assert [role for role, _ in talk.shown()] == ["assistant", "user", "assistant", "tool"]


async def test_value_is_read_by_the_engine_and_the_way_goes_on_through_a_request():
    asked = []

    async def fetch(request):
        asked.append(request.url)
        return {"status": "on its way"}

    replies = [call("go_order_status")], [call("save_value", name="order_number", value="one two three")]
    async with conversation(*replies, words=["My order.", "One two three."], fetch=fetch) as talk:
        await talk.speak()
        await talk.hears("Which order number?")
        await talk.speak()
        await talk.hears("Your order is on its way. Anything else?")

        assert asked == ["https://erp.example.com/123"]
        assert talk.line.gathered == {"order_number": "123", "status": "on its way"}
        assert talk.line.node_id == "tell"


async def test_what_is_no_such_value_is_told_to_the_model():
    replies = (
        [call("go_order_status")],
        [call("save_value", name="order_number", value="the blue thing")],
        ["Please tell me its number."],
    )
    async with conversation(*replies, words=["My order.", "The blue thing."]) as talk:
        await talk.speak()
        await talk.hears("Which order number?")
        await talk.speak()
        await talk.hears("Please tell me its number.")

        assert "can be understood" in talk.shown()[-1][1]
        assert talk.line.gathered == {}


async def test_model_can_do_nothing_its_workflow_does_not_offer():
    calls = [
        call("go_goodbye", "1"),
        call("transfer_call", "2", to="0900123456"),
        call("save_value", "3", name="order_number", value="1"),
        ToolCall("4", "go_order_status", "{no json"),
    ]
    async with conversation(calls, ["How can I help?"], words=["Do as I say."]) as talk:
        await talk.speak()
        await talk.hears("How can I help?")

        results = [text for role, text in talk.shown() if role == "tool"]
        assert "can't be used at this point" in results[0]
        assert "can't be used at this point" in results[1]
        assert "Nothing was saved" in results[2]
        assert "no JSON" in results[3]
        assert talk.line.node_id == "hello"
        assert talk.line.control.transfers == []


async def test_transfer_node_puts_the_caller_through_once_its_words_are_heard():
    async with conversation([call("go_a_person")], words=["A person, please."]) as talk:
        await talk.speak()
        await talk.caller.wait_for(lambda: bool(talk.line.control.transfers))

        assert talk.line.control.transfers == [ToTelephone("PJSIP/6001")]
        assert talk.line.texts[-1] == "I will put you through."
        assert not talk.line.is_speaking
        await talk.caller.wait(4_000)
        assert "filler" not in talk.notes, "whoever is put through hears the ringing"


async def test_keys_take_their_edge_without_any_model():
    async with conversation() as talk:
        talk.agent.press("0")
        await talk.caller.wait_for(lambda: bool(talk.line.control.transfers))

        assert talk.model.asked == []


async def test_keys_nobody_waits_for_are_told_to_the_model():
    async with conversation(["You pressed seven."]) as talk:
        talk.agent.press("7")
        await talk.hears("You pressed seven.")

        assert talk.shown()[-1] == ("user", "(The caller pressed the keys 7.)")


async def test_barge_in_gives_the_answer_up_and_the_model_is_told_what_was_heard():
    never = asyncio.Event()
    story = "Our shop opens at nine in the morning and closes at six. "
    async with conversation([story, "On Sun", never], ["Sure."], words=["Hours?", "Wait.", "Wait."]) as talk:
        await talk.speak()
        await talk.caller.wait_for(lambda: "Our shop" in talk.text)
        await talk.caller.wait(900)
        await talk.speak(900)
        await talk.hears("Sure.")

        assert talk.model.given_up == 1
        heard = talk.shown()[2][1]
        assert heard.endswith(" —")
        assert story.startswith(heard.removesuffix(" —"))
        assert 2 <= len(heard.split()) <= 8
        assert talk.shown()[-1][0] == "user"


async def test_caller_who_goes_on_speaking_gets_one_answer_to_all_of_it():
    slow = asyncio.Event()
    replies = [slow, "Never said."], ["Both are fine."]
    async with conversation(*replies, words=["I want an apple.", "And a pear."]) as talk:
        await talk.speak()
        await talk.caller.wait_for(lambda: len(talk.model.asked) == 1)
        await talk.speak()
        await talk.hears("Both are fine.")

        assert talk.shown()[-2:] == [("user", "I want an apple."), ("user", "And a pear.")]
        assert "Never said." not in talk.text


async def test_noise_that_stops_an_answer_is_followed_by_that_answer():
    slow = asyncio.Event()
    async with conversation([slow], ["We are open."], words=["Are you open?", ""]) as talk:
        await talk.speak()
        await talk.caller.wait_for(lambda: len(talk.model.asked) == 1)
        await talk.speak(200)
        await talk.hears("We are open.")

        assert "did not catch" not in talk.text


async def test_caller_of_whom_nothing_was_understood_is_told_so():
    async with conversation(words=[""]) as talk:
        await talk.speak()
        await talk.hears("Sorry, I did not catch that.")

        assert talk.model.asked == []


async def test_slow_model_is_covered_by_fillers_before_two_seconds_of_silence():
    slow = asyncio.Event()
    async with conversation([slow, "Here I am."], ["Fine."], words=["Hello?", "Well."]) as talk:
        await talk.speak()
        spoken_ms = talk.line.now_ms
        await talk.caller.wait_for(lambda: talk.notes.count("filler") == 2)
        slow.set()
        await talk.hears("Here I am.")

        assert talk.line.texts[1:] == ["One moment, please.", "Just a moment longer.", "Here I am."]
        said = talk.line.said[1:]
        assert said[0].starts_ms - spoken_ms <= 1_600
        assert said[1].starts_ms - said[0].ends_ms <= 1_600
        await talk.speak()
        await talk.hears("Fine.")
        assert not any("moment" in text for _, text in talk.shown()), "no model is told of fillers"


async def test_second_model_answers_when_the_first_fails_and_the_first_is_spared_then():
    second = ScriptedModel(["Second."], ["Again."], name="second")
    async with conversation([SLOW], words=["One.", "Two."], second=second) as talk:
        await talk.speak()
        await talk.hears("Second.")
        await talk.speak()
        await talk.hears("Again.")

        assert len(talk.model.asked) == 1
        assert (
            "model_failed",
            {"model": "scripted", "code": "model_slow", "reason": str(SLOW)},
        ) in talk.line.notes


async def test_answer_that_breaks_off_is_finished_by_the_second_model():
    second = ScriptedModel(["It arrives tomorrow."], name="second")
    async with conversation(["It was shipped. It will", SLOW], words=["Where is it?"], second=second) as talk:
        await talk.speak()
        await talk.hears("It arrives tomorrow.")

        assert talk.line.texts[1:] == ["It was shipped.", "It arrives tomorrow."]
        messages, _ = second.asked[0]
        assert [(m.role, m.text) for m in messages[-2:]] == [
            ("assistant", "It was shipped."),
            ("system", GO_ON),
        ]


async def test_lone_model_that_failed_at_once_is_asked_once_more():
    async with conversation([SLOW], ["Now."], words=["Hello?"]) as talk:
        await talk.speak()
        await talk.hears("Now.")


async def test_without_any_model_the_embedded_conversation_goes_on():
    words = ["Where is my order?", "One two three."]
    async with conversation([REFUSED], words=words, encoder=WordEncoder()) as talk:
        await talk.speak()
        await talk.hears("Which order number?")
        assert "I am sorry, that took too long." in talk.text
        assert talk.line.node_id == "order"

        await talk.speak()
        await talk.hears("I can't find it now.")
        assert talk.line.gathered == {"order_number": "123"}
        assert len(talk.model.asked) == 1


async def test_without_any_model_and_any_rule_to_go_by_the_agent_fails():
    free = workflow(node("start", "start", prompt="Chat."))
    async with conversation([REFUSED], definition=free) as talk:
        await talk.caller.wait_for(talk.task.done)

        with pytest.raises(AgentFailed, match="No language model answers"):
            talk.task.result()


async def test_model_speaks_first_where_the_start_says_nothing():
    free = workflow(node("start", "start", prompt="Greet the caller."))
    async with conversation(["Good morning."], definition=free) as talk:
        await talk.hears("Good morning.")

        assert "Greet the caller." in talk.instructions()


async def test_model_hangs_up_when_the_caller_wants_nothing_more():
    async with conversation(["Good", "bye.", call("hang_up")], words=["Bye."]) as talk:
        await talk.speak()

        assert await talk.ends() == AgentEnd("agent_hung_up")
        assert talk.line.texts[-1] == "Goodbye."
        assert not talk.line.is_speaking


async def test_end_node_parts_with_its_own_words():
    replies = [call("go_weather")], ["Nice."], [call("go_goodbye")]
    async with conversation(*replies, words=["Chat.", "Bye."]) as talk:
        await talk.speak()
        await talk.hears("Nice.")
        await talk.speak()

        assert await talk.ends() == AgentEnd("completed")
        assert talk.line.texts[-1] == "Goodbye."


async def test_voice_that_stalls_in_a_sentence_leaves_the_rest_to_the_embedded_one():
    voice = ScriptedVoice()
    text = "Your order was shipped on Tuesday from our store."
    async with conversation([text], ["Yes."], words=["Where?", "Really?"], voice=voice) as talk:
        voice.breaks_after = 12
        await talk.speak()
        await talk.hears("store.")

        assert "".join(talk.line.texts[1:-1]) + " " + talk.line.texts[-1] == text, "every word once"
        assert len(talk.line.texts) - 1 >= 2
        first, *_, last = talk.line.said[1:]
        assert first.pcm.max() == 500, "the server's voice"
        assert last.pcm.max() == 1_000, "the embedded one"
        assert "voice_failed" in talk.notes
        await talk.speak()
        await talk.hears("Yes.")
        assert "Yes." not in voice.spoken, "it is spared for a while"


async def test_voice_that_is_dead_from_the_start_is_never_missed():
    voice = ScriptedVoice()
    voice.breaks_after = 0
    async with conversation(["Fine."], words=["How are you?"], voice=voice) as talk:
        await talk.speak()
        await talk.hears("Fine.")


async def test_recognition_that_fails_leaves_the_words_to_the_embedded_one():
    transcriber = ScriptedTranscriber("From the server.", SLOW)
    replies = ["One."], ["Two."]
    async with conversation(*replies, words=["Mine.", "My own."], transcriber=transcriber) as talk:
        await talk.speak()
        await talk.hears("One.")
        await talk.speak()
        await talk.hears("Two.")

        assert [text for role, text in talk.shown() if role == "user"] == ["From the server.", "My own."]
        assert "recognition_failed" in talk.notes


async def test_conversation_that_goes_on_begins_with_its_opening():
    async with conversation(opening="Sorry, we were cut off.") as talk:
        assert talk.line.texts[0] == "Sorry, we were cut off."
