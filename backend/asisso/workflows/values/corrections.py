"""What somebody means who corrects himself: "Tuesday, no, Wednesday". Pure; English."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from asisso.workflows.words import Said, phrases_in

_MARKERS: Final = phrases_in(
    """
    no i said, no i meant, no it's, no it is, no that's, no wait, no sorry, no actually, sorry i meant,
    sorry i mean, i meant, i mean, i said, wait no, oh no, no make it, no make that, make that, make it,
    scratch that, correction, sorry, or rather, rather, actually, wait, no
    """
)
_NOT: Final = frozenset({"not"})
_NOT_ENDS: Final = frozenset({"but", "it's", "i"})


def corrected(said: Said) -> Iterator[Said]:
    """What to read a value from, the likeliest first: what comes behind the last correction, then all of it."""
    start = _behind_last_marker(said.words)
    if start:
        yield from _without_denied(_behind(said, start))
    yield from _without_denied(said)


def _behind(said: Said, start: int) -> Said:
    return said.without(0, start)


def _behind_last_marker(words: tuple[str, ...]) -> int:
    """The place behind the last marker that something follows; 0 when there is none."""
    for at in range(len(words) - 2, -1, -1):
        for marker in _MARKERS:
            if words[at : at + len(marker)] == marker and at + len(marker) < len(words):
                return at + len(marker)
    return 0


def _without_denied(said: Said) -> Iterator[Said]:
    """What stands behind the denied word ("not Tuesday, Wednesday"), or before it ("Wednesday, not Tuesday")."""
    words = said.words
    for at, word in enumerate(words):
        if word in _NOT and at + 1 < len(words):
            if at + 2 < len(words):
                yield said.without(at, at + 2)
            if at > 0:
                yield said.without(at, len(words))
            return
    yield said
