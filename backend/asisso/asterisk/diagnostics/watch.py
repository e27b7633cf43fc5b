"""The events of probes, by channel, through an event stream and a Stasis application of their own.

Thus a probe neither takes the real application away from anybody nor waits for the reader of its events.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from ..ari.errors import AriError
from ..ari.events import ApplicationReplaced, AriEvent, ChannelDestroyed, ChannelEvent, OtherEvent
from ..ari.rest import AriAddress
from ..ari.stream import EventStream, open_stream

T = TypeVar("T")

MAX_EVENTS = 200
"""Of one channel; a probe's has a few dozen at the most."""


class Watch:
    """Hands each watched channel's events to whoever waits for them."""

    def __init__(self, app: str) -> None:
        self.app = app
        self._queues: dict[str, asyncio.Queue[ChannelEvent]] = {}

    def channel(self, channel_id: str) -> None:
        """Keep this channel's events from now on; called before it is made."""
        self._queues[channel_id] = asyncio.Queue(MAX_EVENTS)

    async def until(
        self, channel_id: str, choose: Callable[[ChannelEvent], T | None], timeout_s: float
    ) -> T | None:
        """The first thing chosen from the channel's events; None when the time is over."""
        queue = self._queues[channel_id]
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    chosen = choose(await queue.get())
                    if chosen is not None:
                        return chosen
        except TimeoutError:
            return None

    async def gone(self, channel_id: str, timeout_s: float) -> None:
        """Wait until the channel is destroyed."""
        await self.until(
            channel_id, lambda event: True if isinstance(event, ChannelDestroyed) else None, timeout_s
        )

    def take(self, event: AriEvent) -> None:
        """One event of the stream; others' channels and a full queue's are dropped."""
        if isinstance(event, ApplicationReplaced | OtherEvent):
            return
        queue = self._queues.get(event.channel.id)
        if queue is not None and not queue.full():
            queue.put_nowait(event)


@asynccontextmanager
async def watching(address: AriAddress, app: str) -> AsyncIterator[Watch]:
    """Register `app` for as long as the context is open.

    Raises:
        AriError: the event stream could not be opened.
    """
    watch = Watch(app)
    async with open_stream(address, app) as stream:
        reading = asyncio.create_task(_read(stream, watch))
        try:
            yield watch
        finally:
            reading.cancel()
            await asyncio.wait([reading])


async def _read(stream: EventStream, watch: Watch) -> None:
    try:
        async for event in stream:
            watch.take(event)
    except AriError:
        return  # whoever waits for an event runs into its time limit
