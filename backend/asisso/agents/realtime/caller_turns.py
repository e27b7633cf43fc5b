"""When the caller's turns were, on the line's clock, until their words come. Pure."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Final

MAX_WITHOUT_WORDS: Final = 32


@dataclass(frozen=True, slots=True)
class Spoken:
    """One turn: its first and last speech, and when it was taken for over."""

    started_ms: int
    ended_ms: int
    decided_ms: int


class CallerTurns:
    """Those of one session. The server counts the sound it was sent; our own rules go by the line's clock already."""

    def __init__(self) -> None:
        self._since_ms: int | None = None
        self._began: tuple[str, int] = ("", 0)
        self._named: OrderedDict[str, Spoken] = OrderedDict()
        self._own: deque[Spoken] = deque(maxlen=MAX_WITHOUT_WORDS)

    def hears(self, now_ms: int) -> None:
        """The server is sent sound; the first of it begins its count."""
        if self._since_ms is None:
            self._since_ms = now_ms

    def began(self, item_id: str, at_ms: int) -> None:
        """The server heard the beginning of a turn."""
        self._began = (item_id, (self._since_ms or 0) + at_ms)

    def paused(self, item_id: str, at_ms: int, now_ms: int) -> Spoken:
        """The server takes a turn for over."""
        ended_ms = (self._since_ms or 0) + at_ms
        started_ms = self._began[1] if self._began[0] == item_id else ended_ms
        spoken = self._named[item_id] = Spoken(started_ms, ended_ms, now_ms)
        if len(self._named) > MAX_WITHOUT_WORDS:
            self._named.popitem(last=False)
        return spoken

    def spoke(self, spoken: Spoken) -> None:
        """Our own rules take a turn for over; the server will name it later."""
        self._own.append(spoken)

    def of(self, item_id: str, now_ms: int) -> Spoken:
        """The turn whose words have come."""
        if item_id in self._named:
            return self._named.pop(item_id)
        return self._own.popleft() if self._own else Spoken(now_ms, now_ms, now_ms)
