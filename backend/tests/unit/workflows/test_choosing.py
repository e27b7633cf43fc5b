"""Conversations that go one way or another."""

from __future__ import annotations

import pytest

from asisso.workflows.engine import Engine
from asisso.workflows.steps import Chosen, Heard
from tests.unit.workflows.conversations import edge, engine_of, graph, node, start, talk

pytestmark = pytest.mark.unit

RECEPTION = graph(
    node("hello", "start", say="Acme. How can I help?"),
    node("hours", "agent", say="We are open from nine to five. Anything else?"),
    node("more", "agent", say="What else can I do for you?"),
    node("sales", "transfer", to="PJSIP/sales", say="Here is sales."),
    node("support", "transfer", to="PJSIP/support"),
    node("bye", "end", say="Goodbye."),
    node("rules", "global", prompt="Be kind."),
    edge("hello", "hours", label="opening hours", examples=["when are you open"], digits="3"),
    edge("hello", "sales", label="sales", examples=["I want to buy something"], digits="1"),
    edge("hello", "support", label="support", examples=["it is broken"], digits="2"),
    edge("hours", "bye", label="no", examples=["no thanks", "that is all"]),
    edge("hours", "more", label="yes", examples=["yes please"]),
    edge("more", "bye", condition="the caller is done"),
    edge("rules", "sales", label="a person", examples=["operator"], digits="0"),
)


@pytest.fixture
def reception() -> Engine:
    engine = engine_of(RECEPTION)
    start(engine)
    return engine


def liked(**likeness: float) -> dict[str, float]:
    return {f"hello-{name}": value for name, value in likeness.items()}


@pytest.mark.parametrize(
    "words",
    [
        "Sales.",
        "sales please",
        "I'd like sales",
        "Can you put me through to sales?",
        "sails",
        "I want to buy something",
        "I would like to buy something, please",
        "1",
    ],
)
def test_words_of_a_label_or_an_example_choose(reception: Engine, words: str) -> None:
    assert talk(reception, words) == "Here is sales. / [to PJSIP/sales]"


def test_meaning_chooses(reception: Engine) -> None:
    heard = Heard("my printer smokes", liked(support=0.62, sales=0.31, hours=0.1))
    assert talk(reception, heard) == "[to PJSIP/support]"


@pytest.mark.parametrize("likeness", [{}, liked(support=0.2), {"elsewhere": 0.99}])
def test_faint_meaning_does_not_choose(reception: Engine, likeness: dict[str, float]) -> None:
    assert (
        talk(reception, Heard("my printer smokes", likeness))
        == "Sorry, I did not catch that. How can I help?"
    )


def test_two_likely_meanings_are_asked_about(reception: Engine) -> None:
    heard = Heard("the thing I bought is broken", liked(support=0.62, sales=0.58))
    assert talk(reception, heard) == "Did you mean support, or sales?"
    assert talk(reception, "the second one") == "Here is sales. / [to PJSIP/sales]"


def test_question_between_two_may_be_answered_otherwise(reception: Engine) -> None:
    heard = Heard("the thing I bought is broken", liked(support=0.62, sales=0.58))
    assert talk(reception, heard, "when are you open") == "We are open from nine to five. Anything else?"


@pytest.mark.parametrize("words", ["no", "Nope.", "no thank you", "that's all, thanks", "not really"])
def test_no_is_a_choice(reception: Engine, words: str) -> None:
    assert talk(reception, "3", words) == "Goodbye. / [completed]"


@pytest.mark.parametrize("words", ["yes", "Yeah, sure.", "of course"])
def test_yes_is_never_taken_for_a_no(reception: Engine, words: str) -> None:
    heard = Heard(words, {"hours-bye": 0.9})
    assert talk(reception, "3", heard) == "What else can I do for you?"


def test_what_holds_everywhere_comes_after_the_nodes_own(reception: Engine) -> None:
    talk(reception, "3")
    assert [choice.label for choice in reception.expects.choices] == ["no", "yes", "a person"]
    assert talk(reception, "operator") == "Here is sales. / [to PJSIP/sales]"


def test_person_can_be_asked_for_in_other_words(reception: Engine) -> None:
    assert talk(reception, "I want to speak to a real person") == "Here is sales. / [to PJSIP/sales]"


def test_person_who_is_not_there() -> None:
    engine = engine_of(graph(node("hello", "start", say="Hello.")))
    start(engine)
    assert talk(engine, "operator") == "I am sorry, I cannot put you through to anybody here."


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("Yes, I have another question.", "What else can I do for you?"),
        ("Yes, that is all.", "What else can I do for you?"),
        ("No, that is all.", "Goodbye. / [completed]"),
        ("No, where is my hat?", "Sorry, I did not catch that. Anything else?"),
    ],
)
def test_yes_and_no_may_have_something_behind_them(reception: Engine, words: str, answer: str) -> None:
    assert talk(reception, "3", words) == answer


