"""Asterisk version numbers, and which of them can carry a voice agent."""

from __future__ import annotations

import re
from typing import NamedTuple


class AsteriskVersion(NamedTuple):
    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


OLDEST_WORKING = {
    20: AsteriskVersion(20, 18, 0),
    22: AsteriskVersion(22, 8, 0),
    23: AsteriskVersion(23, 2, 0),
}
"""First release of each branch whose externalMedia takes `transport_data` and returns channel variables
in MEDIA_START (Asterisk ChangeLogs). Branch 21 ended before it had both."""

RECOMMENDED = AsteriskVersion(22, 11, 0)
"""Fixes the crash on a failed externalMedia and the endless wait for a stuck upgrade."""

_NUMBER = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


def parse_version(text: str) -> AsteriskVersion | None:
    """Read `22.10.1+dfsg`, `certified/20.7-cert3` or `GIT-master-...` (None: no number in it)."""
    found = _NUMBER.search(text)
    if not found:
        return None
    major, minor, patch = found.groups(default="0")
    return AsteriskVersion(int(major), int(minor), int(patch))


def is_too_old(version: AsteriskVersion) -> bool:
    """Whether chan_websocket in this release can't do what a call needs."""
    oldest = OLDEST_WORKING.get(version.major)
    if oldest is not None:
        return version < oldest
    return version.major < max(OLDEST_WORKING)
