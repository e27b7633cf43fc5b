"""A TCP connection with somebody in between who can break it: passes bytes on as they come, resets on demand.

Owns its server and both halves of every connection. Must not know what the bytes say; the first ones of each
connection are kept, so that its user can tell connections apart.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from types import TracebackType
from typing import Self, cast

HEAD_BYTES = 256
_LINGER_OF_ZERO = struct.pack("ii", 1, 0)


class ProxiedConnection:
    """One connection through the proxy.

    Attributes:
        head: what the client sent first, at most `HEAD_BYTES`.
        is_open: neither broken by us nor closed by one of its ends.
    """

    def __init__(self) -> None:
        self.head = b""
        self.is_open = True
        self._halves: list[asyncio.Transport] = []

    def add(self, half: asyncio.Transport) -> None:
        """Another end is connected."""
        self._halves.append(half)
        if not self.is_open:
            half.abort()

    def reset(self) -> None:
        """Break it towards both ends with a TCP reset, as a crash or a firewall does."""
        self.is_open = False
        for half in self._halves:
            # Without lingering a close sends RST instead of FIN.
            half.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_OF_ZERO)
            half.abort()


class TcpProxy:
    """Listens on a free port of loopback and connects whoever comes to `target`.

    Use it as an async context manager; at its end every connection is reset.

    Attributes:
        target: host and port; a change counts for connections from then on.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self._connections: list[ProxiedConnection] = []
        self._connecting: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def netloc(self) -> str:
        """`host:port` to be written where the target's stood."""
        assert self._server is not None, "the proxy is not open"
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    def connections(self, starting_with: bytes = b"") -> list[ProxiedConnection]:
        """The open connections whose client began with these bytes, oldest first."""
        return [c for c in self._connections if c.is_open and c.head.startswith(starting_with)]

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Client(self), "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._connecting:
            task.cancel()
        await asyncio.gather(*self._connecting, return_exceptions=True)
        for connection in list(self._connections):
            connection.reset()
        await self._server.wait_closed()

    def open(self, connection: ProxiedConnection, client: _Client) -> None:
        """A client came: find it the target."""
        self._connections.append(connection)
        task = asyncio.create_task(self._connect(connection, client))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    def forget(self, connection: ProxiedConnection) -> None:
        """One half is gone; the other follows by itself."""
        connection.is_open = False
        if connection in self._connections:
            self._connections.remove(connection)

    async def _connect(self, connection: ProxiedConnection, client: _Client) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: _Half(self, connection, client), *self.target)
        except OSError:
            connection.reset()


class _Half(asyncio.Protocol):
    """One end of a connection; what it receives it gives to its peer, no faster than the peer takes it."""

    def __init__(self, proxy: TcpProxy, connection: ProxiedConnection, peer: _Half | None = None) -> None:
        self.peer = peer
        self.transport: asyncio.Transport | None = None
        self._proxy = proxy
        self._connection = connection
        self._received_early = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        self._connection.add(self.transport)
        if self.peer is not None:
            self.peer.meet(self)

    def meet(self, peer: _Half) -> None:
        """The other end is connected; what came too early for it goes there."""
        self.peer = peer
        early, self._received_early = self._received_early, b""
        if early:
            self.data_received(early)

    def data_received(self, data: bytes) -> None:
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.write(data)
        else:
            self._received_early += data

    def pause_writing(self) -> None:
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        self._proxy.forget(self._connection)
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.close()


class _Client(_Half):
    """The half of who connected; with it a connection begins."""

    def __init__(self, proxy: TcpProxy) -> None:
        self.connection = ProxiedConnection()
        super().__init__(proxy, self.connection)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._proxy.open(self.connection, self)

    def data_received(self, data: bytes) -> None:
        if len(self.connection.head) < HEAD_BYTES:
            self.connection.head = (self.connection.head + data)[:HEAD_BYTES]
        super().data_received(data)