def test_question_is_said_again(reception: Engine) -> None:
    assert talk(reception, "Pardon?") == "How can I help?"
    assert talk(reception, "3", "can you repeat that") == "Anything else?"


def test_options_are_told(reception: Engine) -> None:
    assert talk(reception, "what can I say?") == (
        "You can say opening hours, sales, support, or a person. How can I help?"
    )


def test_model_chooses(reception: Engine) -> None:
    assert talk(reception, Chosen("rules-sales")) == "Here is sales. / [to PJSIP/sales]"
    assert talk(reception, Chosen("hello-hours")) == ""


@pytest.mark.parametrize(("keys", "longest"), [("1", 1), ("9", 1)])
def test_single_keys_go_at_once(reception: Engine, keys: str, longest: int) -> None:
    assert reception.expects.longest_keys == longest


def test_keys_that_are_not_offered_are_not_understood(reception: Engine) -> None:
    assert talk(reception, "9") == "Sorry, I did not catch that. How can I help?"


@pytest.mark.parametrize(
    "words", ["Goodbye.", "OK, bye-bye!", "Good-bye", "thanks, bye", "no thanks, that's it, goodbye"]
)
def test_goodbye_ends_from_anywhere(reception: Engine, words: str) -> None:
    assert talk(reception, words) == "Goodbye. / [completed]"
    assert reception.node.id == "bye"


def test_goodbye_takes_the_edge_that_means_it() -> None:
    engine = engine_of(
        graph(
            node("hello", "start", say="Hello."),
            node("bye", "end", say="Goodbye."),
            node("see_you", "end", say="See you."),
            edge("hello", "see_you", label="leave", examples=["bye"]),
        )
    )
    start(engine)
    assert talk(engine, "bye") == "See you. / [completed]"


def test_goodbye_leads_to_the_end_that_stands_alone() -> None:
    engine = engine_of(
        graph(
            node("hello", "start", say="Hello."),
            node("canceled", "end", say="It is canceled."),
            node("bye", "end", say="Goodbye."),
            edge("hello", "canceled", label="cancel", examples=["cancel it"]),
        )
    )
    start(engine)
    assert talk(engine, "bye") == "Goodbye. / [completed]"


@pytest.mark.parametrize(
    "words", ["cancel my appointment", "Cancel the appointments.", "I want to cancel my apointment"]
)
def test_words_must_all_be_alike(words: str) -> None:
    engine = engine_of(
        graph(
            node("hello", "start", say="Hello?"),
            node("moved", "end", say="Moved."),
            node("canceled", "end", say="Canceled."),
            edge("hello", "moved", label="change", examples=["change my appointment"]),
            edge("hello", "canceled", label="cancel", examples=["cancel my appointment"]),
        )
    )
    start(engine)
    assert talk(engine, words) == "Canceled. / [completed]"


def test_two_ways_to_one_place_are_not_asked_about() -> None:
    engine = engine_of(
        graph(
            node("hello", "start", say="Hello?"),
            node("bye", "end", say="Bye."),
            edge("hello", "bye", label="leave", examples=["leave"]),
            edge("hello", "bye", label="go", examples=["go"]) | {"id": "other"},
        )
    )
    start(engine)
    assert talk(engine, Heard("I am off", {"hello-bye": 0.7, "other": 0.69})) == "Bye. / [completed]"


@pytest.mark.parametrize(
    "words", ["That's all, thanks.", "nothing else", "I'm good, thank you", "no", "No thanks."]
)
def test_caller_who_is_done_needs_no_edge_for_it(words: str) -> None:
    hello = node("hello", "start", say="Hello.")
    more = node("more", "agent", say="Is there anything else?")
    again = edge("more", "more", label="an order", examples=["an order"])
    engine = engine_of(graph(hello, more, node("bye", "end", say="Bye."), edge("hello", "more"), again))
    start(engine)
    assert talk(engine, words) == "Bye. / [completed]"


def test_caller_who_is_not_done_is_asked_what_for(reception: Engine) -> None:
    assert talk(reception, "yes") == "Please tell me what you need."


def test_caller_who_is_done_takes_the_edge_that_means_it() -> None:
    engine = engine_of(
        graph(
            node("hello", "start", say="Anything else?"),
            node("bye", "end", say="Bye."),
            node("rated", "end", say="Thank you. Bye."),
            node("rules", "global"),
            edge("rules", "rated", label="goodbye", examples=["bye"]) | {"id": "x"},
        )
    )
    start(engine)
    assert talk(engine, "no") == "Thank you. Bye. / [completed]"


def test_yes_alone_means_nothing_but_a_yes() -> None:
    engine = engine_of(
        graph(
            node("hello", "start", say="Anything else?"),
            node("bye", "end", say="Bye."),
            edge("hello", "bye", label="the end", examples=["it is over"]),
        )
    )
    start(engine)
    assert talk(engine, Heard("yes please", {"hello-bye": 0.9})) == "Please tell me what you need."
    assert talk(engine, Heard("no I want more", {"hello-bye": 0.9})) == "Bye. / [completed]"
