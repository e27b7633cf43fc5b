"""What every call does ten times a second, with one timer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest

from asisso.calls import beat
from asisso.calls.beat import SLOTS, Beat

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beat, "PERIOD_S", 0.01)


async def becomes(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the beat says nothing
            await asyncio.sleep(0.001)


async def test_everybody_is_called_again_and_again_and_nobody_more_often() -> None:
    strokes = [0] * 3
    a_beat = Beat()

    def stroke(call: int) -> None:
        strokes[call] += 1

    for call in range(3):
        a_beat.join(lambda call=call: stroke(call))
    await becomes(lambda: min(strokes) >= 3)
    assert max(strokes) - min(strokes) <= 1


async def test_calls_are_spread_over_the_period() -> None:
    order: list[int] = []
    a_beat = Beat()
    for call in range(2 * SLOTS):
        a_beat.join(lambda call=call: order.append(call % SLOTS))
    await becomes(lambda: len(order) >= 3 * SLOTS)
    assert all(b == a or b == (a + 1) % SLOTS for a, b in pairwise(order))


async def test_whoever_left_is_not_called_and_with_the_last_the_timer_stops() -> None:
    strokes: list[str] = []
    a_beat = Beat()
    leave = a_beat.join(lambda: strokes.append("a"))
    await becomes(lambda: len(strokes) == 2)
    leave()
    leave()
    await asyncio.sleep(0.03)
    assert (len(strokes), a_beat.is_still) == (2, True)

    a_beat.join(lambda: strokes.append("b"))
    await becomes(lambda: strokes[-1] == "b")


async def test_a_call_that_breaks_does_not_stop_the_others() -> None:
    strokes: list[str] = []
    a_beat = Beat()

    def broken() -> None:
        raise RuntimeError("a bug")

    a_beat.join(broken)
    a_beat.join(lambda: strokes.append("b"))
    await becomes(lambda: len(strokes) == 2)
