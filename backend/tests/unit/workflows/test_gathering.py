"""Conversations that gather values."""

from __future__ import annotations

from typing import Any

import pytest

from asisso.workflows.engine import Engine
from asisso.workflows.steps import Given, Heard
from tests.unit.workflows.conversations import edge, engine_of, graph, node, start, talk

pytestmark = pytest.mark.unit


def asking(*fields: dict[str, Any], say: str = "Welcome.", edges: tuple[dict[str, Any], ...] = ()) -> Engine:
    """A conversation that asks for these values and parts; a person is there for those who want one."""
    engine = engine_of(
        graph(
            node("hello", "start", say=say, collect=list(fields)),
            node("bye", "end", say="Goodbye."),
            node("desk", "transfer", to="PJSIP/6001", say="One moment."),
            edge("hello", "bye"),
            edge("hello", "desk", label="a person", examples=["operator"], digits="0"),
            *edges,
        )
    )
    return engine


def field(name: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind} | more


def answered(engine: Engine, *turns: Any) -> dict[str, object]:
    start(engine)
    talk(engine, *turns)
    return engine.gathered


ORDER = field("order_number", "digits", confirm=True, min_length=4, max_length=4)
PARTY = field("party_size", "number", ask="For how many people?")
DAY = field("day", "date", ask="Which day?")
HOUR = field("hour", "time", ask="At what time?")
NAME = field("name", "name", ask="What is your name?")
CALLBACK = field("wants_callback", "yes_no", ask="Shall we call you back?")
MESSAGE = field("message", "text", ask="What shall I tell them?")
TEAM = field("team", "choice", ask="Which team?", options=["sales", "support"])


class TestConfirming:
    def test_value_is_read_back_and_kept(self) -> None:
        engine = asking(ORDER, say="What is your order number?")
        assert start(engine) == "What is your order number?"
        assert talk(engine, "four two seven seven") == "I have four two seven seven. Is that right?"
        assert engine.gathered == {}
        assert talk(engine, "Yes, that's right.") == "Goodbye. / [completed]"
        assert engine.gathered == {"order_number": "4277"}

    @pytest.mark.parametrize(
        "words",
        [
            "no, four two seven eight",
            "No, I said 4278.",
            "four two seven eight",
            "not four two seven seven, four two seven eight",
            "that's wrong, it's 4278",
        ],
    )
    def test_value_is_corrected_in_the_answer(self, words: str) -> None:
        engine = asking(ORDER)
        start(engine)
        assert talk(engine, "4277", words) == "I have four two seven eight. Is that right?"
        assert talk(engine, "yes") == "Goodbye. / [completed]"
        assert engine.gathered == {"order_number": "4278"}

    def test_value_is_rejected(self) -> None:
        engine = asking(ORDER)
        start(engine)
        assert talk(engine, "4277", "no") == "Sorry about that. What is the order number?"
        assert talk(engine, "4278", "that is not right") == (
            "Sorry about that. Please say the digits one by one. You can say a person."
        )
        assert talk(engine, "4278", "correct") == "Goodbye. / [completed]"

    def test_keys_judge_too(self) -> None:
        engine = asking(ORDER)
        start(engine)
        assert talk(engine, "4277") == "I have four two seven seven. Is that right?"
        assert engine.expects.is_confirming
        assert engine.expects.longest_keys == 1
        assert talk(engine, "2") == "Sorry about that. What is the order number?"
        assert talk(engine, "4277", "1") == "Goodbye. / [completed]"

    def test_unclear_answers_are_asked_again(self) -> None:
        engine = asking(ORDER)
        start(engine)
        assert talk(engine, "4277", "hm") == (
            "Sorry, I did not catch that. I have four two seven seven. Is that right?"
        )
        assert talk(engine, "bananas") == "Sorry, I did not catch that. You can say yes or no."
        assert talk(engine, "bananas") == "Press 1 for yes, 2 for no."
        assert talk(engine, "bananas") == "One moment. / [to PJSIP/6001]"

    def test_caller_leaves_the_question(self) -> None:
        engine = asking(ORDER)
        start(engine)
        assert talk(engine, "4277", "operator") == "One moment. / [to PJSIP/6001]"
        assert engine.gathered == {}

    def test_text_and_name_are_read_back(self) -> None:
        engine = asking(MESSAGE | {"confirm": True}, NAME | {"confirm": True})
        start(engine)
        assert talk(engine, "Please call me.") == "I have Please call me. Is that right?"
        assert talk(engine, "no, call my wife") == "I have call my wife. Is that right?"
        assert talk(engine, "yes") == "What is your name?"
        assert talk(engine, "John Smith") == "I have John Smith. Is that right?"
        assert talk(engine, "no, it's Joan Smith") == "I have Joan Smith. Is that right?"
        assert talk(engine, "exactly") == "Goodbye. / [completed]"
        assert engine.gathered == {"message": "call my wife", "name": "Joan Smith"}

    def test_yes_may_bring_more(self) -> None:
        engine = asking(ORDER, DAY)
        start(engine)
        assert talk(engine, "4277", "yes, and I want it on Friday") == "Goodbye. / [completed]"
        assert engine.gathered == {"order_number": "4277", "day": "2026-11-27"}

    def test_dates_are_read_back_as_people_say_them(self) -> None:
        engine = asking(DAY | {"confirm": True}, HOUR | {"confirm": True})
        start(engine)
        assert (
            talk(engine, "next Tuesday at half past two") == "I have Tuesday, December first. Is that right?"
        )
        assert talk(engine, "not Tuesday, Wednesday") == "I have Wednesday, December second. Is that right?"
        assert talk(engine, "yes") == "I have 2:30 PM. Is that right?"
        assert talk(engine, "yes") == "Goodbye. / [completed]"
        assert engine.gathered == {"day": "2026-12-02", "hour": "14:30"}


