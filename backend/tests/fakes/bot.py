"""A bot in plain code that speaks Twilio's media-streams protocol, and remembers what it was told."""

from __future__ import annotations

import asyncio
import base64
import http
import json
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import numpy as np
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from asisso.audio.frame import MediaFormat, Pcm

HZ = 8_000
WAIT_S = 10.0


def tone(frequency_hz: int, duration_ms: int) -> Pcm:
    """A sine wave at 8 kHz."""
    times = np.arange(duration_ms * HZ // 1000) / HZ
    return (8_000 * np.sin(2 * np.pi * frequency_hz * times)).astype(np.int16)


class PlainBot:
    """Listens on a free port of loopback; one call at a time.

    Attributes:
        received: every message of the call, parsed, in order.
        headers: of the connection.
        close_code: how the call's socket was closed; None while it is open.
    """

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.headers: dict[str, str] = {}
        self.close_code: int | None = None
        self.connections = 0
        self.refuses: http.HTTPStatus | None = None
        self._server: Server | None = None
        self._socket: ServerConnection | None = None
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._call,
            "127.0.0.1",
            0,
            process_request=self._judge,
            ping_interval=None,
            close_timeout=0.2,
        )
        return self

    def _judge(self, socket: ServerConnection, request: Request) -> Response | None:
        return socket.respond(self.refuses, "No.") if self.refuses else None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/bot"

    async def _call(self, socket: ServerConnection) -> None:
        self._socket = socket
        self.connections += 1
        self.headers = dict(socket.request.headers.raw_items()) if socket.request else {}
        try:
            async for message in socket:
                self.received.append(json.loads(message))
                await self._tell()
        except ConnectionClosed:
            pass
        self.close_code = socket.close_code
        await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # what it was told

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The messages of one kind."""
        return [message for message in self.received if message["event"] == kind]

    @property
    def marks(self) -> list[str]:
        """The names of the marks that came back, in order."""
        return [message["mark"]["name"] for message in self.events("mark")]

    @property
    def stream_sid(self) -> str:
        return str(self.events("start")[0]["streamSid"])

    async def until(self, condition: Callable[[], bool], timeout_s: float = WAIT_S) -> None:
        """Wait until it is so."""
        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(condition)

    async def started(self) -> None:
        """Wait for the call."""
        await self.until(lambda: bool(self.events("start")))

    # what it says

    async def send(self, message: object) -> None:
        """Send any message, text as it is."""
        assert self._socket is not None
        await self._socket.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def say(self, pcm: Pcm, chunk_ms: int = 20) -> None:
        """Send a sound as fast as it goes."""
        step = chunk_ms * HZ // 1000
        for start in range(0, len(pcm), step):
            payload = base64.b64encode(MediaFormat.ULAW.encode(pcm[start : start + step])).decode()
            await self.send({"event": "media", "streamSid": self.stream_sid, "media": {"payload": payload}})

    async def mark(self, name: str) -> None:
        """Ask to be told when everything so far has been heard."""
        await self.send({"event": "mark", "streamSid": self.stream_sid, "mark": {"name": name}})

    async def clear(self) -> None:
        """Take back what was not heard yet."""
        await self.send({"event": "clear", "streamSid": self.stream_sid})

    async def hang_up(self, code: int = 1000) -> None:
        """Close the socket."""
        assert self._socket is not None
        await self._socket.close(code)

    def vanish(self) -> None:
        """Drop the connection as a killed process does."""
        assert self._socket is not None
        self._socket.transport.abort()

    def hang(self) -> None:
        """Read and answer nothing any more, as a stopped process does."""
        assert self._socket is not None
        self._socket.transport.pause_reading()
