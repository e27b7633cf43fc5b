"""Who is silent for too long, on a clock that is only told."""

from __future__ import annotations

import pytest

from asisso.calls.silence import AGENT_REPLY_TIMEOUT_MS, Silence, SilenceWatch

pytestmark = pytest.mark.unit

TIMEOUT_MS = 5_000


def seen(watch: SilenceWatch, until_ms: int, *, is_agent_heard: bool = False) -> list[tuple[int, Silence]]:
    """What becomes due when nothing happens from now on; looked at ten times a second."""
    found = []
    for now_ms in range(0, until_ms, 100):
        event = watch.look(now_ms, is_agent_heard=is_agent_heard)
        if event is not None:
            found.append((now_ms, event))
    return found


def test_a_silent_caller_is_asked_once_and_then_given_up() -> None:
    watch = SilenceWatch(TIMEOUT_MS)
    assert seen(watch, 12_000) == [(5_000, Silence.PROMPT), (10_000, Silence.CALLER)]


def test_nothing_is_due_while_the_agent_speaks() -> None:
    assert seen(SilenceWatch(TIMEOUT_MS), 60_000, is_agent_heard=True) == []


def test_a_caller_who_speaks_has_all_the_time() -> None:
    watch = SilenceWatch(TIMEOUT_MS)
    watch.turn_began(0)
    assert seen(watch, 28_000) == []


def test_a_caller_who_answers_the_question_is_asked_again_later() -> None:
    watch = SilenceWatch(TIMEOUT_MS)
    assert watch.look(5_000, is_agent_heard=False) is Silence.PROMPT
    watch.turn_began(6_000)
    watch.turn_ended(7_000)
    assert watch.look(8_000, is_agent_heard=True) is None
    assert watch.look(13_000, is_agent_heard=False) is Silence.PROMPT


def test_an_agent_that_owes_an_answer_is_given_up() -> None:
    watch = SilenceWatch(TIMEOUT_MS)
    watch.turn_began(0)
    watch.turn_ended(1_000)
    assert seen(watch, 14_000)[0] == (1_000 + AGENT_REPLY_TIMEOUT_MS, Silence.AGENT)


def test_an_agent_that_answers_owes_nothing() -> None:
    watch = SilenceWatch(0)
    watch.turn_ended(0)
    watch.look(1_000, is_agent_heard=True)
    assert watch.look(60_000, is_agent_heard=False) is None


def test_a_time_out_of_zero_waits_for_ever() -> None:
    assert seen(SilenceWatch(0), 100_000) == []


def test_a_hold_gives_everybody_all_the_time_again() -> None:
    watch = SilenceWatch(TIMEOUT_MS)
    watch.restart(4_000)
    assert watch.look(8_900, is_agent_heard=False) is None
    assert watch.look(9_000, is_agent_heard=False) is Silence.PROMPT
