"""What callers say, and the value it stands for. It is Wednesday, the 25th of November 2026."""

from __future__ import annotations

from typing import Any

import pytest

from asisso.workflows.definition import Collected
from asisso.workflows.values.reading import read, read_keys
from asisso.workflows.words import said
from tests.unit.workflows.conversations import NOW

pytestmark = pytest.mark.unit

DIGITS = [
    ("four two seven seven", "4277"),
    ("Four, two, double seven.", "4277"),
    ("4277", "4277"),
    ("4 2 7 7.", "4277"),
    ("forty two seventy seven", "4277"),
    ("forty-two seventy-seven", "4277"),
    ("555-123-4567", "5551234567"),
    ("It's 555 123 4567.", "5551234567"),
    ("(555) 123-4567", "5551234567"),
    ("+1 555 123 4567", "15551234567"),
    ("oh five oh five", "0505"),
    ("O 5 0 5", "0505"),
    ("zero zero seven", "007"),
    ("double oh seven", "007"),
    ("triple nine", "999"),
    ("treble two one", "2221"),
    ("my order number is four two seven seven", "4277"),
    ("um it's uh four two um seven seven", "4277"),
    ("the number is 4277, thank you", "4277"),
    ("nineteen eighty four", "1984"),
    ("one twenty three", "123"),
    ("four hundred", "400"),
    ("four hundred and twelve", "412"),
    ("five five five one thousand", "5551000"),
    ("two thousand and five", "2005"),
    ("1,200", "1200"),
    ("seven", "7"),
    ("oh", "0"),
    ("one two for five", "1245"),
    ("one to three", "123"),
    ("four two dash seven seven", "4277"),
    ("four two seven no four two eight", "428"),
    ("4277, no, 4278", "4278"),
    ("not 4277, 4278", "4278"),
    ("4278, not 4277", "4278"),
    ("not four two seven seven, four two seven eight", "4278"),
    ("four two seven eight, not four two seven seven", "4278"),
    ("I said four two", "42"),
    ("I have no idea", None),
    ("", None),
    ("for", "4"),
    ("two two two two", "2222"),
    ("eleven twelve", "1112"),
    ("twenty", "20"),
    ("fourteen oh seven", "1407"),
]
NUMBERS = [
    ("twenty one", 21),
    ("twenty-one", 21),
    ("a hundred", 100),
    ("one hundred and five", 105),
    ("twelve hundred", 1200),
    ("1,200", 1200),
    ("two thousand five hundred", 2500),
    ("one million two hundred thousand", 1_200_000),
    ("two and a half", 2.5),
    ("two point five", 2.5),
    ("zero point two five", 0.25),
    ("three point oh five", 3.05),
    ("2.5", 2.5),
    ("half", 0.5),
    ("three quarters", 0.75),
    ("a dozen", 12),
    ("two dozen", 24),
    ("half a dozen", 6),
    ("a couple", 2),
    ("minus five", -5),
    ("minus two and a half", -2.5),
    ("There are four of us.", 4),
    ("We'd be seven people", 7),
    ("for", 4),
    ("to", 2),
    ("no, I said fifteen", 15),
    ("fifty, sorry, fifteen", 15),
    ("fifteen not fifty", 15),
    ("ninety nine", 99),
    ("zero", 0),
    ("three or four", None),
    ("that one", None),
    ("no one", None),
    ("several", None),
    ("", None),
]
DATES = [
    ("today", "2026-11-25"),
    ("tomorrow", "2026-11-26"),
    ("Tomorrow, please.", "2026-11-26"),
    ("the day after tomorrow", "2026-11-27"),
    ("yesterday", "2026-11-24"),
    ("Friday", "2026-11-27"),
    ("on Tuesday", "2026-12-01"),
    ("next Tuesday", "2026-12-01"),
    ("next Friday", "2026-12-04"),
    ("this Friday", "2026-11-27"),
    ("Wednesday", "2026-12-02"),
    ("this Wednesday", "2026-11-25"),
    ("Friday week", "2026-12-04"),
    ("a week from Tuesday", "2026-12-08"),
    ("a week from today", "2026-12-02"),
    ("in three days", "2026-11-28"),
    ("in a week", "2026-12-02"),
    ("in two weeks", "2026-12-09"),
    ("two weeks from now", "2026-12-09"),
    ("the third of March", "2027-03-03"),
    ("March third", "2027-03-03"),
    ("March 3rd", "2027-03-03"),
    ("March the 3rd", "2027-03-03"),
    ("3 March", "2027-03-03"),
    ("March 3, 2028", "2028-03-03"),
    ("March third twenty twenty eight", "2028-03-03"),
    ("the twenty first of December", "2026-12-21"),
    ("December twenty-first", "2026-12-21"),
    ("December thirty first", "2026-12-31"),
    ("November 25th", "2026-11-25"),
    ("November 24th", "2027-11-24"),
    ("3/14", "2027-03-14"),
    ("12/24/2026", "2026-12-24"),
    ("12/24/26", "2026-12-24"),
    ("24/12", "2026-12-24"),
    ("2026-12-24", "2026-12-24"),
    ("the third", "2026-12-03"),
    ("on the 30th", "2026-11-30"),
    ("the thirty first", "2026-12-31"),
    ("February 29th", "2028-02-29"),
    ("May fifth nineteen eighty five", "1985-05-05"),
    ("June first two thousand and five", "2005-06-01"),
    ("Not Tuesday, Wednesday.", "2026-12-02"),
    ("Tuesday. No, Thursday.", "2026-11-26"),
    ("Thursday, not Tuesday", "2026-11-26"),
    ("Tuesday, actually make it Friday", "2026-11-27"),
    ("Can I come in next Tuesday at two?", "2026-12-01"),
    ("February thirtieth", None),
    ("some day", None),
    ("the eleven", "2026-12-11"),
    ("the twenty fifth", "2026-11-25"),
    ("four", None),
    ("eleven", None),
    ("13/13", None),
]
TIMES = [
    ("half past two", "14:30"),
    ("quarter past nine", "09:15"),
    ("a quarter to five", "16:45"),
    ("ten to six", "17:50"),
    ("twenty past ten", "10:20"),
    ("five minutes past eight", "08:05"),
    ("half eight", "08:30"),
    ("2:30", "14:30"),
    ("2:30 pm", "14:30"),
    ("2:30 p.m.", "14:30"),
    ("2:30 a.m.", "02:30"),
    ("14:30", "14:30"),
    ("two thirty", "14:30"),
    ("ten fifteen", "10:15"),
    ("ten oh five", "10:05"),
    ("fourteen thirty", "14:30"),
    ("fourteen hundred", "14:00"),
    ("nine", "09:00"),
    ("at three", "15:00"),
    ("three o'clock", "15:00"),
    ("three o'clock in the afternoon", "15:00"),
    ("eight in the evening", "20:00"),
    ("eight in the morning", "08:00"),
    ("tomorrow morning at six", "06:00"),
    ("seven pm", "19:00"),
    ("7 PM", "19:00"),
    ("twelve", "12:00"),
    ("twelve thirty", "12:30"),
    ("twelve am", "00:00"),
    ("noon", "12:00"),
    ("midnight", "00:00"),
    ("half past noon", "12:30"),
    ("11 a.m. please", "11:00"),
    ("nine, no, ten", "10:00"),
    ("two thirty, sorry, three thirty", "15:30"),
    ("next Tuesday at two", "14:00"),
    ("whenever", None),
    ("25:10", None),
]
YES_NO = [
    ("yes", True),
    ("Yeah.", True),
    ("Yes, please.", True),
    ("sure, go ahead", True),
    ("That's right.", True),
    ("OK.", True),
    ("of course", True),
    ("yes I would like that", True),
    ("Uh-huh.", True),
    ("no", False),
    ("Nope", False),
    ("No, thank you.", False),
    ("not really", False),
    ("that's not right", False),
    ("that's wrong", False),
    ("No, I have never been there.", False),
    ("I don't think so", False),
    ("of course not", False),
    ("Now.", False),
    ("um no", False),
    ("not yet", False),
    ("absolutely not", False),
    ("maybe", None),
    ("Tuesday", None),
    ("okay, no thanks", False),
    ("yes, I mean no", False),
    ("yes and no", None),
]
CHOICES = [
    ("sales", "sales"),
    ("Sales, please.", "sales"),
    ("I'd like the support team", "support"),
    ("sails", "sales"),
    ("the second one", "support"),
    ("the first", "sales"),
    ("number three", "new customers"),
    ("the last one", "new customers"),
    ("two", "support"),
    ("new customers", "new customers"),
    ("new customer", "new customers"),
    ("not sales, support", "support"),
    ("sales, no, support", "support"),
    ("sales or support", None),
    ("the fifth one", None),
    ("bananas", None),
]
NAMES = [
    ("John", "John"),
    ("john smith", "John Smith"),
    ("John Smith.", "John Smith"),
    ("My name is John Smith.", "John Smith"),
    ("my name's Ann", "Ann"),
    ("This is Mary Ann O'Brien.", "Mary Ann O'Brien"),
    ("It's McDonald", "McDonald"),
    ("um, I'm Peter", "Peter"),
    ("Hi, this is Ann calling", "Ann"),
    ("Smith speaking", "Smith"),
    ("John Smith, thank you", "John Smith"),
    ("J O H N", "John"),
    ("J. O. H. N.", "John"),
    ("Jon, J O N", "Jon"),
    ("no, it's Smith", "Smith"),
    ("not John, Peter", "Peter"),
    ("call me Al", "Al"),
    ("Hello, my name is José García.", "José García"),
    ("I want to talk to somebody", None),
    ("what do you mean", None),
    ("four two seven", None),
    ("yes", None),
]
OPTIONS = ["sales", "support", "new customers"]


