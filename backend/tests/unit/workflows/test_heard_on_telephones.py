"""What recognisers write and callers say on real telephones, found by calling."""

from __future__ import annotations

from typing import Any

import pytest

from asisso.workflows.engine import Engine
from asisso.workflows.steps import Heard, TransferFailed
from tests.unit.workflows.conversations import edge, engine_of, graph, node, start, talk

pytestmark = pytest.mark.unit


def practice(*fields: dict[str, Any]) -> Engine:
    """A practice that asks for values, tells its hours at any time, and can put callers through."""
    engine = engine_of(
        graph(
            node("hello", "start", say="Hello.", collect=list(fields)),
            node("check", "agent", say="Shall I book that?"),
            node("booked", "agent", say="Booked. Anything else?"),
            node("hours", "agent", say="From eight to six. Anything else?"),
            node("sales", "transfer", to="PJSIP/6001", say="To sales."),
            node("desk", "transfer", to="PJSIP/6002", say="To the desk."),
            node("bye", "end", say="Goodbye."),
            node("everywhere", "global"),
            edge("hello", "check"),
            edge("check", "booked", label="yes", examples=["yes please"]),
            edge("check", "hello", label="no", examples=["no that is wrong"]),
            edge("booked", "sales", label="sales", examples=["sales please"], digits="1"),
            edge("hours", "bye", label="goodbye", examples=["goodbye"]),
            edge("everywhere", "hours", label="hours", examples=["when are you open"]),
            edge("everywhere", "desk", label="a person", examples=["operator please"], digits="0"),
            edge("everywhere", "bye", label="the end", examples=["no thank you that is all", "I am done"]),
        )
    )
    start(engine)
    return engine


DAY = {"name": "day", "type": "date", "ask": "Which day?"}
TIME = {"name": "time", "type": "time", "ask": "What time?"}
NAME = {"name": "name", "type": "name", "ask": "Your name?"}
NUMBER = {"name": "number", "type": "digits", "ask": "Which number?", "confirm": True, "min_length": 3}


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("To-morrow.", "2026-11-26"),
        ("The day after to-morrow.", "2026-11-27"),
        ("To-day, please.", "2026-11-25"),
    ],
)
def test_days_are_written_with_a_hyphen(written: str, day: str) -> None:
    engine = practice(DAY)

    assert talk(engine, written) == "Shall I book that?"
    assert engine.gathered == {"day": day}


@pytest.mark.parametrize("written", ["Good-by.", "Good by,", "OK, good-bye."])
def test_goodbye_is_written_in_many_ways(written: str) -> None:
    assert talk(practice(DAY), written) == "Goodbye. / [completed]"


def test_someone_is_written_in_two_words() -> None:
    assert talk(practice(DAY), "I want to speak to some one.") == "To the desk. / [to PJSIP/6002]"


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("Or, nine, two, five.", "4925"),
        ("For nine two five.", "4925"),
        ("Nine, two, or five.", "9245"),
        ("Or zero to eight.", "4028"),
    ],
)
def test_a_four_is_written_as_another_little_word(written: str, digits: str) -> None:
    engine = practice(NUMBER)
    talk(engine, written, "yes")

    assert engine.gathered == {"number": digits}


def test_an_hour_is_no_day_of_the_month() -> None:
    engine = practice(DAY, TIME)

    assert talk(engine, "Ten in the morning.") == "Which day?"
    assert engine.gathered == {"time": "10:00"}


def test_the_last_value_is_taken_back_without_its_name() -> None:
    engine = practice(DAY, TIME)

    assert talk(engine, "On Tuesday.") == "What time?"
    assert talk(engine, "No, I said Friday.") == "All right, Friday, November twenty-seventh. / What time?"
    assert engine.gathered == {"day": "2026-11-27"}


def test_an_answer_is_no_way_out_for_being_a_little_like_one() -> None:
    engine = practice(DAY)

    assert talk(engine, Heard("The sixth of May.", {"everywhere-hours": 0.41})) == "Shall I book that?"
    assert talk(practice(DAY), Heard("So are you there on weekends", {"everywhere-hours": 0.66})).startswith(
        "From eight to six."
    )


def test_a_no_that_no_way_out_is_for_may_still_mean_one() -> None:
    engine = practice(DAY)
    talk(engine, "tomorrow", "yes please")

    assert talk(engine, Heard("No, thank you.", {"everywhere-bye": 0.6})) == "Goodbye. / [completed]"


@pytest.mark.parametrize(
    ("said", "answer"),
    [("Yes, but it.", "Booked. Anything else?"), ("No, this is off.", "Hello. / Which day?")],
)
def test_first_word_decides_where_only_a_yes_or_a_no_is_wanted(said: str, answer: str) -> None:
    assert talk(practice(DAY), "tomorrow", Heard(said, {"check-booked": 0.1, "check-hello": 0.1})) == answer


def test_wishes_are_granted_while_a_value_is_confirmed() -> None:
    assert talk(practice(NUMBER), "925", "operator") == "To the desk. / [to PJSIP/6002]"
    assert talk(practice(NUMBER), "925", "goodbye") == "Goodbye. / [completed]"
    assert talk(practice(NUMBER), "925", "say that again") == "I have nine two five. Is that right?"


def test_who_is_never_understood_gets_a_person_and_not_the_first_department() -> None:
    engine = practice(DAY)
    talk(engine, "tomorrow", "yes please")

    assert talk(engine, *["blue elephants"] * 4) == "To the desk. / [to PJSIP/6002]"
    talk(engine, TransferFailed("busy"))


def test_values_that_lead_nowhere_leave_nobody_in_silence() -> None:
    engine = engine_of(
        graph(
            node("hello", "start", say="New here?", collect=[{"name": "is_new", "type": "yes_no"}]),
            node("form", "end", say="We will send you a form."),
            node("desk", "transfer", to="PJSIP/6002", say="To the desk."),
            node("everywhere", "global"),
            edge("hello", "form", when="is_new"),
            edge("everywhere", "desk", label="a person", digits="0"),
        )
    )
    start(engine)

    assert talk(engine, "No.") == "To the desk. / [to PJSIP/6002]"


def test_half_passed_three_is_a_time() -> None:
    engine = practice(TIME)
    talk(engine, "Half passed three in the afternoon.")

    assert engine.gathered == {"time": "15:30"}


def test_nobody_who_wants_to_be_called_back_is_called_back() -> None:
    engine = practice(NAME)

    talk(engine, "Could somebody call me back, please?")

    assert engine.gathered == {}
