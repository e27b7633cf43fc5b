"""Gathers the keys a caller presses into one entry, complete after a pause."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

ENTRY_PAUSE_S: Final = 1.5
"""Longer than people take from key to key, short enough to feel like an answer."""

MAX_ENTRY_KEYS: Final = 32
"""A full entry is complete at once: longer than a card number, and a bound for stuck keys."""


class Keypad:
    """The keys of one call. Belongs to the event loop's thread."""

    def __init__(self, on_entry: Callable[[str], None], *, pause_s: float = ENTRY_PAUSE_S) -> None:
        """`on_entry` is called on the event loop with the keys of each entry."""
        self._on_entry = on_entry
        self._pause_s = pause_s
        self._keys = ""
        self._timer: asyncio.TimerHandle | None = None

    def press(self, key: str) -> None:
        """Take one key and wait for the next."""
        self._keys += key
        self._stop()
        if len(self._keys) >= MAX_ENTRY_KEYS:
            self._complete()
        else:
            self._timer = asyncio.get_running_loop().call_later(self._pause_s, self._complete)

    def _complete(self) -> None:
        keys, self._keys = self._keys, ""
        self._on_entry(keys)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """Forget a half-made entry."""
        self._stop()
        self._keys = ""
