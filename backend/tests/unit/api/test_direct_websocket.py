"""A media socket's bytes past ASGI, in whatever pieces they come: the same as `websockets` makes of them, or closed."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.server import ServerState
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from asisso.api.direct_websocket import CLOSE_OVERLOADED, DirectWebSocketProtocol, direct_socket
from asisso.api.media_poll import MediaPoll
from asisso.calls.call_clock import CallClock
from asisso.calls.caller_sound import CallerSound
from asisso.calls.intake import Intake
from asisso.runtime.server import MAX_WEBSOCKET_MESSAGE_BYTES

pytestmark = pytest.mark.unit

UPGRADE = (
    b"GET /media HTTP/1.1\r\nHost: pbx\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
MASK = b"\x01\x02\x03\x04"
SOUND = bytes(range(160)) * 4
Message = str | bytes


class Transport:
    """Remembers what is written, and how it ends."""

    def __init__(self) -> None:
        self.written = b""
        self.is_aborted = False
        self.high_water = 0
        self._is_closing = False

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self._is_closing = True

    def abort(self) -> None:
        self.is_aborted = self._is_closing = True

    def is_closing(self) -> bool:
        return self._is_closing

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def set_write_buffer_limits(self, high: int) -> None:
        self.high_water = high

    def pause_reading(self) -> None:
        """The test decides what comes."""

    def resume_reading(self) -> None:
        """The test decides what comes."""


class HeardSound(CallerSound):
    """A call's way in that tells what comes, and when."""

    def __init__(self, on_audio: Callable[[bytes], None]) -> None:
        super().__init__(CallClock(), Intake(), None, None, lambda payload, at_ms: None, lambda frames: None)
        self._on_audio = on_audio

    def take(self, payload: bytes) -> None:
        self._on_audio(payload)


