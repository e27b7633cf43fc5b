"""What was asked for says whether a caller who pauses is done."""

import pytest

from asisso.agents.expecting import is_patient, judge
from asisso.workflows.definition import Collected
from asisso.workflows.steps import Choice, Expectation

pytestmark = pytest.mark.unit

SALES = Choice("sales", "sales", "", ("I want to buy something",), "1")
ORDER = Collected(name="order_number", type="digits", min_length=6, max_length=6)
PHONE = Collected(name="phone", type="digits")
NAME = Collected(name="name", type="name")


def asked_for(*wanted, **more):
    return Expectation(wanted=wanted, choices=(SALES,), **more)


@pytest.mark.parametrize(
    ("expects", "text", "wants_more"),
    [
        (asked_for(ORDER), "Four two seven", True),
        (asked_for(ORDER), "It's 427", True),
        (asked_for(ORDER), "four two seven one one eight", False),
        (asked_for(ORDER), "I don't know it.", None),
        (asked_for(PHONE), "555 0147", True),
        (asked_for(NAME), "My name is John", True),
        (asked_for(NAME), "John Smith.", None),
        (asked_for(NAME), "Goodbye.", False),
        (asked_for(Collected(name="is_new", type="yes_no")), "Yes, it is.", False),
        (asked_for(Collected(name="about", type="text")), "It is about", None),
        (asked_for(ORDER, is_confirming=True), "No.", False),
        (asked_for(ORDER, is_confirming=True), "No, it is four two seven", None),
        (asked_for(), "Sales, please.", False),
        (asked_for(), "I have a question", None),
        (asked_for(), "Operator.", False),
        (asked_for(), "", None),
    ],
)
def test_words_are_judged_by_what_was_asked_for(expects, text, wants_more):
    assert judge(expects)(text) is wants_more


def test_only_who_reads_out_a_number_gets_more_time_unheard():
    assert is_patient(asked_for(ORDER, NAME))
    assert not is_patient(asked_for(NAME, ORDER))
    assert not is_patient(asked_for(ORDER, is_confirming=True))
    assert not is_patient(asked_for())
