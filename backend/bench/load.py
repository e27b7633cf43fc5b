"""A client whose own cost is small beside the server's: raw HTTP/1.1 over connections that stay open."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Request:
    """What is sent; `body` is asked anew for each."""

    method: str
    path: str
    body: Callable[[], Any] | None = None


@dataclass(frozen=True)
class Load:
    """How it went: seconds for each answer, and for all of them together."""

    latencies_s: Sequence[float]
    elapsed_s: float

    @property
    def per_second(self) -> float:
        return len(self.latencies_s) / self.elapsed_s


class Client:
    """Several connections to one server, opened anew for each load."""

    def __init__(self, url: str, api_key: str, connections: int) -> None:
        self._address = urlsplit(url)
        self._headers = f"Host: {self._address.netloc}\r\nX-API-Key: {api_key}\r\n"
        self._connections = connections

    async def send(self, request: Request, times: int) -> Load:
        """Send a request that often, each connection one after the other.

        Raises:
            AssertionError: an answer was no success.
        """
        latencies: list[float] = []
        left = iter(range(times))

        async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for _ in left:
                message = self._message(request)
                began = time.perf_counter()
                writer.write(message)
                status, body = await _answer(reader)
                latencies.append(time.perf_counter() - began)
                assert status in (200, 201), f"{request.method} {request.path}: {status} {body!r}"

        address = self._address.hostname, self._address.port
        opened = [await asyncio.open_connection(*address) for _ in range(self._connections)]
        began = time.perf_counter()
        await asyncio.gather(*(work(*connection) for connection in opened))
        elapsed_s = time.perf_counter() - began
        for _, writer in opened:
            writer.close()
        return Load(latencies, elapsed_s)

    def _message(self, request: Request) -> bytes:
        body = b"" if request.body is None else json.dumps(request.body()).encode()
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        return f"{request.method} {request.path} HTTP/1.1\r\n{self._headers}{kind}\r\n".encode() + body


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    length = next(
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    )
    return status, await reader.readexactly(length)
