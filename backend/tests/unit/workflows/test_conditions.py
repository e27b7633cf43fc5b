"""The language of `when`."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.workflows.conditions import ConditionError, parse_condition

pytestmark = pytest.mark.unit

VALUES = {
    "order": "4277",
    "count": 3,
    "price": 2.5,
    "is_new": True,
    "is_old": False,
    "none": 0,
    "empty": "",
    "status": "Shipped",
    "day": "2026-12-01",
    "channel_variables": {"VIP": "1"},
}


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ("order", True),
        ("missing", False),
        ("empty", False),
        ("none", True),
        ("is_new", True),
        ("is_old", False),
        ("not order", False),
        ("not missing", True),
        ("not is_old", True),
        ("not not order", True),
        ('order == "4277"', True),
        ("order == '4277'", True),
        ("order == 4277", True),
        ('order != "4277"', False),
        ('status == "shipped"', True),
        ('missing == "x"', False),
        ('missing != "x"', True),
        ("missing < 3", False),
        ("count == 3", True),
        ("count >= 3", True),
        ("count < 3", False),
        ("count > 2.5", True),
        ("price <= 2.5", True),
        ('count > "2"', True),
        ("count > price", True),
        ("is_new == true", True),
        ("is_new == false", False),
        ('is_old == "no"', True),
        ("is_new > 0", False),
        ('day < "2026-12-24"', True),
        ("status > 3", True),
        ("channel_variables.VIP", True),
        ("channel_variables.VIP == 1", True),
        ("channel_variables.NO", False),
        ("order and is_old", False),
        ("order or is_old", True),
        ("missing and missing or order", True),
        ("order or missing and missing", True),
        ("(order or missing) and missing", False),
        ("not (order and missing)", True),
        ("not order or order", True),
        ("count > 1 and count < 5 and is_new", True),
        ("-1 < count", True),
    ],
)
def test_condition_holds_or_does_not(when: str, holds: bool) -> None:
    assert parse_condition(when).holds(VALUES) is holds


@pytest.mark.parametrize(
    ("when", "fault"),
    [
        ("", "a name or a value is missing before the end."),
        ("order ==", "a name or a value is missing before the end."),
        ("order = 3", "'= 3' cannot be read."),
        ("order order", "order is not expected; join conditions with and, or."),
        ("(order", "a closing bracket is missing before the end."),
        ("order)", ") is not expected; join conditions with and, or."),
        ("and order", "a name or a value is missing before and."),
        ("3", "a value alone is no condition; compare it with a name."),
        ('"text"', "a value alone is no condition; compare it with a name."),
        ("order == 'open", '"\'open" cannot be read.'),
        ("not", "a name or a value is missing before the end."),
        ("(" * 60 + "order" + ")" * 60, "there are more than 50 brackets and nots."),
    ],
)
def test_what_is_no_condition_says_where_it_breaks_off(when: str, fault: str) -> None:
    with pytest.raises(ConditionError) as caught:
        parse_condition(when)
    assert str(caught.value) == fault


def test_condition_tells_its_names() -> None:
    assert list(parse_condition('a and not (b.c == "d" or e > f)').names()) == ["a", "b.c", "e", "f"]


@given(st.text(st.sampled_from("ab \"'()<>=!not and or 12.\n"), max_size=60))
def test_any_text_is_a_condition_or_an_error(text: str) -> None:
    with contextlib.suppress(ConditionError):
        assert parse_condition(text).holds({"a": 1}) in (True, False)
