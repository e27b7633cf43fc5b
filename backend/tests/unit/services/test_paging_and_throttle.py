"""Cursors, and slowing down guesses."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.errors import InvalidInput, TooManyRequests
from asisso.ids import new_id
from asisso.services import throttle
from asisso.services.paging import decode_cursor, encode_cursor
from asisso.services.throttle import Throttle, network_of
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


class TestThrottle:
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    def test_attempts_beyond_the_limit_have_to_wait(self, clock: ManualClock) -> None:
        guesses = Throttle(clock, limit=3, window_s=60, code="slow_down", what="guesses")
        for _ in range(3):
            guesses.attempt("a")
            clock.advance(timedelta(seconds=10))
        with pytest.raises(TooManyRequests, match="Too many guesses") as caught:
            guesses.attempt("a")
        assert (caught.value.retry_after_s, caught.value.code) == (30, "slow_down")
        guesses.attempt("b")
        clock.advance(timedelta(seconds=30))
        guesses.attempt("a")

    def test_what_was_right_does_not_count(self, clock: ManualClock) -> None:
        guesses = Throttle(clock, limit=2, window_s=60)
        for _ in range(5):
            guesses.attempt("a")
            guesses.take_back("a")
        guesses.attempt("a")
        guesses.attempt("a")
        guesses.forget("a")
        guesses.attempt("a")

    def test_memory_is_bounded(self, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(throttle, "MAX_KEYS", 2)
        guesses = Throttle(clock, limit=1, window_s=60)
        for key in "abc":
            guesses.attempt(key)
        guesses.attempt("a")
        with pytest.raises(TooManyRequests):
            guesses.attempt("c")

    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
            ("fe80::1%eth0", "fe80::/64"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("testclient", "testclient"),
        ],
    )
    def test_whoever_has_a_network_of_addresses_counts_once(self, address: str, network: str) -> None:
        assert network_of(address) == network
