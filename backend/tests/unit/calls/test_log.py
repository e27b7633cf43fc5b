"""The transcript and the timeline as they grow."""

from __future__ import annotations

import pytest

from asisso.calls.log import MAX_EVENTS, CallLog, Turn
from asisso.vocabulary import Speaker

pytestmark = pytest.mark.unit


def test_sentences_that_follow_each_other_are_one_turn() -> None:
    log = CallLog()
    log.agent_said("Hello.", 0, 900, is_interrupted=False)
    log.agent_said("How can I help?", 1000, 2000, is_interrupted=False)
    (turn,) = log.take().turns
    assert (turn.text, turn.started_ms, turn.ended_ms) == ("Hello. How can I help?", 0, 2000)


def test_what_the_caller_says_in_between_makes_a_new_turn() -> None:
    log = CallLog()
    log.agent_said("Hello.", 0, 900, is_interrupted=False)
    log.caller_said("Hi.", 1000, 1300)
    log.agent_said("Yes?", 1400, 1700, is_interrupted=False)
    assert [t.text for t in log.take().turns] == ["Hello.", "Hi.", "Yes?"]


def test_a_turn_that_grew_is_taken_again_under_the_same_position() -> None:
    log = CallLog()
    log.agent_said("Hello.", 0, 900, is_interrupted=False)
    first = log.take().turns[0].position
    log.agent_said("There.", 950, 1200, is_interrupted=True)
    (turn,) = log.take().turns
    assert (turn.position, turn.text, turn.is_interrupted) == (first, "Hello. There.", True)


def test_nothing_heard_is_no_turn() -> None:
    log = CallLog()
    log.agent_said("", 0, 0, is_interrupted=True)
    assert log.take().is_empty


def test_a_batch_that_could_not_be_written_comes_again_in_order() -> None:
    log = CallLog()
    log.note("one")
    log.caller_said("Hi.", 0, 1)
    batch = log.take()
    log.note("two")
    log.give_back(batch)
    again = log.take()
    assert [e.kind for e in again.events] == ["one", "two"]
    assert [t.text for t in again.turns] == ["Hi."]


def test_a_flood_of_events_is_cut_and_says_so() -> None:
    log = CallLog()
    for _ in range(MAX_EVENTS + 100):
        log.note("x")
    events = log.take().events
    assert len(events) == MAX_EVENTS + 1
    assert events[-1].kind == "timeline_full"


def test_a_log_goes_on_where_another_process_left_it() -> None:
    turn = Turn(1, Speaker.CALLER, "Hello.", 0, 500, False)
    log = CallLog(elapsed_ms=60_000, event_count=7, turns=[turn])
    log.note("resumed")
    log.agent_said("Sorry.", 60_100, 60_500, is_interrupted=False)
    batch = log.take()
    assert [(e.position, e.at_ms >= 60_000) for e in batch.events] == [(8, True)]
    assert [(t.position, t.text) for t in batch.turns] == [(2, "Sorry.")]
