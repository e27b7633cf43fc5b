"""The two servers of the fan-out bench: the product's feed and stream, and a bare endpoint. python -m ... KIND PORT

Both have `/events`, and `/go`, which has them send; authentication and the database are left out of both, the product's
middleware is not.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from asisso.api.events import EventStream
from asisso.api.headers import SecurityHeaders
from asisso.api.requests import Requests
from asisso.services.event_feed import Feed, Listener

from .sse_fan_out import EVENTS, EVERY_S

PADDING = "x" * 900
"""An event is about as large as that of a run."""

_tasks: set[asyncio.Task[None]] = set()


def _data() -> str:
    return json.dumps({"type": "run", "sent_at": time.monotonic(), "run": PADDING}, separators=(",", ":"))


def _start(work: asyncio.Task[None]) -> Response:
    _tasks.add(work)
    work.add_done_callback(_tasks.discard)
    return Response()


def product() -> Starlette:
    """The product's feed, listeners and stream behind its middleware."""
    feed = Feed()

    class Listening:
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            listener = Listener()
            feed.listeners.add(listener)
            try:
                await EventStream(b"", listener)(scope, receive, send)
            finally:
                feed.listeners.discard(listener)

    async def publish() -> None:
        for number in range(EVENTS):
            feed.publish("run", str(number), _data().encode())
            await asyncio.sleep(EVERY_S)

    async def go(_request: Request) -> Response:
        return _start(asyncio.create_task(publish()))

    return Starlette(
        routes=[Route("/events", Listening()), Route("/go", go)],
        middleware=[Middleware(Requests), Middleware(SecurityHeaders)],
    )


def bare() -> Starlette:
    """A queue and a StreamingResponse for each listener."""
    queues: set[asyncio.Queue[bytes]] = set()

    async def listen(_request: Request) -> Response:
        queue: asyncio.Queue[bytes] = asyncio.Queue(100)
        queues.add(queue)

        async def stream() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield await queue.get()
            finally:
                queues.discard(queue)

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def publish() -> None:
        for number in range(EVENTS):
            wire = f"id: 12345678-{number}\nevent: run\ndata: {_data()}\n\n".encode()
            for queue in queues:
                queue.put_nowait(wire)
            await asyncio.sleep(EVERY_S)

    async def go(_request: Request) -> Response:
        return _start(asyncio.create_task(publish()))

    return Starlette(routes=[Route("/events", listen), Route("/go", go)])


if __name__ == "__main__":
    application = {"product": product, "bare": bare}[sys.argv[1]]()
    uvicorn.run(application, host="127.0.0.1", port=int(sys.argv[2]), log_level="error", lifespan="off")