def table() -> list[tuple[dict[str, Any], str, object]]:
    kinds: dict[str, list[tuple[str, Any]]] = {
        "digits": DIGITS,
        "number": NUMBERS,
        "date": DATES,
        "time": TIMES,
        "yes_no": YES_NO,
        "choice": CHOICES,
        "name": NAMES,
    }
    return [(_field(kind), words, value) for kind, rows in kinds.items() for words, value in rows]


def _field(kind: str, **more: Any) -> dict[str, Any]:
    return {"name": "it", "type": kind} | ({"options": OPTIONS} if kind == "choice" else {}) | more


def value_of(field: dict[str, Any], words: str, *, is_asked: bool = True) -> object:
    found = read(Collected.model_validate(field), said(words), NOW, is_asked=is_asked)
    return None if found is None else found.value


@pytest.mark.parametrize(("field", "words", "value"), table(), ids=lambda part: str(part)[:40])
def test_answer_is_understood(field: dict[str, Any], words: str, value: object) -> None:
    found = value_of(field, words)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("field", "words", "value"),
    [
        (_field("digits", min_length=4), "four two seven", None),
        (_field("digits", max_length=4), "four two seven seven one", None),
        (_field("digits", min_length=4, max_length=4), "four two seven seven", "4277"),
        (_field("digits", min_length=4, max_length=4), "I ordered two, it's 4277", "4277"),
    ],
)
def test_digits_have_a_length(field: dict[str, Any], words: str, value: object) -> None:
    assert value_of(field, words) == value


