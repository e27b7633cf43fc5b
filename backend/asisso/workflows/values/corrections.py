"""What somebody means who corrects himself: "Tuesday, no, Wednesday"; "not Tuesday, Wednesday". Pure; English."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from asisso.workflows.values.found import Found
from asisso.workflows.words import Said, phrases_in

Read = Callable[[Said], Found | None]

_MARKERS: Final = phrases_in(
    """
    no i said, no i meant, no it's, no it is, no that's, no wait, no sorry, no actually, sorry i meant, sorry i mean,
    i meant, i mean, i said, wait no, oh no, no make it, no make that, make that, make it, scratch that, correction,
    sorry, or rather, rather, actually, wait, no
    """
)
_DENIALS: Final = phrases_in(
    """
    no, nope, no no, no i said, no i meant, no it's, no it is, no that's, no wait, no sorry, no actually,
    no make it, no make that, no i said it's, that's wrong, that's wrong it's, that's not right, that's not right it's,
    wrong, not quite
    """
)
_NO_DENIAL_BEHIND: Final = frozenset({"why", "if", "or"})
_DENIED_WORDS: Final = 3
_DENIED_ROW: Final = 20


def read_corrected(said: Said, read: Read, *, is_row: bool = False, is_open: bool = False) -> Found | None:
    """Read what comes behind the last correction; when there is nothing, all of it.

    Args:
        said: the words.
        read: finds a value in words.
        is_row: it reads digits, which run into each other: "not four two, four three".
        is_open: it reads words of any kind, so that only their number tells where the denied ones end.
    """
    start = _behind_last_marker(said.words)
    parts = [said.without(0, start), said] if start else [said]
    for part in parts:
        found = _read_undenied(part, read, is_row=is_row, is_open=is_open)
        if found is not None:
            return found
    return None


def after_denial(said: Said) -> Said | None:
    """What follows a "no" at the beginning: "no, I said fifteen", "that's wrong, it is fifteen"; None without one."""
    end = max((len(d) for d in _DENIALS if said.words[: len(d)] == d), default=0)
    return Said(said.written[end:]) if 0 < end < len(said) else None


def has_denial(said: Said) -> bool:
    """Whether something is said not to be so: "not Tuesday, Wednesday"."""
    return _denial(said.words) is not None


def _behind_last_marker(words: tuple[str, ...]) -> int:
    """The place behind the last marker that something follows; 0 when there is none."""
    for at in range(len(words) - 2, -1, -1):
        for marker in _MARKERS:
            end = at + len(marker)
            if words[at:end] == marker and end < len(words) and words[at : at + 2] != ("no", "one"):
                return end
    return 0


def _read_undenied(said: Said, read: Read, *, is_row: bool, is_open: bool) -> Found | None:
    at = _denial(said.words)
    if at is None:
        return read(said)
    before = said.without(at, len(said))
    if is_open:
        candidates = [*_behind_open(said, at), before]
    elif is_row:
        candidates = [before, *_behind_row(said, at, read)]
    else:
        denied = read(said.without(0, at + 1))
        candidates = [*([said.without(0, denied.end)] if denied else []), before]
    return next((found for found in map(read, candidates) if found is not None), None)


def _denial(words: tuple[str, ...]) -> int | None:
    for at, word in enumerate(words[:-1]):
        if word == "not" and (at == 0 or words[at - 1] not in _NO_DENIAL_BEHIND):
            return at
    return None


def _behind_open(said: Said, at: int) -> Iterator[Said]:
    """Leave out one word behind the "not", then more."""
    for count in range(1, _DENIED_WORDS + 1):
        if at + 1 + count < len(said):
            yield said.without(0, at + 1 + count)


def _behind_row(said: Said, at: int, read: Read) -> Iterator[Said]:
    """Denied digits run into the right ones, which are as many: leave out the first half."""
    for middle in range(at + 2, min(at + 2 + _DENIED_ROW, len(said))):
        denied = read(said.without(0, at + 1).without(middle, len(said)))
        right = read(said.without(0, middle))
        if denied and right and len(str(denied.value)) == len(str(right.value)):
            yield said.without(0, middle)
            return
