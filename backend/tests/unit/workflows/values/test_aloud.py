"""How values sound."""

from __future__ import annotations

from datetime import date

import pytest

from asisso.workflows.values.aloud import say_value

pytestmark = pytest.mark.unit

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("kind", "value", "spoken"),
    [
        ("digits", "4277", "four two seven seven"),
        ("digits", "5551234567", "five five five, one two three, four five six seven"),
        ("digits", "+15551234567", "plus one, five five five, one two three, four five six seven"),
        ("digits", "42770", "four two seven, seven zero"),
        ("digits", "+155", "plus one five five"),
        ("digits", "none", "none"),
        ("date", "2027-03-02", "Tuesday, March second"),
        ("date", "1985-05-31", "Friday, May thirty-first, 1985"),
        ("date", "some day", "some day"),
        ("time", "14:30", "2:30 PM"),
        ("time", "09:05", "9:05 AM"),
        ("time", "12:00", "noon"),
        ("time", "00:00", "midnight"),
        ("time", "later", "later"),
        ("number", 3, "3"),
        ("number", 3.0, "3"),
        ("number", 2.5, "2.5"),
        ("yes_no", True, "yes"),
        ("yes_no", False, "no"),
        ("name", "Ann Lee", "Ann Lee"),
        (None, "2026-12-24", "Thursday, December twenty-fourth"),
        (None, "2026-12-24T18:00:00Z", "Thursday, December twenty-fourth, at 6 PM"),
        (None, "2026-99-99", "2026-99-99"),
        (None, "2026-99-99T18:00", "2026-99-99T18:00"),
        (None, "18:15", "6:15 PM"),
        (None, "4277", "4277"),
        (None, ["red", True], "red, yes"),
    ],
)
def test_value_is_said_as_people_say_it(kind: str | None, value: object, spoken: str) -> None:
    assert say_value(kind, value, TODAY) == spoken
