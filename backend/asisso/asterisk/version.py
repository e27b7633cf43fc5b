"""Asterisk version numbers, and what each release can do: the one table of differences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto
from typing import Final, NamedTuple


class AsteriskVersion(NamedTuple):
    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


class Ability(Enum):
    """What chan_websocket, or ARI in its service, can do only since some release."""

    CARRY_A_CALL = auto()
    """`transport_data` of externalMedia, JSON control messages, channel variables in MEDIA_START, MARK_MEDIA."""
    BEAR_PINGS = auto()
    """A WebSocket ping does not hang the media channel up."""
    ONE_DIRECTION = auto()
    """SET_MEDIA_DIRECTION, and `d()` in the dial string."""
    SURVIVE_FAILED_MEDIA = auto()
    """An externalMedia that can't be made is refused; before, it can crash the whole PBX."""
    GIVE_UP_A_STUCK_UPGRADE = auto()
    """A media address that accepts and never answers is given up; before, its channel hangs for ever."""


def _since(*releases: str) -> Mapping[int, AsteriskVersion]:
    found = [AsteriskVersion(*(int(n) for n in release.split("."))) for release in releases]
    return {release.major: release for release in found}


SINCE: Final[Mapping[Ability, Mapping[int, AsteriskVersion]]] = {
    Ability.CARRY_A_CALL: _since("20.18.0", "22.8.0", "23.2.0"),
    Ability.BEAR_PINGS: _since("20.19.0", "22.9.0", "23.3.0"),
    Ability.ONE_DIRECTION: _since("20.19.0", "22.9.0", "23.3.0"),
    Ability.SURVIVE_FAILED_MEDIA: _since("20.21.0", "22.11.0", "23.5.0"),
    Ability.GIVE_UP_A_STUCK_UPGRADE: _since("20.21.0", "22.11.0", "23.5.0"),
}
"""The first release of each branch that has it (Asterisk ChangeLogs). A branch between two that have it, such as 21,
ended before; one that is newer than all of them has it. 20.21 and 23.5 are taken for 22.11's twins because the branches
have always been released together."""

RECOMMENDED: Final = SINCE[Ability.GIVE_UP_A_STUCK_UPGRADE][22]

_NUMBER = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


def parse_version(text: str) -> AsteriskVersion | None:
    """Read `22.10.1+dfsg`, `certified/20.7-cert3` or `GIT-master-...` (None: no number in it)."""
    found = _NUMBER.search(text)
    if not found:
        return None
    major, minor, patch = found.groups(default="0")
    return AsteriskVersion(int(major), int(minor), int(patch))


def can(version: AsteriskVersion | None, ability: Ability) -> bool:
    """Whether a release has it; a build without a number is taken for a new one."""
    if version is None:
        return True
    since = SINCE[ability]
    first = since.get(version.major)
    return version >= first if first is not None else version.major > max(since)


def abilities(version: AsteriskVersion | None) -> frozenset[Ability]:
    """Everything of the table that a release can do."""
    return frozenset(ability for ability in Ability if can(version, ability))


def is_too_old(version: AsteriskVersion) -> bool:
    """Whether chan_websocket in this release can't do what a call needs."""
    return not can(version, Ability.CARRY_A_CALL)