class Peer:
    """One accepted connection whose route has attached itself, or has not.

    Attributes:
        heard: the messages that reached the route.
        code: how the route was told of the end.
    """

    def __init__(self) -> None:
        self.sound = HeardSound(self.on_audio)
        self.heard: list[Message] = []
        self.code: int | None = None
        self.transport = Transport()
        self.sees: Callable[[Message], None] = lambda message: None

    def on_audio(self, payload: bytes) -> None:
        self.heard.append(payload)
        self.sees(payload)

    def on_text(self, text: str) -> None:
        self.heard.append(text)
        self.sees(text)

    async def connect(self, *, attach: bool = True) -> None:
        self._may_attach = asyncio.Event()
        if attach:
            self._may_attach.set()
        config = uvicorn.Config(self._app, ws_max_size=MAX_WEBSOCKET_MESSAGE_BYTES, log_config=None)
        config.load()
        config.loaded_app = self._app
        self.protocol = DirectWebSocketProtocol(config, ServerState(), {}, asyncio.get_running_loop())
        self.protocol.connection_made(cast("asyncio.Transport", self.transport))
        self.protocol.data_received(UPGRADE)
        await self.settles()
        assert b" 101 " in self.transport.written
        self.transport.written = b""

    async def attach(self) -> None:
        self._may_attach.set()
        await self.settles()

    async def _app(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await self._may_attach.wait()
        direct = direct_socket(scope)
        assert direct is not None
        direct.attach(self, MediaPoll())
        while (message := await receive())["type"] != "websocket.disconnect":
            raise AssertionError("a message took the long way")
        self.code = message.get("code")

    async def settles(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    def feed(self, *pieces: bytes) -> None:
        for piece in pieces:
            if not self.transport.is_closing():
                self.protocol.data_received(piece)

    @property
    def answers(self) -> list[Frame]:
        """What we have sent, as a client reads it."""
        client = ClientProtocol(parse_uri("ws://us/"), state=OPEN)
        client.receive_data(self.transport.written)
        return [event for event in client.events_received() if isinstance(event, Frame)]


def frame(payload: Message, *, opcode: Opcode | None = None, fin: bool = True, mask: bool = True) -> bytes:
    data = payload.encode() if isinstance(payload, str) else payload
    kind = Opcode.TEXT if isinstance(payload, str) else Opcode.BINARY
    return Frame(kind if opcode is None else opcode, data, fin).serialize(mask=mask)


async def attached() -> Peer:
    peer = Peer()
    await peer.connect()
    return peer


def reference(data: bytes) -> tuple[list[Message], int | None]:
    """What `websockets` alone makes of the same bytes: whole messages, and how the socket ends by them."""
    server = ServerProtocol(max_size=MAX_WEBSOCKET_MESSAGE_BYTES, logger=logging.getLogger("reference"))
    server.receive_data(UPGRADE)
    (request,) = server.events_received()
    server.send_response(server.accept(cast("Request", request)))
    server.receive_data(data)
    heard: list[Message] = []
    parts: list[bytes] = []
    is_text = False
    for event in server.events_received():
        assert isinstance(event, Frame)
        if event.opcode in (Opcode.TEXT, Opcode.BINARY):
            is_text, parts = event.opcode is Opcode.TEXT, []
        if event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            parts.append(bytes(event.data))
            if event.fin:
                whole = b"".join(parts)
                try:
                    heard.append(whole.decode() if is_text else whole)
                except UnicodeDecodeError:
                    return heard, 1007
    closed = server.close_rcvd or server.close_sent
    return heard, closed.code if closed else None


def pieces_of(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in itertools.pairwise(edges)]


messages = st.lists(st.binary(max_size=700) | st.text(max_size=80) | st.just(SOUND), max_size=12)
cuts = st.lists(st.integers(0, 20_000), max_size=30)


async def fed(pieces: list[bytes]) -> Peer:
    peer = await attached()
    peer.feed(*pieces)
    await peer.settles()
    return peer


@given(messages, cuts)
@settings(deadline=None)
def test_messages_survive_any_cutting_of_the_stream(said: list[Message], where: list[int]) -> None:
    stream = b"".join(frame(message) for message in said)
    assert asyncio.run(fed(pieces_of(stream, where))).heard == said


fragments = st.lists(
    st.tuples(
        st.sampled_from([Opcode.CONT, Opcode.TEXT, Opcode.BINARY, Opcode.PING, Opcode.PONG]),
        st.binary(max_size=200) | st.just(SOUND),
        st.booleans(),
        st.sampled_from([True, True, True, False]),
    ),
    max_size=8,
)


@given(fragments, cuts)
@settings(deadline=None)
def test_frames_in_any_order_are_what_websockets_takes_them_for(
    sent: list[tuple[Opcode, bytes, bool, bool]], where: list[int]
) -> None:
    """Fragments, control frames between them, frames that are not masked, text that is none."""
    stream = b""
    for opcode, payload, fin, mask in sent:
        is_control = opcode >= Opcode.CLOSE
        body = payload[:125] if is_control else payload
        stream += frame(body, opcode=opcode, fin=fin or is_control, mask=mask)
    heard, code = reference(stream)
    peer = asyncio.run(fed(pieces_of(stream, where)))
    assert (peer.heard, peer.code) == (heard, code)


@given(st.binary(max_size=400), cuts)
@settings(deadline=None)
def test_garbage_is_what_websockets_takes_it_for(garbage: bytes, where: list[int]) -> None:
    heard, code = reference(frame(SOUND) + garbage)
    peer = asyncio.run(fed(pieces_of(frame(SOUND) + garbage, where)))
    assert (peer.heard, peer.code) == (heard, code)


def with_first_byte(first: int) -> bytes:
    sent = bytearray(frame(SOUND))
    sent[0] = first
    return bytes(sent)


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(frame(SOUND, fin=False) + frame(SOUND), id="a whole frame in the middle of a message"),
        pytest.param(frame(SOUND, opcode=Opcode.CONT), id="the end of a message that never began"),
        pytest.param(with_first_byte(0xC2), id="compressed, which was not agreed on"),
        pytest.param(with_first_byte(0x92), id="a reserved bit"),
        pytest.param(with_first_byte(0x83), id="an unknown kind"),
        pytest.param(with_first_byte(0x89), id="a ping longer than pings may be"),
        pytest.param(frame(SOUND, mask=False), id="not masked"),
    ],
)
async def test_what_no_asterisk_sends_is_refused_and_nothing_of_it_is_heard(stream: bytes) -> None:
    peer = await attached()
    peer.feed(stream)
    await peer.settles()
    assert (peer.heard, peer.code) == ([], 1002)
    assert reference(stream) == ([], 1002)