class TestSeveralValues:
    def test_one_sentence_fills_what_it_holds(self) -> None:
        engine = asking(NAME, DAY, HOUR, PARTY, say="How can I help?")
        start(engine)
        assert (
            talk(engine, "My name is Ann and I want to come next Friday at seven pm")
            == "For how many people?"
        )
        assert talk(engine, "four of us") == "Goodbye. / [completed]"
        assert engine.gathered == {"name": "Ann", "day": "2026-12-04", "hour": "19:00", "party_size": 4}

    def test_values_of_one_kind_are_asked_one_by_one(self) -> None:
        engine = asking(field("from_day", "date"), field("to_day", "date"))
        start(engine)
        assert talk(engine, "Monday") == "Which to day?"
        assert talk(engine, "Friday") == "Goodbye. / [completed]"
        assert engine.gathered == {"from_day": "2026-11-30", "to_day": "2026-11-27"}

    def test_two_dates_in_one_sentence(self) -> None:
        assert answered(asking(field("from_day", "date"), field("to_day", "date")), "Thursday to Friday") == {
            "from_day": "2026-11-26",
            "to_day": "2026-11-27",
        }

    def test_words_that_choose_an_edge_hold_values_for_its_target(self) -> None:
        engine = engine_of(
            graph(
                node("hello", "start", say="How can I help?"),
                node("book", "agent", say="Which day?", collect=[field("day", "date"), HOUR]),
                node("bye", "end", say="Booked for {{day}} at {{hour}}."),
                edge("hello", "book", label="an appointment", examples=["I need an appointment"]),
                edge("book", "bye"),
            )
        )
        start(engine)
        heard = Heard("I need an appointment on Friday", {"hello-book": 0.9})
        assert talk(engine, heard) == "At what time?"
        assert (
            talk(engine, "ten thirty")
            == "Booked for Friday, November twenty-seventh at 10:30 AM. / [completed]"
        )


class TestCorrecting:
    def test_earlier_value_is_corrected_in_a_later_question(self) -> None:
        engine = asking(field("phone_number", "digits"), NAME)
        start(engine)
        assert talk(engine, "555 1234") == "What is your name?"
        assert talk(engine, "actually my number is 555 1235") == (
            "All right, five five five, one two three five. / What is your name?"
        )
        assert talk(engine, "Ann") == "Goodbye. / [completed]"
        assert engine.gathered == {"phone_number": "5551235", "name": "Ann"}

    def test_same_kind_of_value_is_told_apart_by_its_name(self) -> None:
        engine = asking(field("order_number", "digits"), field("phone_number", "digits"))
        start(engine)
        assert talk(engine, "4277", "sorry, my order number is 4278") == (
            "All right, four two seven eight. / What is the phone number?"
        )
        assert talk(engine, "my phone number is 555 1234") == "Goodbye. / [completed]"
        assert engine.gathered == {"order_number": "4278", "phone_number": "5551234"}

    def test_value_is_corrected_in_the_middle(self) -> None:
        assert answered(asking(PARTY), "fifty, no, I said fifteen") == {"party_size": 15}


