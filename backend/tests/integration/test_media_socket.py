"""The media route behind the product's own server: real sockets, the short way in and out."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI
from starlette.routing import WebSocketRoute
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from asisso.agents.ear import Ear
from asisso.api import direct_websocket
from asisso.api.media import MediaRoute
from asisso.asterisk.media.protocol import DtmfEnd, MediaEvent
from asisso.calls.call_clock import CallClock
from asisso.calls.caller_sound import CallerSound
from asisso.calls.credentials import MediaCredentials
from asisso.calls.directory import SECRET_VARIABLE, Directory
from asisso.calls.intake import Intake
from asisso.calls.line import MediaSocket
from asisso.runtime.server import server_config
from asisso.settings import MEDIA_PATH

pytestmark = pytest.mark.integration

SOUND = bytes(640)


class PatientSound(CallerSound):
    """Sound that may wait, so that the socket is read by the clock."""

    def __init__(self, call: Call) -> None:
        ear = Ear(10, cast("Any", None), cast("Any", None))
        super().__init__(CallClock(), Intake(), None, ear, lambda payload, at_ms: None, lambda frames: None)
        self._call = call

    def take(self, payload: bytes) -> None:
        self._call.on_media_audio(payload)


class Call:
    """The owner of one media socket.

    Args:
        is_polled: whether its sound may wait.
    """

    def __init__(self, *, is_polled: bool = False) -> None:
        self.caller_sound = PatientSound(self) if is_polled else None
        self.session = cast("Any", self)
        self.has_media = False
        self.audio: list[bytes] = []
        self.events: list[MediaEvent] = []
        self.socket: MediaSocket | None = None
        self.is_connected, self.is_closed = asyncio.Event(), asyncio.Event()
        self.heard = asyncio.Event()
        self.code: int | None = None

    def on_media_connected(self, attempt: int, socket: MediaSocket) -> None:
        self.has_media, self.socket = True, socket
        self.is_connected.set()

    def on_media_audio(self, payload: bytes) -> None:
        self.audio.append(payload)
        self.heard.set()

    def on_media_event(self, event: MediaEvent) -> None:
        self.events.append(event)
        self.heard.set()

    def on_media_closed(self, attempt: int, code: int) -> None:
        self.has_media, self.code = False, code
        self.is_closed.set()


class Server:
    """The served route.

    Attributes:
        directory: where calls wait for their media.
    """

    def __init__(self) -> None:
        self.directory = Directory()
        app = FastAPI()
        app.state.parts = SimpleNamespace(directory=self.directory, media_credentials=MediaCredentials())
        app.router.routes.append(WebSocketRoute(MEDIA_PATH, MediaRoute()))
        config = server_config(app, "127.0.0.1", 0)
        self._server = uvicorn.Server(config)
        self._clients: list[ClientConnection] = []
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self._socket.getsockname()[1]}{MEDIA_PATH}"

    async def start(self) -> None:
        self._task = asyncio.create_task(self._server.serve([self._socket]))
        while not self._server.started:  # noqa: ASYNC110 - uvicorn says no more
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        for client in self._clients:
            client.transport.abort()
            await client.wait_closed()
        self._server.should_exit = True
        await self._task

    async def media_of(self, call: Call, **options: Any) -> ClientConnection:
        """Asterisk's side of a call's media, let in."""
        pbx = await self.introduced(call, "am-1", **options)
        async with asyncio.timeout(5):
            await call.is_connected.wait()
        return pbx

    async def introduced(self, call: Call, channel_id: str, **options: Any) -> ClientConnection:
        """Asterisk's side of a call's media, with the right secret."""
        secret = self.directory.issue_ticket(
            cast("Any", call), 1, channel_id, media_username="", requires_credentials=False
        )
        pbx = await connect(self.url, compression=None, ping_interval=None, **options)
        self._clients.append(pbx)
        start = {"event": "MEDIA_START", "channel_id": channel_id, "optimal_frame_size": 640}
        await pbx.send(json.dumps({**start, "channel_variables": {SECRET_VARIABLE: secret}}))
        return pbx


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    await made.start()
    yield made
    await made.stop()


async def heard(call: Call, count: int) -> None:
    async with asyncio.timeout(5):
        while len(call.audio) + len(call.events) < count:
            call.heard.clear()
            await call.heard.wait()


@pytest.fixture(params=[False, True], ids=["woken", "polled"])
def call(request: pytest.FixtureRequest) -> Call:
    """One whose socket is read as it is written, or by the clock."""
    return Call(is_polled=request.param)


async def test_sound_and_words_go_both_ways(server: Server, call: Call) -> None:
    pbx = await server.media_of(call)
    await pbx.send(SOUND)
    await pbx.send([SOUND[:100], SOUND[100:]])  # two fragments
    await pbx.send('{"event":"DTMF_END","digit":"1"}')
    await heard(call, 3)
    assert (call.audio, call.events) == ([SOUND, SOUND], [DtmfEnd("1")])
    assert call.socket is not None
    call.socket.write(SOUND)
    call.socket.write("FLUSH_MEDIA")
    assert [await pbx.recv(), await pbx.recv()] == [SOUND, "FLUSH_MEDIA"]
    await pbx.send([SOUND[:9], SOUND[9:]])
    await pbx.send(SOUND)
    await heard(call, 5)
    assert call.audio == [SOUND] * 4
    await pbx.close(1001)
    await call.is_closed.wait()
    assert call.code == 1001


async def test_our_close_reaches_the_pbx(server: Server, call: Call) -> None:
    pbx = await server.media_of(call)
    assert call.socket is not None
    call.socket.close(1000)
    with pytest.raises(ConnectionClosed) as closed:
        await pbx.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1000
    await call.is_closed.wait()


async def test_a_pbx_that_dies_is_noticed_at_once(server: Server, call: Call) -> None:
    pbx = await server.media_of(call)
    cut_now = struct.pack("ii", 1, 0)
    pbx.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, cut_now)
    pbx.transport.abort()
    async with asyncio.timeout(5):
        await call.is_closed.wait()
    assert not call.has_media


async def test_a_pbx_that_does_not_read_is_cut_off_within_a_bounded_memory(
    server: Server, call: Call
) -> None:
    await server.media_of(call, max_queue=1)
    assert call.socket is not None
    written = 0
    async with asyncio.timeout(10):
        while not call.is_closed.is_set():
            call.socket.write(bytes(16_000))
            written += 16_000
            await asyncio.sleep(0)
    assert call.code == direct_websocket.CLOSE_OVERLOADED
    # What the kernel and the client's buffers took, and then no more than the limit.
    assert written < 64 * 1024 * 1024


async def test_the_second_socket_of_a_call_is_turned_away(server: Server, call: Call) -> None:
    call.has_media = True
    pbx = await server.introduced(call, "am-2")
    with pytest.raises(ConnectionClosed):
        await pbx.recv()
    assert pbx.close_code == 4409


async def test_vanished_peers_are_looked_for_by_tcp(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    watched: list[socket.socket] = []
    watch = direct_websocket.DirectWebSocketProtocol._watch_for_silence

    def look(protocol: direct_websocket.DirectWebSocketProtocol) -> None:
        watch(protocol)
        watched.append(protocol.transport.get_extra_info("socket"))

    monkeypatch.setattr(direct_websocket.DirectWebSocketProtocol, "_watch_for_silence", look)
    await server.media_of(Call())
    (peer,) = watched
    assert peer.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1


async def test_a_frame_in_two_pieces_is_heard_and_the_next_ones_take_the_short_way_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = Call(is_polled=True)
    pbx = await server.media_of(call)
    taken: list[int] = []
    take = direct_websocket.DirectWebSocketProtocol.data_received

    def count(protocol: direct_websocket.DirectWebSocketProtocol, data: bytes) -> None:
        take(protocol, data)
        taken.append(len(data))
        call.heard.set()

    monkeypatch.setattr(direct_websocket.DirectWebSocketProtocol, "data_received", count)
    frame = Frame(Opcode.BINARY, SOUND).serialize(mask=True)
    pbx.transport.write(frame[:100])
    async with asyncio.timeout(5):
        await call.heard.wait()
    pbx.transport.write(frame[100:])
    await heard(call, 1)
    for _ in range(3):
        await pbx.send(SOUND)
    await heard(call, 4)
    assert call.audio == [SOUND] * 4
    assert taken == [100, len(frame) - 100]


async def test_an_error_of_ours_while_a_socket_is_read_by_the_clock_cuts_that_call_alone(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound_one = Call(is_polled=True), Call(is_polled=True)
    breaks, _ = await server.media_of(broken), await server.media_of(sound_one)
    monkeypatch.setattr(broken, "on_media_audio", None)
    await breaks.send(SOUND)
    async with asyncio.timeout(5):
        await broken.is_closed.wait()
    assert sound_one.has_media


async def test_calls_leave_no_descriptor_behind(server: Server) -> None:
    await (await server.media_of(Call(is_polled=True))).close()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        call = Call(is_polled=True)
        pbx = await server.media_of(call)
        await pbx.close()
        async with asyncio.timeout(5):
            await call.is_closed.wait()
    async with asyncio.timeout(5):
        while len(os.listdir("/proc/self/fd")) > before:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
