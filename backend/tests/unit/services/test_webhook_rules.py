"""What follows from a failed delivery, and how one is signed."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

import pytest

from asisso.services.webhook_rules import (
    GONE,
    MAX_ATTEMPTS,
    MAX_WAITING,
    PAUSE_AFTER,
    RETRY_AFTER_S,
    Attempt,
    after_failure,
    signature,
)

pytestmark = pytest.mark.unit

REFUSED = Attempt(500, "no", 3)
SHORT = timedelta(minutes=1)


def test_a_signature_is_checked_as_the_documentation_says() -> None:
    stamp, _, code = signature("a secret", 1_767_225_600, b'{"id":"1"}').partition(",")
    expected = hmac.new(b"a secret", b'1767225600.{"id":"1"}', hashlib.sha256).hexdigest()
    assert (stamp, code) == ("t=1767225600", f"v1={expected}")


@pytest.mark.parametrize(
    ("status", "is_delivered"), [(200, True), (204, True), (301, False), (404, False), (None, False)]
)
def test_only_a_2xx_is_a_delivery(status: int | None, is_delivered: bool) -> None:
    assert Attempt(status, "", 1).is_delivered is is_delivered


def test_attempts_come_further_and_further_apart_and_then_end() -> None:
    delays = [after_failure(REFUSED, n, SHORT, 1, 0.5).retry_in_s for n in range(1, MAX_ATTEMPTS + 1)]
    assert delays == [*RETRY_AFTER_S, None]


def test_luck_spreads_attempts_by_a_fifth() -> None:
    early, late = (after_failure(REFUSED, 1, SHORT, 1, luck).retry_in_s for luck in (0.0, 1.0))
    assert (early, late) == (pytest.approx(8.0), pytest.approx(12.0))


def test_an_address_that_is_gone_is_paused_at_once() -> None:
    following = after_failure(Attempt(GONE, "", 1), 1, SHORT, 1, 0.5)
    assert following.retry_in_s is None
    assert "410" in (following.pause_reason or "")


def test_an_address_that_fails_for_a_day_is_paused() -> None:
    assert after_failure(REFUSED, 2, PAUSE_AFTER - SHORT, 1, 0.5).pause_reason is None
    assert "24 hours" in (after_failure(REFUSED, 2, PAUSE_AFTER, 1, 0.5).pause_reason or "")


def test_an_address_that_fails_while_very_much_waits_is_paused() -> None:
    assert after_failure(REFUSED, 1, SHORT, MAX_WAITING, 0.5).pause_reason is None
    assert after_failure(REFUSED, 1, SHORT, MAX_WAITING + 1, 0.5).pause_reason is not None
