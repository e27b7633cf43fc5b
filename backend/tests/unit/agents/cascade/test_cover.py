"""Nobody who is owed an answer hears nothing for two seconds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.agents.cascade.cover import Cover

pytestmark = pytest.mark.unit


def test_filler_is_due_once_after_each_silence():
    cover = Cover(1_500)
    cover.owe(1_000)

    due = [now for now in range(1_000, 6_000, 20) if cover.look(now, is_agent_heard=False)]

    assert due == [2_500, 4_000, 5_500]


def test_silence_is_counted_from_what_was_heard_last():
    cover = Cover(1_500)
    cover.owe(0)

    assert not cover.look(1_400, is_agent_heard=True)
    assert not cover.look(2_800, is_agent_heard=False)
    assert cover.look(2_900, is_agent_heard=False)


def test_nothing_is_due_when_nothing_is_owed():
    cover = Cover(1_500)
    assert not cover.look(9_000, is_agent_heard=False)

    cover.owe(0)
    cover.settle()
    assert not cover.look(9_000, is_agent_heard=False)


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=300))
def test_while_something_is_owed_no_silence_lasts_longer_than_it_may(frames):
    cover = Cover(1_500)
    cover.owe(0)
    now = heard_ms = 0
    for wait, is_agent_heard in frames:
        now += wait
        said = cover.look(now, is_agent_heard=is_agent_heard)
        if is_agent_heard or said:
            heard_ms = now
        assert now - heard_ms < 1_500
