"""Identifiers: made here, opaque everywhere else.

Ids are UUID version 7 (RFC 9562) written as 32 hex digits, so that rows made later sort later and an
index on the primary key stays compact. Python 3.11 has no `uuid.uuid7`, hence these few lines.
"""

from __future__ import annotations

import secrets
import time
from datetime import datetime

_NS_PER_MS = 1_000_000
_FRACTION_STEPS = 1 << 12


def new_id() -> str:
    """A fresh id: 48 bits of milliseconds, 12 bits of their fraction (RFC 9562 6.2, method 3), 62 random bits."""
    ms, remainder_ns = divmod(time.time_ns(), _NS_PER_MS)
    fraction = remainder_ns * _FRACTION_STEPS // _NS_PER_MS
    value = ms << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    return f"{value:032x}"


def first_id_at(moment: datetime) -> str:
    """Sorts before every id made at this moment or later, and after every earlier one."""
    return f"{int(moment.timestamp() * 1000):012x}".ljust(32, "0")
