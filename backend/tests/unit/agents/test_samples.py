"""The samples, talked to: the real engine and the real meaning, with words as a recogniser writes them."""

from collections.abc import Iterator

import pytest

from asisso.agents.control import ToTelephone
from asisso.agents.dialogue import FetchFailed
from asisso.agents.meaning.minilm import MiniLm
from asisso.workflows.definition import parse_definition
from asisso.workflows.samples import samples
from asisso.workflows.validation import validate
from tests.unit.agents.talks import conversation, greeting_over

pytestmark = pytest.mark.unit

SAMPLES = {sample.id: sample for sample in samples()}


@pytest.fixture(scope="module")
def encoder() -> Iterator[MiniLm]:
    return MiniLm.load()


def talk(name, encoder, *words, **parts):
    return conversation(parse_definition(SAMPLES[name].definition), *words, encoder=encoder, **parts)


async def hear_all(call, words):
    """Say one turn after the other, and let the agent finish each time."""
    await greeting_over(call)
    for _ in words:
        await call.say()


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.id)
def test_sample_can_be_published_as_it_is(sample):
    assert [problem for problem in validate(sample.definition) if problem.severity == "error"] == []
    assert sample.agent == {"kind": "embedded"}
    assert sample.name
    assert sample.description.endswith(".")


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.id)
def test_sample_is_pleasant_to_hear(sample):
    """Nobody keeps more than some fifteen words in mind."""
    for node in parse_definition(sample.definition).nodes:
        for sentence in node.data.say.replace("?", ".").split("."):
            assert len(sentence.split()) <= 15, sentence


@pytest.mark.parametrize(
    ("said", "put_through_to"),
    [
        ("I'd like a quote, please.", "PJSIP/6001"),
        ("My printer stopped working this morning.", "PJSIP/6002"),
        ("I have a question about my in voice.", "PJSIP/6003"),
        ("Can you connect me to a human?", "PJSIP/6000"),
    ],
)
async def test_reception_puts_callers_through_to_whom_they_need(encoder, said, put_through_to):
    async with talk("reception", encoder, said) as call:
        await hear_all(call, [said])
        await call.caller.wait_for(lambda: bool(call.line.control.transfers))

        (destination,) = call.line.control.transfers
        assert isinstance(destination, ToTelephone)
        assert destination.to == put_through_to


async def test_reception_tells_its_hours_and_takes_a_message(encoder):
    words = (
        "Are you open on Saturday?",
        "I'd like to leave a massage.",
        "My name is John Smith.",
        "Yes.",
        "555-0147",
        "Yes, that's right.",
        "Tell them the delivery came too late.",
        "No, that's all, goodbye.",
    )
    async with talk("reception", encoder, *words) as call:
        await hear_all(call, words)
        await call.caller.wait_for(call.task.done)

        assert call.task.result().outcome == "completed"
        assert call.line.node_id == "bye"
        assert call.line.gathered == {
            "name": "John Smith",
            "phone": "5550147",
            "message": "Tell them the delivery came too late.",
        }
        assert "We are open Monday to Friday, from nine to five." in call.answers
        assert call.answers[-2:] == ["Thank you for calling.", "Goodbye."]


async def test_reception_offers_a_message_when_nobody_takes_the_call(encoder):
    words = ("Sales, please.", "No, I'll try again tomorrow.")
    async with talk("reception", encoder, *words) as call:
        call.line.control.refuses("The line was busy.")
        await greeting_over(call)
        await call.say()
        await call.caller.wait_for(
            lambda: "Shall I take a message?" in call.answers and not call.line.is_speaking
        )
        await call.say()
        await call.caller.wait_for(call.task.done)

        assert "Shall I take a message?" in call.answers
        assert call.line.node_id == "bye"


async def test_orders_are_looked_up_by_their_number_in_groups_and_corrected(encoder):
    asked = []

    async def fetch(request):
        asked.append(request.url)
        return {"status": "on the truck", "arrives": "today"}

    words = (
        "Where is my odor?",
        "Four two seven",
        "Four two seven, one one nine.",
        "No, four two seven one one eight.",
        "Yes.",
        "No, bye.",
    )
    async with talk("orders", encoder, *words, fetch=fetch) as call:
        await greeting_over(call)
        await call.say()
        await call.speak_in_pieces(2, pause_ms=800)
        for _ in words[3:]:
            await call.say()
        await call.caller.wait_for(call.task.done)

        turns = [text for text, _, _ in call.line.caller_turns]
        assert turns[1] == words[2], "the pause in the middle of the number ended no turn"
        assert asked == ["https://erp.example.com/orders/427118"]
        assert "Your order is on the truck." in call.answers
        assert call.line.gathered["order_number"] == "427118"
        assert call.line.gathered["status"] == "on the truck"


async def test_order_line_that_cannot_look_up_offers_a_person(encoder):
    async def fetch(request):
        raise FetchFailed("The server answered with the status 500.")

    words = ("Track my order", "427118", "Yes.", "Yeah, connect me please.")
    async with talk("orders", encoder, *words, fetch=fetch) as call:
        await hear_all(call, words)
        await call.caller.wait_for(lambda: bool(call.line.control.transfers))

        assert "Would you like to talk to a person?" in call.answers
        (destination,) = call.line.control.transfers
        assert destination.briefing == "A caller about order four two seven, one one eight."


async def test_return_is_noted_with_its_reason(encoder):
    words = ("I would like my money bag.", "427118", "Yes.", "It was the wrong item.", "No, that's all.")
    async with talk("orders", encoder, *words) as call:
        await hear_all(call, words)
        await call.caller.wait_for(call.task.done)

        assert call.line.gathered["reason"] == "wrong item"


async def test_appointment_is_changed_in_the_middle(encoder):
    words = (
        "I would like to make an apartment.",
        "Next Tuesday.",
        "At half past two.",
        "No, I said half past three.",
        "Anna Miller.",
        "555 0147",
        "Yes.",
        "Yes, it is.",
        "Yes, book it.",
        "No, that was all.",
    )
    async with talk("appointments", encoder, *words) as call:
        await hear_all(call, words)
        await call.caller.wait_for(call.task.done)

        gathered = dict(call.line.gathered)
        assert gathered.pop("day") in ("2026-03-03", "2026-03-10")
        assert gathered == {"time": "15:30", "name": "Anna Miller", "phone": "5550147", "is_new": True}
