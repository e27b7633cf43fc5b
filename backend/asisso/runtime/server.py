"""The HTTP server, stopped in the order calls need: first the calls, then the sockets.

Left to itself, uvicorn closes every WebSocket the moment a signal comes, and with them the audio of every call.
"""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import Awaitable, Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from asisso.api.direct_websocket import DirectWebSocketProtocol

GRACEFUL_SHUTDOWN_S = 5
"""After draining, how long open HTTP requests may take to end."""

MAX_WEBSOCKET_MESSAGE_BYTES = 64 * 1024
"""Asterisk's largest frame, slin192, has 7,680 bytes."""


def server_config(application: FastAPI, host: str, port: int) -> uvicorn.Config:
    """How the product is served."""
    return uvicorn.Config(
        application,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        lifespan="on",
        ws=DirectWebSocketProtocol,
        ws_per_message_deflate=False,
        ws_max_size=MAX_WEBSOCKET_MESSAGE_BYTES,
        # Asterisk before 22.9 hangs a media channel up when it is pinged.
        ws_ping_interval=None,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_S,
    )


def _spare_the_collector() -> None:
    """What is there by now stays to the end; looking through it again and again would hold up every call's sound."""
    gc.collect()
    gc.freeze()


class DrainingServer(uvicorn.Server):
    """A uvicorn server whose first signal drains and whose second one stops at once.

    Args:
        announce: called once the server can be reached.
        drain: takes no new calls and returns when the live ones have ended, within a limit of its own.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        announce: Callable[[], Awaitable[None]],
        drain: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(config)
        self._announce = announce
        self._drain = drain
        self._draining: asyncio.Task[None] | None = None
        self._is_signaled = False
        self._loop: asyncio.AbstractEventLoop | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            _spare_the_collector()
            await self._announce()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._is_signaled or self._loop is None or not self.started:
            super().handle_exit(sig, frame)
            return
        self._is_signaled = True
        self._loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        self._draining = asyncio.create_task(self._drain_then_exit())

    async def _drain_then_exit(self) -> None:
        try:
            await self._drain()
        finally:
            self.should_exit = True
