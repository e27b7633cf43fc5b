"""From changes to events: reads what was changed, once for everybody who listens, and hands it to the feeds.

Changes are gathered for a moment, so that a burst costs one reading. An organization nobody listens to costs nothing:
its feed is given up a while after the last listener has left.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from asisso.clock import Clock
from asisso.db.changes import Change, Changes
from asisso.errors import TooManyRequests, Unavailable
from asisso.metrics import EVENT_LISTENERS, EVENT_LISTENERS_CLOSED, EVENTS_PUBLISHED
from asisso.services.event_feed import Closing, Feed, Listener

log = structlog.get_logger(__name__)

GATHER_S = 0.1
REREAD_EVERY_S = 5.0
"""How late a change nobody told of may be seen: one made by another server, or at the command line."""

LINGER_S = 120.0
MAX_WAITING = 10_000
MAX_LISTENERS_PER_HOLDER = 25
MAX_LISTENERS_PER_ORGANIZATION = 1_000
RETRY_AFTER_S = 10


@dataclass(frozen=True, slots=True)
class Shown:
    """An object as listeners are told of it; `data` is JSON on one line."""

    organization_id: str
    kind: str
    id: str
    data: bytes


Show = Callable[[Sequence[Change]], Awaitable[list[Shown]]]
"""Reads what was changed; what listeners are not told of is left out."""

Reread = Callable[[Sequence[str]], Awaitable[list[Change]]]
"""Looks at the rows of these organizations: what is not as it was at the last look."""


class EventHub:
    """The feeds of all organizations with listeners."""

    def __init__(self, changes: Changes, clock: Clock, *, show: Show, reread: Reread) -> None:
        self._changes = changes
        self._clock = clock
        self._show = show
        self._reread = reread
        self._feeds: dict[str, Feed] = {}
        self._left_at: dict[str, float] = {}
        self._holders: dict[tuple[str, str], int] = {}
        self._waiting: dict[tuple[str, str], Change] = {}
        self._wake = asyncio.Event()
        self._is_closed = False

    @property
    def waiting(self) -> int:
        """Changes that have not been read yet."""
        return len(self._waiting)

    @contextlib.asynccontextmanager
    async def listening(self, organization_id: str, holder: str) -> AsyncIterator[tuple[Feed, Listener]]:
        """A listener of the organization's feed, for as long as the context is open.

        Args:
            holder: whom the listener is counted to.

        Raises:
            TooManyRequests: the holder, or the organization, has too many already.
            Unavailable: the server is being stopped.
        """
        self._admit(organization_id, holder)
        feed, listener, key = self._feed(organization_id), Listener(), (organization_id, holder)
        feed.listeners.add(listener)
        self._holders[key] = self._holders.get(key, 0) + 1
        EVENT_LISTENERS.inc()
        try:
            yield feed, listener
        finally:
            feed.listeners.discard(listener)
            self._holders[key] -= 1
            if not self._holders[key]:
                del self._holders[key]
            if not feed.listeners:
                self._left_at[organization_id] = self._clock.monotonic_s()
            EVENT_LISTENERS.dec()
            EVENT_LISTENERS_CLOSED.labels(listener.closing or "left").inc()

    def _admit(self, organization_id: str, holder: str) -> None:
        if self._is_closed:
            raise Unavailable(
                "The server is being stopped; connect to another one, or in a moment.", code="draining"
            )
        feed = self._feeds.get(organization_id)
        is_full = feed is not None and len(feed.listeners) >= MAX_LISTENERS_PER_ORGANIZATION
        if is_full or self._holders.get((organization_id, holder), 0) >= MAX_LISTENERS_PER_HOLDER:
            raise TooManyRequests(
                "Too many event streams are open. Close some, or share one stream among your programs.",
                code="too_many_listeners",
                retry_after_s=RETRY_AFTER_S,
            )

    def _feed(self, organization_id: str) -> Feed:
        self._left_at.pop(organization_id, None)
        return self._feeds.setdefault(organization_id, Feed())

    def close(self, reason: Closing) -> None:
        """End every stream and take no further one."""
        self._is_closed = True
        for feed in self._feeds.values():
            for listener in feed.listeners:
                listener.close(reason)

    # changes

    def hear(self, changes: Iterable[Change]) -> None:
        """Note what was changed; read a moment later."""
        if not self._feeds:
            return
        for change in changes:
            is_watched = change.organization_id is None or change.organization_id in self._feeds
            if is_watched and len(self._waiting) < MAX_WAITING:
                self._waiting[(change.table, change.id)] = change
                self._wake.set()

    async def run(self) -> None:
        """Read and publish until cancelled."""
        forget = self._changes.listen(self.hear)
        rereading = asyncio.create_task(self._keep_rereading())
        try:
            while True:
                await self._wake.wait()
                await asyncio.sleep(GATHER_S)
                self._wake.clear()
                await self._publish()
        finally:
            rereading.cancel()
            forget()

    async def _publish(self) -> None:
        changes, self._waiting = list(self._waiting.values()), {}
        try:
            shown = await self._show(changes)
        except (SQLAlchemyError, OSError) as error:
            # The next reading of the rows finds them.
            log.warning("changes could not be read", changes=len(changes), error=type(error).__name__)
            return
        except Exception:
            log.exception("changes could not be shown")
            return
        for one in shown:
            feed = self._feeds.get(one.organization_id)
            if feed is not None:
                EVENTS_PUBLISHED.inc()
                feed.publish(one.kind, one.id, one.data)

    async def _keep_rereading(self) -> None:
        while True:
            await asyncio.sleep(REREAD_EVERY_S)
            self._forget_left()
            try:
                await self.look()
            except (SQLAlchemyError, OSError) as error:
                log.warning("rows could not be read again", error=type(error).__name__)
            except Exception:
                log.exception("rows could not be read again")

    async def look(self) -> None:
        """Read the rows of every organization with listeners: a change nobody told of is noticed at the second look.

        Raises:
            SQLAlchemyError, OSError: the database did not answer.
        """
        if self._feeds:
            self.hear(await self._reread(list(self._feeds)))

    def _forget_left(self) -> None:
        now = self._clock.monotonic_s()
        for organization_id, left_at in list(self._left_at.items()):
            if now - left_at > LINGER_S:
                del self._left_at[organization_id]
                self._feeds.pop(organization_id, None)