class TestQuestions:
    def test_words_that_lead_up_are_followed_by_a_question(self) -> None:
        assert start(asking(field("pin", "digits"), say="One moment.")) == "One moment. / What is the pin?"
        assert (
            start(asking(field("pin", "digits"), say="Please key in your pin.")) == "Please key in your pin."
        )
        assert start(asking(field("pin", "digits", ask="And your pin?"), say="Hi?")) == "Hi? / And your pin?"

    def test_questions_are_made_of_names(self) -> None:
        assert start(asking(TEAM | {"ask": ""}, say="")) == "Which team? Sales, or support?"
        assert start(asking(field("last_name", "name"), say="")) == "What is your last name?"
        assert start(asking(field("new_customer", "yes_no"), say="")) == "New customer, yes or no?"

    def test_optional_value_is_asked_once(self) -> None:
        engine = asking(NAME, MESSAGE | {"required": False})
        start(engine)
        assert talk(engine, "Ann") == "What shall I tell them?"
        assert talk(engine, "no") == "Goodbye. / [completed]"
        assert engine.gathered == {"name": "Ann"}

    def test_optional_value_without_a_question_is_only_noticed(self) -> None:
        engine = asking(NAME, field("day", "date", required=False))
        start(engine)
        assert talk(engine, "My name is Ann, it's for Friday") == "Goodbye. / [completed]"
        assert engine.gathered == {"name": "Ann", "day": "2026-11-27"}

    @pytest.mark.parametrize(
        ("wanted", "words", "value"),
        [
            (CALLBACK, "yes please", True),
            (CALLBACK, "2", False),
            (TEAM, "sails", "sales"),
            (TEAM, "2", "support"),
            (
                MESSAGE,
                "Tell her I said goodbye and thanks for all.",
                "Tell her I said goodbye and thanks for all.",
            ),
            (PARTY, "two and a half", 2.5),
            (NAME, "this is Ann Lee", "Ann Lee"),
        ],
    )
    def test_value_is_kept_as_its_type(self, wanted: dict[str, Any], words: str, value: object) -> None:
        assert answered(asking(wanted), words) == {wanted["name"]: value}


class TestModel:
    def test_model_passes_values_on(self) -> None:
        engine = asking(ORDER, DAY)
        start(engine)
        assert talk(engine, Given("nothing", "4277")) == ""
        assert talk(engine, Given("day", "next Tuesday")) == "What is the order number?"
        assert talk(engine, Given("order_number", "4277")) == "I have four two seven seven. Is that right?"
        assert talk(engine, Given("order_number", "4277")) == "Goodbye. / [completed]"
        assert engine.gathered == {"day": "2026-12-01", "order_number": "4277"}

    def test_model_passes_a_verdict_on(self) -> None:
        engine = asking(ORDER)
        start(engine)
        assert talk(engine, Given("order_number", "4277"), Given("order_number", "no")) == (
            "Sorry about that. What is the order number?"
        )
        assert (
            talk(engine, Given("order_number", "4278"), Given("order_number", "yes"))
            == "Goodbye. / [completed]"
        )

    def test_instructions_tell_what_is_missing(self) -> None:
        engine = asking(ORDER, DAY)
        start(engine)
        assert (
            engine.instructions == "Still to be found out from the caller: order_number (digits), day (date)."
        )
        talk(engine, "4277")
        assert "The caller has been asked whether order_number is '4277'." in engine.instructions

    def test_model_corrects_an_earlier_value(self) -> None:
        engine = asking(field("pin", "digits"), NAME)
        start(engine)
        assert talk(engine, Given("name", "Ann"), Given("name", "Ann Lee")) == "What is the pin?"
        assert engine.gathered == {"name": "Ann Lee"}


CHECKED = graph(
    node("hello", "start", collect=[DAY, HOUR, field("pin", "digits", ask="Your pin?", confirm=True)]),
    node("check", "agent", say="On {{day}} at {{hour}}. Shall I book that?"),
    node("bye", "end", say="Booked."),
    edge("hello", "check"),
    edge("check", "bye", label="yes", examples=["yes"]),
    edge("check", "hello", label="no", examples=["no"]),
)


class TestCorrectingWhatWasReadBack:
    @pytest.fixture
    def engine(self) -> Engine:
        engine = engine_of(CHECKED)
        start(engine)
        assert talk(engine, "Friday", "two", "4277", "yes") == (
            "On Friday, November twenty-seventh at 2 PM. Shall I book that?"
        )
        return engine

    @pytest.mark.parametrize(
        ("words", "answer"),
        [
            ("No, Thursday.", "On Thursday, November twenty-sixth at 2 PM. Shall I book that?"),
            ("not Friday, Thursday", "On Thursday, November twenty-sixth at 2 PM. Shall I book that?"),
            ("actually half past three", "On Friday, November twenty-seventh at 3:30 PM. Shall I book that?"),
            ("No, make it eleven.", "On Friday, November twenty-seventh at 11 AM. Shall I book that?"),
            ("sorry, the day is Thursday", "On Thursday, November twenty-sixth at 2 PM. Shall I book that?"),
        ],
    )
    def test_value_is_corrected_by_its_kind(self, engine: Engine, words: str, answer: str) -> None:
        assert talk(engine, words) == answer
        assert talk(engine, "yes") == "Booked. / [completed]"

    def test_value_that_needs_it_is_confirmed_again(self, engine: Engine) -> None:
        assert talk(engine, "no, my pin is 4278") == "I have four two seven eight. Is that right?"
        assert talk(engine, "yes") == "On Friday, November twenty-seventh at 2 PM. Shall I book that?"
        assert engine.gathered["pin"] == "4278"

    def test_no_alone_is_the_edge(self, engine: Engine) -> None:
        assert talk(engine, "no") == "Which day?"