@pytest.mark.parametrize(
    ("kind", "words", "value"),
    [
        ("digits", "my parcel 4277 is late", "4277"),
        ("digits", "there are two of us", None),
        ("number", "there are two of us", None),
        ("date", "I want to come on Friday", "2026-11-27"),
        ("date", "I am the third", None),
        ("time", "I want to come at two", "14:00"),
        ("time", "a table for two", None),
        ("time", "half past seven in the evening", "19:30"),
        ("yes_no", "yes", None),
        ("choice", "it is about sales", "sales"),
        ("choice", "the second one", None),
        ("name", "Hello, my name is Ann, where is my order", "Ann"),
        ("name", "John", None),
        ("text", "anything at all", None),
    ],
)
def test_value_nobody_asked_for_must_be_clear(kind: str, words: str, value: object) -> None:
    assert value_of(_field(kind), words, is_asked=False) == value


@pytest.mark.parametrize(
    ("field", "keys", "value"),
    [
        (_field("digits"), "4277", "4277"),
        (_field("digits"), "42*7", None),
        (_field("digits", min_length=4), "427", None),
        (_field("digits", max_length=2), "427", None),
        (_field("number"), "12", 12),
        (_field("date"), "0314", "2027-03-14"),
        (_field("date"), "03142028", "2028-03-14"),
        (_field("date"), "1340", None),
        (_field("date"), "3", None),
        (_field("time"), "1430", "14:30"),
        (_field("time"), "0230", "02:30"),
        (_field("time"), "230", "14:30"),
        (_field("time"), "9", "09:00"),
        (_field("time"), "2599", None),
        (_field("yes_no"), "1", True),
        (_field("yes_no"), "2", False),
        (_field("yes_no"), "3", None),
        (_field("choice"), "2", "support"),
        (_field("choice"), "0", None),
        (_field("choice"), "4", None),
        (_field("name"), "1", None),
        (_field("text"), "1", None),
    ],
)
def test_answer_is_keyed(field: dict[str, Any], keys: str, value: object) -> None:
    found = read_keys(Collected.model_validate(field), keys, NOW)
    assert (found, type(found)) == (value, type(value))
