"""The events of one organization: a ring of the newest ones, and who listens. Pure but for the listeners' wake-up.

An event says how an object is now, so of several about one object only the newest counts: a listener that reads slowly
gets fewer events, never old ones. Each event is put into the wire's form once, however many listen.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

MAX_KEPT = 1_000
"""Events a listener that comes back can be given; who missed more gets a snapshot."""

MAX_PENDING = 1_000
"""Different objects a listener may be behind with before it is closed."""


class Closing(StrEnum):
    """Why a stream ends. The first two are no fault of the listener; it may come back at once."""

    LIFETIME = "lifetime"
    DRAINING = "draining"
    TOO_SLOW = "too_slow"
    SIGNED_OUT = "signed_out"


class Missed(StrEnum):
    """Why a listener is given a snapshot."""

    FIRST = "first"
    TOO_OLD = "too_old"
    OTHER_PROCESS = "other_process"


@dataclass(frozen=True, slots=True)
class Event:
    """One object as it is now.

    Attributes:
        key: what it is about; the newest event of a key takes the place of the earlier ones.
        wire: the whole event as server-sent events write it.
    """

    position: int
    key: tuple[str, str]
    wire: bytes


class Listener:
    """One stream. Events wait here until the stream has room for them."""

    def __init__(self) -> None:
        self._pending: dict[tuple[str, str], Event] = {}
        self._wake = asyncio.Event()
        self.closing: Closing | None = None

    def offer(self, event: Event) -> None:
        """Take an event; a listener that is too far behind is closed instead."""
        # Taken out first, so that positions stay in order.
        self._pending.pop(event.key, None)
        if len(self._pending) >= MAX_PENDING:
            self.close(Closing.TOO_SLOW)
            return
        self._pending[event.key] = event
        self._wake.set()

    def take(self) -> bytes:
        """Everything that waits, ready to be sent."""
        self._wake.clear()
        events = list(self._pending.values())
        self._pending.clear()
        # Nearly always it is one, and its bytes need not be copied for each listener.
        return events[0].wire if len(events) == 1 else b"".join(event.wire for event in events)

    def wake(self) -> None:
        """Have `wait` return with nothing to take."""
        self._wake.set()

    async def wait(self) -> None:
        """Wait until there is something to take, or the listener was closed."""
        await self._wake.wait()

    def close(self, reason: Closing) -> None:
        """End the stream; the first reason counts."""
        self.closing = self.closing or reason
        self._pending.clear()
        self._wake.set()


class Feed:
    """What happens in one organization. Its ids mean something to this feed only."""

    def __init__(self) -> None:
        self._token = secrets.token_hex(4)
        self._position = 0
        self._ring: deque[Event] = deque(maxlen=MAX_KEPT)
        self.listeners: set[Listener] = set()

    @property
    def newest_id(self) -> str:
        """The id a stream that knows everything until now would have seen last."""
        return f"{self._token}-{self._position}"

    def publish(self, kind: str, object_id: str, data: bytes) -> None:
        """Tell everybody how an object is now.

        Args:
            data: JSON on one line.
        """
        self._position += 1
        wire = b"id: %s\nevent: %s\ndata: %s\n\n" % (self.newest_id.encode(), kind.encode(), data)
        event = Event(self._position, (kind, object_id), wire)
        self._ring.append(event)
        for listener in self.listeners:
            listener.offer(event)

    def missed_by(self, last_id: str | None) -> Missed | list[Event]:
        """What somebody who has seen `last_id` has missed, the newest of each object; or why that is not known."""
        if last_id is None:
            return Missed.FIRST
        token, _, number = last_id.partition("-")
        if (
            token != self._token
            or not (number.isascii() and number.isdecimal())
            or int(number) > self._position
        ):
            return Missed.OTHER_PROCESS
        seen = int(number)
        if self._ring and seen < self._ring[0].position - 1:
            return Missed.TOO_OLD
        newest: dict[tuple[str, str], Event] = {}
        for event in self._ring:
            if event.position > seen:
                newest.pop(event.key, None)
                newest[event.key] = event
        return list(newest.values())
