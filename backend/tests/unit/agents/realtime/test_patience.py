"""What is done for a caller who waits for a model."""

from __future__ import annotations

import pytest

from asisso.agents.realtime.patience import (
    FILL_AFTER_MS,
    GIVE_UP_AFTER_MS,
    RECONNECT_AFTER_MS,
    Patience,
    Step,
)

pytestmark = pytest.mark.unit


def steps(patience: Patience, from_ms: int, to_ms: int, *, heard: range = range(0)) -> list[tuple[int, Step]]:
    """What becomes due, looked at ten times a second."""
    found = []
    for now_ms in range(from_ms, to_ms, 100):
        step = patience.look(now_ms, is_owed=True, is_heard=now_ms in heard)
        if step is not None:
            found.append((now_ms, step))
    return found


def test_nobody_who_is_owed_nothing_waits() -> None:
    patience = Patience()
    assert all(patience.look(now, is_owed=False, is_heard=False) is None for now in range(0, 60_000, 100))


def test_silence_is_filled_again_and_again() -> None:
    found = steps(Patience(), 0, RECONNECT_AFTER_MS)
    assert found == [(FILL_AFTER_MS, Step.FILL), (2 * FILL_AFTER_MS, Step.FILL)]


def test_silence_counts_from_the_last_sound() -> None:
    found = steps(Patience(), 0, 2_800, heard=range(0, 1_301))
    assert found == [(1_300 + FILL_AFTER_MS, Step.FILL)]


def test_stalled_answer_gets_one_new_session_and_then_the_end() -> None:
    patience = Patience()
    assert (RECONNECT_AFTER_MS, Step.RECONNECT) in steps(patience, 0, RECONNECT_AFTER_MS + 100)
    assert patience.reconnects()
    later = steps(patience, RECONNECT_AFTER_MS + 100, GIVE_UP_AFTER_MS + 100)
    assert [step for _, step in later if step is not Step.FILL] == [Step.GIVE_UP]
    assert later[-1] == (GIVE_UP_AFTER_MS, Step.GIVE_UP)
    assert not patience.reconnects()


def test_answer_that_comes_slowly_is_not_stalled() -> None:
    patience = Patience()
    found = []
    for now_ms in range(0, 60_000, 100):
        if now_ms % 3_000 == 0:
            patience.came(now_ms)
        step = patience.look(now_ms, is_owed=True, is_heard=True)
        found += [step] if step else []
    assert found == []


def test_an_answer_to_its_end_earns_another_chance() -> None:
    patience = Patience()
    assert [patience.reconnects(), patience.reconnects()] == [True, False]
    patience.succeeded()
    assert patience.reconnects()
