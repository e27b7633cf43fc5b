"""Cursors, and slowing down guesses."""

from __future__ import annotations

import base64
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.errors import InvalidInput, TooManyRequests
from asisso.ids import new_id
from asisso.services import throttle
from asisso.services.paging import decode_cursor, encode_cursor
from asisso.services.throttle import FailureThrottle
from tests.fakes.clock import ManualClock

pytestmark = pytest.mark.unit


@given(st.datetimes(timezones=st.just(UTC)))
def test_cursor_comes_back_as_it_was(created_at: object) -> None:
    row_id = new_id()
    assert decode_cursor(encode_cursor(created_at, row_id)) == (created_at, row_id)  # type: ignore[arg-type]


@given(st.text(max_size=60))
def test_cursor_that_is_not_ours_is_refused_and_never_breaks(cursor: str) -> None:
    with pytest.raises(InvalidInput):
        decode_cursor(cursor)


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00"]
)
@pytest.mark.parametrize("row_id", ["a", "a\x00"])
def test_cursor_with_a_time_or_an_id_that_cannot_be_is_refused(at: str, row_id: str) -> None:
    forged = base64.urlsafe_b64encode(f"{at} {row_id}".encode()).decode()
    with pytest.raises(InvalidInput):
        decode_cursor(forged)


class TestThrottle:
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    def test_failures_beyond_the_limit_have_to_wait(self, clock: ManualClock) -> None:
        guesses = FailureThrottle(clock, limit=3, window_s=60)
        for _ in range(3):
            guesses.check("a")
            guesses.failed("a")
            clock.advance(timedelta(seconds=10))
        with pytest.raises(TooManyRequests) as caught:
            guesses.check("a")
        assert caught.value.retry_after_s == 30
        guesses.check("b")
        clock.advance(timedelta(seconds=30))
        guesses.check("a")

    def test_success_wipes_the_slate(self, clock: ManualClock) -> None:
        guesses = FailureThrottle(clock, limit=1, window_s=60)
        guesses.failed("a")
        guesses.succeeded("a")
        guesses.check("a")

    def test_memory_is_bounded(self, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(throttle, "MAX_KEYS", 2)
        guesses = FailureThrottle(clock, limit=1, window_s=60)
        for key in "abc":
            guesses.failed(key)
        guesses.check("a")
        with pytest.raises(TooManyRequests):
            guesses.check("c")
