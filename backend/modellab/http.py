"""HTTP/1.1 as far as model servers need it: one request at a time, bodies of known length, answers in chunks.

Written out by hand because a fault must be able to happen at any byte.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from modellab.faults import Fault

MAX_BODY_BYTES = 20_000_000
_GARBAGE = b'data: {"choices": [{"delta": nonsense\n\n'


class Cut(Exception):
    """This connection is to be cut now."""


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        headers: names in small letters.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body, if it is a JSON object."""
        told: dict[str, Any] = json.loads(self.body)
        return told

    @property
    def form(self) -> dict[str, bytes]:
        """The parts of a multipart form by name."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + self.body)
        return {
            str(part.get_param("name", header="content-disposition")): _payload(part)
            for part in message.iter_parts()
        }


def _payload(part: Any) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


async def read_request(reader: asyncio.StreamReader) -> Request:
    """The next request of a connection.

    Raises:
        asyncio.IncompleteReadError: there is none.
    """
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    length = int(headers.get("content-length", "0"))
    if length > MAX_BODY_BYTES:
        raise Cut
    body = await reader.readexactly(length)
    return Request(method, path, headers, body)


class Answer:
    """The answer to one request, with what goes wrong in it."""

    def __init__(self, writer: asyncio.StreamWriter, fault: Fault) -> None:
        self._writer = writer
        self._fault = fault
        self._pieces = 0

    async def whole(self, status: int, document: Any, headers: Mapping[str, str] | None = None) -> None:
        """Answer with one JSON document."""
        body = json.dumps(document).encode()
        fields = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
        self._head(status, fields)
        self._writer.write(body)
        await self._writer.drain()

    async def begin(self, content_type: str) -> None:
        """Begin an answer in pieces."""
        self._head(200, {"Content-Type": content_type, "Transfer-Encoding": "chunked"})
        await self._writer.drain()

    async def piece(self, data: bytes) -> None:
        """Send the next piece, or fail.

        Raises:
            Cut: the fault has come.
        """
        await self.may_fail()
        self._pieces += 1
        await self._chunk(data)

    async def may_fail(self) -> None:
        """Where a fault happens, if it is due."""
        if self._pieces == 0:
            await asyncio.sleep(self._fault.waits_s)
        if self._fault.after is None or self._pieces < self._fault.after:
            return
        if self._fault.then == "stall":
            await asyncio.Event().wait()
        if self._fault.then == "garble":
            await self._chunk(_GARBAGE)
        raise Cut

    async def end(self) -> None:
        """The answer is complete."""
        await self.may_fail()
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()

    async def _chunk(self, data: bytes) -> None:
        self._writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await self._writer.drain()

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in headers.items())]
        self._writer.write("\r\n".join([*lines, "", ""]).encode())
