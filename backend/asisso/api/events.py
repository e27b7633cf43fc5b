"""`/events`: one organization's changes as server-sent events. Holds no database session while it streams."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from asisso.api.deps import State, Viewer, authenticated
from asisso.api.errors import errors
from asisso.api.event_shapes import snapshot
from asisso.api.schemas.base import Output
from asisso.api.schemas.events import ClosingEvent, ResumedEvent, StreamEvent
from asisso.errors import NotAuthenticated
from asisso.services.event_feed import Closing, Feed, Listener, Missed
from asisso.services.principal import Principal

router = APIRouter(prefix="/events", tags=["events"])

HEARTBEAT_EVERY_S = 15.0
SEND_TIMEOUT_S = 20.0
"""A connection that takes nothing for this long is dropped."""

WATCH_EVERY_S = 2.0

LIFETIME_S = 900.0
"""Then the client comes back by itself, perhaps to a server with less to do."""

CHECK_ACCESS_EVERY_S = 60.0
RETRY_MS = 2_000
_HEARTBEAT = b": still here\n\n"

Step = Callable[[], Awaitable[None]]


class EventStream(Response):
    """Sends a beginning, then whatever waits for a listener, until either side ends it.

    Args:
        check_access: raises NotAuthenticated when whoever listens no longer may.
    """

    media_type = "text/event-stream"

    def __init__(
        self, beginning: bytes = b"", listener: Listener | None = None, check_access: Step | None = None
    ) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._beginning = beginning
        self._listener = listener or Listener()
        self._check_access = check_access
        now = time.monotonic()
        self._ends_at = now + _jittered(LIFETIME_S)
        self._checks_at = now + _jittered(CHECK_ACCESS_EVERY_S)
        self._sent_at = now
        self._sending_since: float | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send_all(send))
        leaving = asyncio.create_task(_gone(receive))
        watching = asyncio.create_task(self._watch(sending))
        tasks = (sending, leaving, watching)
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self, sending: asyncio.Task[None]) -> None:
        """Everything that depends on time, looked at seldom: a timer for each event would cost more than the event."""
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            now = time.monotonic()
            if self._sending_since is not None:
                if now - self._sending_since > SEND_TIMEOUT_S:
                    self._listener.close(Closing.TOO_SLOW)
                    sending.cancel()
            elif now > self._ends_at:
                self._listener.close(Closing.LIFETIME)
            elif now > self._checks_at:
                self._checks_at = now + CHECK_ACCESS_EVERY_S
                await self._check()
            elif now - self._sent_at > HEARTBEAT_EVERY_S:
                self._listener.wake()

    async def _check(self) -> None:
        try:
            if self._check_access is not None:
                await self._check_access()
        except NotAuthenticated:
            self._listener.close(Closing.SIGNED_OUT)
        except (SQLAlchemyError, OSError):
            return  # looked at again in a minute

    async def _send_all(self, send: Send) -> None:
        """Send until the listener is closed or has left."""
        listener = self._listener
        with contextlib.suppress(OSError):
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await self._write(send, b"retry: %d\n\n" % _jittered(RETRY_MS) + self._beginning)
            while listener.closing is None:
                await listener.wait()
                await self._write(send, listener.take() or _HEARTBEAT)
            await self._write(send, _closing(listener.closing), is_last=True)

    async def _write(self, send: Send, wire: bytes, *, is_last: bool = False) -> None:
        self._sending_since = time.monotonic()
        await send({"type": "http.response.body", "body": wire, "more_body": not is_last})
        self._sent_at, self._sending_since = self._sending_since, None


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _jittered(value: float) -> float:
    """So that the clients of a server that was restarted don't come, and go, all at once."""
    return value * random.uniform(0.8, 1.2)  # noqa: S311


def _closing(reason: Closing) -> bytes:
    return _wire(ClosingEvent(type="closing", reason=reason), None)


def _wire(event: Output, event_id: str | None) -> bytes:
    name = getattr(event, "type", "")
    identified = f"id: {event_id}\n" if event_id else ""
    return f"{identified}event: {name}\ndata: {event.model_dump_json()}\n\n".encode()


async def _listening(
    state: State, principal: Annotated[Principal, Depends(authenticated)]
) -> AsyncIterator[tuple[Feed, Listener]]:
    async with state.events.listening(principal.organization_id, principal.id) as subscription:
        yield subscription


@router.get(
    "",
    status_code=200,
    response_class=EventStream,
    responses={
        200: {"model": StreamEvent, "description": "Events, for as long as both sides want."},
        **errors(401, 422, 429, 503),
    },
)
async def stream_events(
    request: Request,
    state: State,
    principal: Viewer,
    subscription: Annotated[tuple[Feed, Listener], Depends(_listening)],
    last_event_id: Annotated[
        str | None,
        Header(max_length=100, description="The last event's id; what came after it is sent again."),
    ] = None,
) -> EventStream:
    """Changes of telephony configurations, calls and runs as they happen: a snapshot first, then the newest state of
    each object that changes. Comes back where it broke off with `Last-Event-ID`; where that can't be done, a new
    snapshot says why. The data of each event is one `StreamEvent`."""
    feed, listener = subscription
    newest_id = feed.newest_id
    missed = feed.missed_by(last_event_id)
    if isinstance(missed, Missed):
        everything = await snapshot(state, principal.organization_id, missed)
        beginning = _wire(everything, newest_id)
    else:
        resumed = _wire(ResumedEvent(type="resumed"), last_event_id)
        beginning = resumed + b"".join(event.wire for event in missed)

    async def check_access() -> None:
        await authenticated(request)

    return EventStream(beginning, listener, check_access)
