"""The rules of sending: how a delivery is signed, and what follows from how an attempt went. Pure."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

SIGNATURE_HEADER = "X-Asisso-Signature"
RETRY_AFTER_S = (10, 30, 120, 600, 1_800, 3_600, 7_200, 14_400)
"""Between the attempts of one delivery: some eight hours, then it has failed."""

MAX_ATTEMPTS = len(RETRY_AFTER_S) + 1
JITTER = 0.2
PAUSE_AFTER = timedelta(hours=24)
"""An address at which nothing succeeded for this long is left alone until somebody enables it again."""

MAX_WAITING = 10_000
"""Deliveries that may wait for one webhook; with more its address is paused at the next failure."""

GONE = 410
"""An answer that says: never again."""


def body_of(delivery_id: str, event: str, created_at: datetime, payload: Mapping[str, Any]) -> bytes:
    """What is sent, the same at every attempt."""
    told = {
        "id": delivery_id,
        "type": event,
        "created_at": created_at.isoformat().replace("+00:00", "Z"),
        "data": payload,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def signature(secret: str, timestamp_s: int, body: bytes) -> str:
    """The header's value: `t=<Unix time>,v1=<hex HMAC-SHA256 of "<t>.<body>">`."""
    signed = b"%d.%s" % (timestamp_s, body)
    return f"t={timestamp_s},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an attempt went.

    Attributes:
        status: HTTP status of the answer; None when there was none.
        excerpt: the beginning of its body, or why there was none.
    """

    status: int | None
    excerpt: str
    duration_ms: int

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Next:
    """What follows from a failed attempt.

    Attributes:
        retry_in_s: until the next attempt; None when this delivery is given up.
        pause_reason: the webhook is paused, and why.
    """

    retry_in_s: float | None
    pause_reason: str | None = None


def after_failure(attempt: Attempt, attempts: int, failing_for: timedelta, waiting: int, luck: float) -> Next:
    """Decide what becomes of a delivery and its webhook.

    Args:
        attempts: that were made for this delivery, this one included.
        failing_for: since the first failure after the last success.
        waiting: deliveries that wait for the webhook.
        luck: random, 0 to 1: spreads the attempts of many.
    """
    delay_s = RETRY_AFTER_S[min(attempts, len(RETRY_AFTER_S)) - 1] * (1 + JITTER * (2 * luck - 1))
    retry_in_s = delay_s if attempts < MAX_ATTEMPTS else None
    if attempt.status == GONE:
        return Next(None, "The address answered 410 Gone: it wants no more deliveries.")
    if failing_for >= PAUSE_AFTER:
        return Next(
            retry_in_s, f"Nothing could be delivered for 24 hours. The last failure: {attempt.excerpt}"
        )
    if waiting > MAX_WAITING:
        return Next(
            retry_in_s, f"More than {MAX_WAITING} deliveries wait while the address fails: {attempt.excerpt}"
        )
    return Next(retry_in_s)
