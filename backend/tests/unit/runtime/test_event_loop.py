"""When the event loop counts as overloaded."""

from __future__ import annotations

import pytest

from asisso.runtime.event_loop import OVERLOAD_LAG_S, OVERLOADED_SAMPLES, WINDOW_SAMPLES, EventLoopWatch

pytestmark = pytest.mark.unit


def test_one_long_step_is_no_overload() -> None:
    watch = EventLoopWatch()
    watch.saw(10.0)
    assert not watch.is_overloaded


def test_a_loop_that_stays_late_is_overloaded_until_it_has_been_in_time_for_a_while() -> None:
    watch = EventLoopWatch()
    for _ in range(OVERLOADED_SAMPLES):
        watch.saw(OVERLOAD_LAG_S * 2)
    assert watch.is_overloaded
    for _ in range(WINDOW_SAMPLES - OVERLOADED_SAMPLES + 1):
        watch.saw(0.0)
    assert not watch.is_overloaded
