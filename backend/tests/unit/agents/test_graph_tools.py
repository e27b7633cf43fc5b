"""A workflow as a model's tools: what is offered, what is done, what is refused."""

import json

import pytest

from asisso.agents.agent import AgentEnd
from asisso.agents.dialogue import Dialogue
from asisso.agents.graph_tools import MANNERS, GraphTools
from asisso.agents.llm.chat_model import ToolCall
from asisso.workflows.engine import Engine
from tests.fakes.conversation import MONDAY, edge, no_network, node, workflow
from tests.fakes.line import FakeControl

pytestmark = pytest.mark.unit

BOOKING = workflow(
    node("rules", "global", prompt="Be kind."),
    node("start", "start", prompt="Take a booking.", collect=[
        {"name": "day", "type": "date", "confirm": True},
        {"name": "size", "type": "choice", "options": ["small", "large"]}]),
    node("paid", "agent", prompt="Ask whether they paid.", collect=[{"name": "has_paid", "type": "yes_no"}]),
    node("bye", "end", say="Goodbye."),
    edge("rules", "bye", label="Stop it!", condition="the caller wants to stop"),
    edge("start", "paid", when="size"),
    edge("paid", "bye", label="stop it", examples=["enough", "no more"]),
)  # fmt: skip


class Said:
    """A `Speaker` that writes down."""

    def __init__(self):
        self.texts = []

    async def say(self, say):
        self.texts.append(say.text)

    async def drained(self):
        pass

    def progressed(self, engine):
        pass


class Desk:
    def __init__(self, *allowed):
        self.engine = Engine(BOOKING, {})
        self.said = Said()
        self.control = FakeControl()
        self.dialogue = Dialogue(self.engine, self.said, self.control, no_network, lambda: MONDAY)
        self.tools = GraphTools(self.dialogue, self.control, allowed)

    async def use(self, tool, /, **arguments):
        return await self.tools.use(ToolCall("1", tool, json.dumps(arguments)))

    async def save(self, name, value):
        return await self.use("save_value", name=name, value=value)

    @property
    def offered(self):
        return {spec.name: spec for spec in self.tools.specs}


@pytest.fixture
async def desk():
    made = Desk("hang_up")
    await made.dialogue.begin()
    return made


async def test_instructions_hold_manners_rules_the_nodes_prompt_and_what_is_known(desk):
    await desk.save("size", "the large one")
    told = desk.tools.instructions

    assert told.startswith(MANNERS)
    assert told.index("Be kind.") < told.index("Take a booking.")
    assert "Known already: size is large." in told


async def test_tools_are_the_nodes_ways_out_its_values_and_what_the_author_allows(desk):
    offered = desk.offered

    assert set(offered) == {"go_stop_it", "save_value", "hang_up"}
    assert offered["go_stop_it"].description == "Use this when the caller wants to stop."
    parameters = offered["save_value"].parameters
    assert parameters["properties"]["name"]["enum"] == ["day", "size"]
    assert "one of small, large" in parameters["properties"]["value"]["description"]
    assert parameters["required"] == ["name", "value"]


async def test_two_ways_of_one_name_are_two_tools(desk):
    await desk.save("day", "tomorrow")
    await desk.use("confirm_value", is_right=True)
    await desk.save("size", "small")

    assert desk.engine.node.id == "paid"
    assert {"go_stop_it", "go_stop_it_2"} <= set(desk.offered)
    assert "for example: enough; no more." in desk.offered["go_stop_it"].description


async def test_value_is_read_as_a_caller_would_be_and_confirmed_where_that_is_asked(desk):
    told = await desk.save("day", "the third of March")

    assert told == "The caller is asked whether that is right; wait for the answer."
    assert desk.engine.gathered == {}
    assert desk.said.texts[-1].endswith("Is that right?")
    told = await desk.use("confirm_value", is_right=True)
    assert told == "Saved: day is 2026-03-03."
    assert desk.engine.gathered == {"day": "2026-03-03"}


async def test_value_that_is_not_right_is_asked_for_again(desk):
    await desk.save("day", "tomorrow")
    await desk.use("confirm_value", is_right=False)

    assert desk.engine.gathered == {}
    assert not desk.engine.expects.is_confirming
    assert "confirm_value" not in desk.offered


async def test_saved_value_can_be_corrected(desk):
    await desk.save("size", "small")
    told = await desk.save("size", "no, large")

    assert told == "Saved: size is large."


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ({"name": "colour", "value": "red"}, "There is no value 'colour' to save here; there are day, size."),
        ({"name": "size"}, "The value must be a text"),
        ({"name": "size", "value": ["small"]}, "The value must be a text"),
        ({"name": "size", "value": "x" * 501}, "The value must be a text"),
        ({"name": "size", "value": "purple"}, "That is no size that can be understood."),
        ({}, "There is no value None"),
    ],
)
async def test_what_cannot_be_saved_is_told_in_a_sentence(desk, arguments, answer):
    assert answer in await desk.use("save_value", **arguments)
    assert desk.engine.gathered == {}


async def test_number_and_truth_may_come_as_json_has_them(desk):
    await desk.save("day", "tomorrow")
    await desk.use("confirm_value", is_right=True)
    await desk.save("size", "small")

    assert await desk.save("has_paid", True) == "Saved: has_paid is True."


@pytest.mark.parametrize("name", ["go_anywhere", "transfer_call", "confirm_value", "go_stop_it_2", ""])
async def test_what_is_not_offered_is_refused_and_what_is_is_named(desk, name):
    told = await desk.use(name, is_right=True, to="0900123456")

    assert "can't be used at this point" in told
    assert "go_stop_it, save_value, hang_up" in told
    assert desk.control.transfers == []


@pytest.mark.parametrize("arguments", ["", "no json", "[1]", '"text"', "{"])
async def test_arguments_that_are_no_object_do_nothing(desk, arguments):
    told = await desk.tools.use(ToolCall("1", "save_value", arguments))

    assert "no JSON object" in told or "There is no value" in told
    assert desk.engine.node.id == "start"


async def test_edge_that_ends_the_conversation_says_so(desk):
    told = await desk.use("go_stop_it")

    assert told == "The conversation is over."
    assert desk.dialogue.end == AgentEnd("completed")
    assert desk.said.texts[-1] == "Goodbye."
    assert set(desk.offered) == {"hang_up"}


async def test_controls_of_the_call_are_there_where_the_author_names_them():
    desk = Desk("send_digits")
    await desk.dialogue.begin()

    assert "send_digits" in desk.offered
    assert await desk.use("send_digits", digits="12#") == "The keys were sent."
    assert "were wrong" in await desk.use("send_digits", digits="ring")
    assert "can't be used" in await desk.use("hang_up")
    assert not desk.tools.is_hanging_up
