"""The fifty conversations fit the samples they call, and are judged by all that a run tells."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest

from asisso.workflows.samples import samples
from conversations.judge import faults
from conversations.script import (
    Conversation,
    InDays,
    IsSilent,
    Next,
    Plays,
    Presses,
    Says,
    Words,
    Yearly,
)
from conversations.scripts import CONVERSATIONS

pytestmark = pytest.mark.unit

WEDNESDAY = date(2026, 11, 25)
DEFINITIONS = {sample.id: sample.definition for sample in samples()}
MESSAGE = Conversation(
    "somebody leaves a message",
    "reception",
    (Presses("4"),),
    ends_at="bye",
    gathered={"name": "John Smith", "message": Words("please call me back tomorrow")},
    says=("Goodbye",),
    has_barge_in=True,
)


def run(**fields: Any) -> dict[str, Any]:
    """A run that is as the message's script wants it, but for some fields."""
    return {
        "node_id": "bye",
        "outcome": "completed",
        "gathered": {"name": "John Smith", "message": "Please call me back tomorrow."},
        "created_at": "2026-11-25T10:00:00Z",
        "transcript": [
            {"speaker": "agent", "text": "Hello, this", "interrupted": True},
            {"speaker": "caller", "text": "Goodbye please.", "interrupted": False},
            {"speaker": "agent", "text": "Goodbye.", "interrupted": False},
        ],
        **fields,
    }


def test_there_are_fifty_with_all_that_callers_do() -> None:
    steps = [step for conversation in CONVERSATIONS for step in conversation.steps]

    assert len(CONVERSATIONS) >= 50
    assert len({conversation.name for conversation in CONVERSATIONS}) == len(CONVERSATIONS)
    assert {conversation.sample for conversation in CONVERSATIONS} == DEFINITIONS.keys()
    assert {step.voice for step in steps if isinstance(step, Says)} == {
        "hibari",
        "slt",
        "rms",
        "awb",
        "kal16",
    }
    assert Counter(type(step) for step in steps)[Plays] >= 10
    assert Counter(type(step) for step in steps)[IsSilent] >= 2
    assert sum(conversation.has_barge_in for conversation in CONVERSATIONS) >= 5
    assert sum(conversation.noise is not None for conversation in CONVERSATIONS) >= 4
    assert any(isinstance(p, int) for step in steps if isinstance(step, Says) for p in step.parts)


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda conversation: str(conversation.name))
def test_script_expects_what_its_workflow_has(conversation: Conversation) -> None:
    nodes = DEFINITIONS[conversation.sample]["nodes"]
    collected = {field["name"] for node in nodes for field in node["data"].get("collect", [])}
    saved = {name for node in nodes for name in node["data"].get("save", {})}
    kind = {node["id"]: node["type"] for node in nodes}[conversation.ends_at]

    assert conversation.gathered.keys() <= collected | saved
    assert (kind == "transfer") == (conversation.outcome == "transferred")
    assert (kind == "end") == (conversation.outcome == "completed")


def test_run_that_is_as_it_should_be_has_no_fault() -> None:
    assert faults(MESSAGE, run()) == []


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"node_id": "thanks"}, "ended in 'thanks'"),
        ({"outcome": "failed"}, "outcome is failed"),
        ({"gathered": {"name": "Jon Smith", "message": "please call me back tomorrow"}}, "'Jon Smith'"),
        ({"gathered": {"name": "John Smith", "message": "a horse"}}, "'a horse'"),
        ({"gathered": {"name": "John Smith"}}, "message: None"),
        (
            {"gathered": {"name": "John Smith", "message": "please call me back tomorrow", "phone": "5"}},
            "phone: '5', which nobody said",
        ),
        (
            {"transcript": [{"speaker": "agent", "text": "Goodbye", "interrupted": False}]},
            "nobody interrupted",
        ),
        (
            {"transcript": [{"speaker": "caller", "text": "Goodbye", "interrupted": True}]},
            "never said 'Goodbye'",
        ),
    ],
)
def test_whatever_is_not_as_it_should_be_is_told(fields: dict[str, Any], told: str) -> None:
    assert told in " ".join(faults(MESSAGE, run(**fields)))


def test_dates_are_meant_from_the_day_of_the_call() -> None:
    assert InDays(1).means("2026-11-26", WEDNESDAY)
    assert Next(4).means("2026-11-27", WEDNESDAY)
    assert Next(2).means("2026-12-02", WEDNESDAY)
    assert Yearly(3, 3).means("2027-03-03", WEDNESDAY)
    assert Yearly(11, 25).means("2026-11-25", WEDNESDAY)
    assert not Next(4).means("2026-12-04", WEDNESDAY)
    assert not Words("please call me back tomorrow").means("please call", WEDNESDAY)
