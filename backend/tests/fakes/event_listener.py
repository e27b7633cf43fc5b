"""A client of `/events` that sees every event as it comes. httpx's in-process transport only gives whole answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.types import Message

from tests.conftest import BASE_URL, Client

TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Told:
    """One event."""

    id: str
    name: str
    data: dict[str, Any]


class EventListener:
    """One open stream.

    Attributes:
        status: of the answer.
        body: of an answer that is no stream.
    """

    def __init__(self) -> None:
        self.status = 0
        self.body = b""
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._text = ""
        self.answered = asyncio.Event()
        self.may_read = asyncio.Event()
        self.may_read.set()

    async def next(self, name: str | None = None) -> Told:
        """The next event, or the next one of that name."""
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                while "\n\n" not in self._text:
                    message = await self._messages.get()
                    self._text += message["body"].decode()
                    assert message.get("more_body") or "\n\n" in self._text, "the stream has ended"
                block, _, self._text = self._text.partition("\n\n")
                fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
                if "event" in fields and name in (None, fields["event"]):
                    return Told(fields.get("id", ""), fields["event"], json.loads(fields["data"]))

    def leave(self) -> None:
        """Close the connection."""
        self._gone.set()

    async def receive(self) -> Message:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self.status == 200:
                self.answered.set()
            return
        await self.may_read.wait()
        if self.status != 200:
            self.body += message["body"]
            self.answered.set()
        self._messages.put_nowait(message)


@asynccontextmanager
async def listening(app: FastAPI, client: Client, last_id: str | None = None) -> AsyncIterator[EventListener]:
    """Open a stream with a client's credentials; closed at the end."""
    headers = {"X-API-Key": client.headers["X-API-Key"]} if "X-API-Key" in client.headers else {}
    if last_id is not None:
        headers["Last-Event-ID"] = last_id
    request = client.build_request("GET", f"{BASE_URL}/api/v1/events", headers=headers)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/api/v1/events",
        "raw_path": b"/api/v1/events",
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 1),
        "server": ("asisso.test", 80),
    }
    listener = EventListener()
    running = asyncio.create_task(app(scope, listener.receive, listener.send))
    async with asyncio.timeout(TIMEOUT_S):
        await listener.answered.wait()
    try:
        yield listener
    finally:
        listener.leave()
        listener.may_read.set()
        await running
