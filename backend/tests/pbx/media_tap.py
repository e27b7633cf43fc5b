"""A WebSocket server between Asterisk and the product: passes a call's audio on, or does what tests want to see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from http import HTTPStatus
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from bench.product import Product

MEDIA = Subprotocol("media")
MEDIA_PATH = "/api/v1/telephony/ws/ari"


class Does(Enum):
    """What becomes of a new connection of Asterisk's."""

    PASS = auto()
    """It is passed on to the product."""
    REFUSE = auto()
    """It is answered with 503."""
    HOLD = auto()
    """Its upgrade is not answered until `let_go`."""
    KEEP = auto()
    """It is accepted and never passed on; what it says is in `introductions`."""


def media_url(product: Product) -> str:
    """Where Asterisk brings a call's audio."""
    return product.url.replace("http", "ws") + MEDIA_PATH


class MediaTap:
    """Stands where the product's media address should be.

    Attributes:
        does: applies to connections from now on.
        introductions: the MEDIA_START messages of connections that were kept.
        held: set while a connection waits for `let_go`.
    """

    def __init__(self, product: Product) -> None:
        self.does = Does.PASS
        self.introductions: asyncio.Queue[str] = asyncio.Queue()
        self.held = asyncio.Event()
        self._product_url = media_url(product)
        self._may_go = asyncio.Event()
        self._connections: set[ServerConnection] = set()
        self._server: Server

    def stand_between(self, files: dict[str, str]) -> dict[str, str]:
        """The files generated for Asterisk, with the tap in the product's place."""
        port = next(iter(self._server.sockets)).getsockname()[1]
        product = urlsplit(self._product_url).netloc
        name = "websocket_client.conf"
        return files | {name: files[name].replace(product, f"127.0.0.1:{port}")}

    @asynccontextmanager
    async def doing(self, does: Does) -> AsyncIterator[None]:
        """Do something else for a while."""
        self.does, before = does, self.does
        try:
            yield
        finally:
            self.does = before
            self.let_go()

    def let_go(self) -> None:
        """Answer the upgrades that were held, as if nothing had been."""
        self._may_go.set()
        self._may_go = asyncio.Event()
        self.held.clear()

    def cut(self) -> None:
        """Reset every connection of Asterisk's, as a broken network does."""
        for connection in self._connections:
            connection.transport.abort()

    async def __aenter__(self) -> MediaTap:
        self._server = await serve(
            self._take,
            "127.0.0.1",
            0,
            process_request=self._process_request,
            subprotocols=[MEDIA],
            compression=None,
            ping_interval=None,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self.let_go()
        self.cut()
        self._server.close()
        await self._server.wait_closed()

    async def _process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.does is Does.HOLD:
            may_go = self._may_go
            self.held.set()
            await may_go.wait()
        if self.does is Does.REFUSE:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "")
        return None

    async def _take(self, asterisk: ServerConnection) -> None:
        self._connections.add(asterisk)
        try:
            with suppress(ConnectionClosed):
                if self.does is Does.KEEP:
                    self.introductions.put_nowait(str(await asterisk.recv()))
                    await asterisk.wait_closed()
                else:
                    await self._pass_on(asterisk)
        finally:
            self._connections.discard(asterisk)

    async def _pass_on(self, asterisk: ServerConnection) -> None:
        assert asterisk.request is not None
        credentials = {"Authorization": asterisk.request.headers["Authorization"]}
        async with connect(
            self._product_url,
            subprotocols=[MEDIA],
            additional_headers=credentials,
            compression=None,
            ping_interval=None,
            proxy=None,
        ) as product:
            ways = {
                asyncio.create_task(_copy(asterisk, product)),
                asyncio.create_task(_copy(product, asterisk)),
            }
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            await asterisk.close()
            for way in ways:
                way.cancel()


async def _copy(source: Connection, target: Connection) -> None:
    with suppress(ConnectionClosed):
        async for message in source:
            await target.send(message)
