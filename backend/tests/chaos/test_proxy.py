"""The breakable connection: it is a plain wire until somebody cuts it, and then it is cut at both ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from chaos.proxy import TcpProxy

pytestmark = pytest.mark.integration

Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Target:
    """A server that echoes, and what became of its connections."""

    port: int = 0
    ends: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
            self.ends.put_nowait("closed")
        except ConnectionResetError:
            self.ends.put_nowait("reset")
        finally:
            writer.close()


@pytest_asyncio.fixture
async def target() -> AsyncIterator[Target]:
    made = Target()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


@pytest_asyncio.fixture
async def proxy(target: Target) -> AsyncIterator[TcpProxy]:
    async with TcpProxy(("127.0.0.1", target.port)) as made:
        yield made


async def dial(proxy: TcpProxy) -> Wire:
    host, port = proxy.netloc.split(":")
    return await asyncio.open_connection(host, int(port))


async def say(wire: Wire, data: bytes) -> bytes:
    """What comes back for what is sent."""
    wire[1].write(data)
    async with asyncio.timeout(5):
        return await wire[0].readexactly(len(data))


async def assert_reset(wire: Wire) -> None:
    with pytest.raises(ConnectionResetError):
        async with asyncio.timeout(5):
            await wire[0].read(1)
    wire[1].close()


async def test_bytes_pass_both_ways_and_a_close_is_a_close(proxy: TcpProxy, target: Target) -> None:
    wire = await dial(proxy)

    assert await say(wire, b"GET / HTTP/1.1\r\n\r\n") == b"GET / HTTP/1.1\r\n\r\n"
    wire[1].close()

    async with asyncio.timeout(5):
        assert await target.ends.get() == "closed"


async def test_much_passes_through_a_slow_reader(proxy: TcpProxy) -> None:
    wire = await dial(proxy)
    much = bytes(range(256)) * (1 << 14)
    wire[1].write(much)

    async with asyncio.timeout(10):
        assert await wire[0].readexactly(len(much)) == much
    wire[1].close()


async def test_reset_reaches_both_ends_and_no_other_connection(proxy: TcpProxy, target: Target) -> None:
    events, request = await dial(proxy), await dial(proxy)
    await say(events, b"GET /ari/events?app=x")
    await say(request, b"GET /ari/channels")

    (found,) = proxy.connections(b"GET /ari/events")
    found.reset()

    assert proxy.connections(b"GET /ari/events") == []
    await assert_reset(events)
    async with asyncio.timeout(5):
        assert await target.ends.get() == "reset"
    assert await say(request, b"still here") == b"still here"
    request[1].close()


async def test_target_that_refuses_is_felt_as_a_reset(proxy: TcpProxy) -> None:
    closed = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    proxy.target = closed.sockets[0].getsockname()
    closed.close()
    await closed.wait_closed()

    await assert_reset(await dial(proxy))
    assert proxy.connections() == []


async def test_end_of_the_proxy_resets_what_is_open(target: Target) -> None:
    async with TcpProxy(("127.0.0.1", target.port)) as proxy:
        wire = await dial(proxy)
        await say(wire, b"hello")

    await assert_reset(wire)
