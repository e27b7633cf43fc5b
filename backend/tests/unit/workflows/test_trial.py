"""Where a conversation differs from what was expected, in words."""

from __future__ import annotations

from typing import Any

import pytest

from asisso.workflows.steps import Say
from asisso.workflows.trial import (
    CallerTurn,
    Exchange,
    ExpectedTurn,
    Transfer,
    TrialStep,
    first_difference,
)

pytestmark = pytest.mark.unit

ORDER = CallerTurn(say="where is my order")
KEYS = CallerTurn(keys="4711")


def conversation(**last: Any) -> list[Exchange]:
    return [
        Exchange(None, said=[Say("Hello."), Say("How can I help?", "ask")], node_id="hello"),
        Exchange(ORDER, said=[Say("Which order number?")], node_id="order", gathered={"topic": "order"}),
        Exchange(KEYS, **last),
    ]


def difference(
    opening: dict[str, Any] | None = None,
    first: dict[str, Any] | None = None,
    second: dict[str, Any] | None = None,
    exchanges: list[Exchange] | None = None,
) -> tuple[int | None, str] | None:
    steps = [
        TrialStep(turn=ORDER, expect=ExpectedTurn(**first or {})),
        TrialStep(turn=KEYS, expect=ExpectedTurn(**second or {})),
    ]
    exchanges = exchanges if exchanges is not None else conversation()
    found = first_difference(ExpectedTurn(**opening or {}), steps, exchanges)
    return found and (found.step, found.detail)


def test_nothing_expected_is_always_met() -> None:
    assert difference() is None


def test_words_are_compared_without_case_and_punctuation() -> None:
    assert difference({"says": "hello, how can"}, {"says": "WHICH order number", "node_id": "order"}) is None


@pytest.mark.parametrize(
    ("opening", "first", "step", "detail"),
    [
        (
            {"says": "good evening"},
            {},
            None,
            "At the beginning: expected to hear “good evening”, heard “Hello. How can I help?”.",
        ),
        (
            {},
            {"node_id": "desk"},
            0,
            "After “where is my order”: expected to be at desk, was at order.",
        ),
        (
            {},
            {"gathered": {"topic": "bill"}},
            0,
            'After “where is my order”: expected topic to be "bill", it was "order".',
        ),
        (
            {},
            {"gathered": {"number": 4}},
            0,
            "After “where is my order”: expected number to be 4, but there was no number.",
        ),
        (
            {},
            {"outcome": "completed"},
            0,
            "After “where is my order”: expected it to end as completed, it went on.",
        ),
        (
            {},
            {"transfer_to": "PJSIP/6001"},
            0,
            "After “where is my order”: expected a transfer to PJSIP/6001, there was none.",
        ),
    ],
)
def test_first_difference_is_told(
    opening: dict[str, Any], first: dict[str, Any], step: int | None, detail: str
) -> None:
    assert difference(opening, first, {"says": "never looked at"}) == (step, detail)


@pytest.mark.parametrize(
    ("expected", "value", "is_same"),
    [
        (4711, 4711.0, True),
        ("4711", 4711, False),
        ("Anna Smith", "anna smith", True),
        (True, True, True),
        (True, 1, False),
        (0, False, False),
        ("2026-01-05", "2026-01-06", False),
    ],
)
def test_values_are_compared_by_kind(expected: object, value: object, is_same: bool) -> None:
    found = difference(
        second={"gathered": {"value": expected}}, exchanges=conversation(gathered={"value": value})
    )
    assert (found is None) is is_same


def test_end_before_all_was_said_is_a_difference() -> None:
    ended = conversation()[:2]
    ended[1].outcome = "completed"
    found = difference(exchanges=ended)
    assert found == (1, "The conversation had ended (completed) before the keys 4711.")


def test_transfer_and_outcome_that_were_expected() -> None:
    came = conversation(outcome="transferred", transfers=[Transfer("desk", "PJSIP/6001")])
    expected = {"outcome": "transferred", "transfer_to": "PJSIP/6001"}
    assert difference(second=expected, exchanges=came) is None
    other = difference(second={"transfer_to": "PJSIP/6002"}, exchanges=came)
    assert other == (1, "After the keys 4711: expected a transfer to PJSIP/6002, it went to PJSIP/6001.")


def test_conversation_that_broke_differs_unless_that_was_expected() -> None:
    broken = conversation(outcome="failed", problem="The workflow goes round in a circle.")
    assert difference(exchanges=broken) == (1, "After the keys 4711: The workflow goes round in a circle.")
    assert difference(second={"outcome": "failed"}, exchanges=broken) is None
