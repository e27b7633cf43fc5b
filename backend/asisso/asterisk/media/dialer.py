"""Media by dialling Asterisk: for a PBX that can't reach us, or whose administrator adds no websocket_client.conf.

chan_websocket waits about 30 s at `/media/<connection id>`; the id is the only secret (Asterisk's `INCOMING` mode).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException

from asisso.outbound_addresses import AddressPolicy
from asisso.outbound_websocket import connect_websocket

from .protocol import MAX_MESSAGE_BYTES, MediaEvent, MediaProtocol, MediaStart

OPEN_TIMEOUT_S = 3.0
MAX_UNSENT_MESSAGES = 500


class MediaUnreachable(Exception):
    """Asterisk's media address can't be connected to."""


@dataclass(frozen=True, slots=True)
class MediaReceiver:
    """Where a dialled socket's messages go; none of the three may wait."""

    on_start: Callable[[DialedMedia], None]
    on_audio: Callable[[bytes], None]
    on_event: Callable[[MediaEvent], None]


class DialedMedia:
    """One media socket that we opened."""

    def __init__(self, url: str, receiver: MediaReceiver, policy: AddressPolicy) -> None:
        self.protocol = MediaProtocol()
        self._url = url
        self._policy = policy
        self._receiver = receiver
        self._unsent: deque[str | bytes] = deque()
        self._wake = asyncio.Event()
        self._close_code: int | None = None

    def write(self, message: str | bytes) -> None:
        """Queue a message; a peer that does not read is closed."""
        if self._close_code is None:
            self._unsent.append(message)
            if len(self._unsent) > MAX_UNSENT_MESSAGES:
                self.close(1013)
            self._wake.set()

    def close(self, code: int) -> None:
        """Begin closing with a WebSocket status code."""
        if self._close_code is None:
            self._close_code = code
            self._wake.set()

    async def run(self) -> int:
        """Connect and carry the media until either side closes; gives the close code.

        Raises:
            MediaUnreachable: there was no connection.
        """
        try:
            socket = await connect_websocket(
                self._url,
                self._policy,
                open_timeout=OPEN_TIMEOUT_S,
                # Asterisk before 22.9 hangs a media channel up when it is pinged.
                ping_interval=None,
                max_size=MAX_MESSAGE_BYTES + 1,
            )
        except (OSError, WebSocketException) as error:
            raise MediaUnreachable(str(error)) from None
        writer = asyncio.create_task(self._write(socket))
        try:
            await self._read(socket)
        except ConnectionClosed:
            pass
        finally:
            writer.cancel()
            await socket.close(self._close_code or 1000)
        return socket.close_code or 1006

    async def _read(self, socket: ClientConnection) -> None:
        receiver = self._receiver
        async for message in socket:
            if isinstance(message, bytes):
                receiver.on_audio(message)
                continue
            event = self.protocol.receive_text(message)
            if isinstance(event, MediaStart):
                receiver.on_start(self)
            else:
                receiver.on_event(event)

    async def _write(self, socket: ClientConnection) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._unsent:
                    await socket.send(self._unsent.popleft())
                if self._close_code is not None:
                    await socket.close(self._close_code)
                    return
        except ConnectionClosed:
            return