@pytest.mark.parametrize("length", [MAX_WEBSOCKET_MESSAGE_BYTES + 1, 1 << 40])
async def test_a_frame_that_is_too_long_is_refused_by_its_head(length: int) -> None:
    peer = await attached()
    peer.feed(b"\x82\xff" + length.to_bytes(8) + MASK)
    await peer.settles()
    assert (peer.heard, peer.code) == ([], 1009)


async def test_half_a_frame_is_waited_for_and_nothing_is_heard_of_it() -> None:
    peer = await attached()
    peer.feed(frame(SOUND)[:-1])
    peer.protocol.connection_lost(ConnectionResetError())
    await peer.settles()
    assert (peer.heard, peer.code) == ([], 1005)


async def test_what_came_before_the_route_attached_is_heard_first() -> None:
    peer = Peer()
    await peer.connect(attach=False)
    sound = frame(SOUND)
    peer.feed(frame("first"), sound[:100])
    await peer.attach()
    peer.feed(sound[100:], frame("last"))
    assert peer.heard == ["first", SOUND, "last"]


@pytest.mark.parametrize(
    "message", [b"", SOUND, b"x" * 125, b"x" * 126, b"x" * 16_000, b"x" * 65_536, "MARK", "é" * 90]
)
async def test_what_we_write_is_one_frame(message: Message) -> None:
    peer = await attached()
    peer.protocol.write(message)
    (sent,) = peer.answers
    data = bytes(sent.data)
    assert (data.decode() if isinstance(message, str) else data) == message
    assert sent.fin


async def test_our_close_ends_writing_and_hearing_and_is_cut_off_when_nobody_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("asisso.api.direct_websocket.CLOSE_TIMEOUT_S", 0.0)
    peer = await attached()
    peer.protocol.close(1000)
    peer.protocol.write(b"late")
    peer.feed(frame(SOUND))
    await peer.settles()
    (sent,) = peer.answers
    assert (sent.opcode, peer.heard, peer.code) == (Opcode.CLOSE, [], 1000)
    await asyncio.sleep(0.01)
    assert peer.transport.is_aborted


async def test_the_peers_close_is_answered_and_told() -> None:
    peer = await attached()
    peer.feed(frame(SOUND), Frame(Opcode.CLOSE, (1001).to_bytes(2)).serialize(mask=True), frame(SOUND))
    await peer.settles()
    assert (peer.heard, peer.code) == ([SOUND], 1001)
    assert peer.answers[0].opcode is Opcode.CLOSE


async def test_closing_what_the_peer_or_the_server_closed_already_is_nothing() -> None:
    by_peer, by_server = await attached(), await attached()
    by_peer.feed(Frame(Opcode.CLOSE, (1001).to_bytes(2)).serialize(mask=True))
    by_server.protocol.shutdown()
    for peer in (by_peer, by_server):
        before = peer.transport.written
        peer.protocol.write(b"late")
        peer.protocol.close(1000)
        await peer.settles()
        assert peer.transport.written == before
    assert (by_peer.code, by_server.code) == (1001, 1012)


async def test_a_peer_that_does_not_read_is_cut_off() -> None:
    peer = await attached()
    peer.protocol.pause_writing()
    await peer.settles()
    assert (peer.transport.is_aborted, peer.code) == (True, CLOSE_OVERLOADED)
    peer.protocol.write(b"late")
    assert peer.transport.written == b""


async def test_whoever_hears_may_close_in_the_middle_of_a_burst() -> None:
    peer = await attached()
    peer.sees = lambda message: peer.protocol.close(4409)
    peer.feed(frame(SOUND) * 3)
    await peer.settles()
    assert (peer.heard, peer.code) == ([SOUND], 4409)


def test_a_server_without_the_extension_has_no_direct_socket() -> None:
    assert direct_socket({"type": "websocket"}) is None
    assert direct_socket({"type": "websocket", "extensions": {"websocket.http.response": {}}}) is None
