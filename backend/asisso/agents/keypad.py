"""Gathers the keys a caller presses into one entry. Pure: keys and times in, entries out."""

from __future__ import annotations

from typing import Final

MAX_ENTRY_KEYS: Final = 32
"""A full entry is complete at once: longer than a card number, and a bound for stuck keys."""


class Keypad:
    """The keys of one call: an entry is complete at the terminator, after a pause, or when it is full.

    Attributes:
        longest: how many keys an entry can have at the moment.
    """

    def __init__(self, *, pause_ms: int, terminator: str) -> None:
        self._pause_ms = pause_ms
        self._terminator = terminator
        self.longest = MAX_ENTRY_KEYS
        self._keys = ""
        self._due_ms = 0

    @property
    def is_empty(self) -> bool:
        """Whether no entry has been begun."""
        return not self._keys

    def press(self, key: str, at_ms: int) -> str | None:
        """Take one key; the entry it completes. A terminator with nothing before it is an entry of its own."""
        if key == self._terminator:
            return self._complete() or key
        self._keys += key
        self._due_ms = at_ms + self._pause_ms
        return self._complete() if len(self._keys) >= self.longest else None

    def look(self, at_ms: int) -> str | None:
        """The entry that is complete because time has passed."""
        return self._complete() if self._keys and at_ms >= self._due_ms else None

    def _complete(self) -> str:
        keys, self._keys = self._keys, ""
        return keys
