"""A WebSocket whose messages go straight to their taker: no queue, no task woken, no dictionary a message.

uvicorn's own protocol, with a way around ASGI that a route may ask for once it knows its peer. Only one shape of frame
takes the short way in, the one `sound_frames` reads; everything else, and all that is wrong, goes through `websockets`,
one whole frame at a time, so that its parser always stands between two.
"""

from __future__ import annotations

import socket
from struct import Struct
from typing import Any, Final, Protocol, cast

import structlog
from starlette.types import Scope
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Opcode
from websockets.protocol import State

from asisso.calls.caller_sound import CallerSound

from .media_poll import MediaPoll, PolledSocket
from .sound_frames import take_sound

log = structlog.get_logger(__name__)

EXTENSION: Final = "asisso.direct"
"""In an ASGI scope's `extensions` where the server offers a `DirectSocket`."""

MAX_UNSENT_BYTES: Final = 512 * 1024
"""Sixteen seconds of slin16 beyond what the kernel holds: a peer that is so far behind does not read."""

CLOSE_OVERLOADED: Final = 1013
CLOSE_TIMEOUT_S: Final = 5.0
"""How long a peer may take to answer our close; then the connection is cut."""

KEEPALIVE_S: Final = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 4}
"""A peer that vanished without a word is noticed after half a minute; WebSocket pings would end calls on Asterisk
22.8."""

_OPCODES: Final = frozenset(Opcode)

_HEAD: Final = Struct("!BBH")
_LONG_HEAD: Final = Struct("!BBQ")


class MessageTaker(Protocol):
    """Whom messages go to, on the event loop. Nothing here may wait."""

    sound: CallerSound | None
    """What takes the frames of sound; None: they go to `on_audio` as any other."""

    def on_audio(self, payload: bytes) -> None:
        """A binary message."""

    def on_text(self, text: str) -> None:
        """A text message."""


class DirectSocket(Protocol):
    """What the server offers a route beside `receive` and `send`."""

    def attach(self, taker: MessageTaker, poll: MediaPoll) -> None:
        """Give all further messages to `taker`; `receive` brings nothing but the disconnect from now on.

        Where the taker's sound may wait, `poll` reads the socket from now on.
        """

    def write(self, message: str | bytes) -> None:
        """Send at once; a peer that does not read is cut off."""

    def close(self, code: int) -> None:
        """Begin closing."""


def direct_socket(scope: Scope) -> DirectSocket | None:
    """The way around ASGI, where the server has one."""
    offered = (scope.get("extensions") or {}).get(EXTENSION)
    return cast("DirectSocket", offered["socket"]) if offered else None


class DirectWebSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol that offers itself as a `DirectSocket`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._taker: MessageTaker | None = None
        self._sound: CallerSound | None = None
        self._polled: PolledSocket | None = None
        self._rest = b""
        self._is_fragmented = False
        self._max_bytes = self.config.ws_max_size

    # what a route uses

    def attach(self, taker: MessageTaker, poll: MediaPoll) -> None:
        """See `DirectSocket.attach`. Messages that wait already are given to it first."""
        self._taker = taker
        self._sound = taker.sound
        if self._sound is not None:
            self._sound.is_connected = True
        self.transport.set_write_buffer_limits(high=MAX_UNSENT_BYTES)
        self._watch_for_silence()
        for _ in range(self.queue.qsize()):
            message = self.queue.get_nowait()
            if message["type"] != "websocket.receive":
                self.queue.put_nowait(message)
            elif (payload := message.get("bytes")) is not None:
                taker.on_audio(payload)
            else:
                taker.on_text(message.get("text") or "")
        was_paused, self.read_paused = self.read_paused, False
        if not self._is_left_to(poll) and was_paused:
            self.transport.resume_reading()

    def _is_left_to(self, poll: MediaPoll) -> bool:
        """Whether the socket is read by the clock from now on."""
        peer = self.transport.get_extra_info("socket")
        is_plain = peer is not None and self.transport.get_extra_info("sslcontext") is None
        if self._sound is None or not self._sound.may_wait or not is_plain or self.transport.is_closing():
            return False
        self.transport.pause_reading()
        self._polled = PolledSocket(peer.fileno(), self._sound, self._max_bytes, self)
        self._polled.is_between = not self._rest and not self._is_fragmented
        self._sound.come_together()
        poll.join(self._polled)
        return True

    def poll_ended(self) -> None:
        """See `media_poll.Owner`: the transport finds out what has become of the socket."""
        if self._polled is not None:
            self._polled.close()
            self._polled = None
            if not self.transport.is_closing():
                self.transport.resume_reading()

    def poll_failed(self) -> None:
        """See `media_poll.Owner`: as with any protocol that fails, the connection is cut."""
        self.transport.abort()

    def _detach(self) -> None:
        if self._sound is not None:
            self._sound.is_connected = False
        self._taker = self._sound = None
        self.poll_ended()

    def write(self, message: str | bytes) -> None:
        """See `DirectSocket.write`."""
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        if isinstance(message, bytes):
            self.transport.write(_head(Opcode.BINARY, len(message)) + message)
        else:
            payload = message.encode()
            self.transport.write(_head(Opcode.TEXT, len(payload)) + payload)

    def close(self, code: int) -> None:
        """See `DirectSocket.close`."""
        if self.close_sent or self.disconnected:
            return
        self._detach()
        if self.conn.state is not State.OPEN:
            return  # the peer's close, or the server's, has been sent and told; the connection only lingers
        self.conn.send_close(code)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": ""})
        self.close_timer = self.loop.call_later(CLOSE_TIMEOUT_S, self.transport.abort)

    # what the transport tells

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):  # otherwise it was no upgrade, and has been answered
            cast("dict[str, Any]", self.scope["extensions"])[EXTENSION] = {"socket": self}

    def data_received(self, data: bytes) -> None:
        if not self.handshake_initiated:
            super().data_received(data)
            return
        if self._rest:
            data = self._rest + data
            self._rest = b""
        at, size = 0, len(data)
        while at < size:
            if self._sound is not None and not self._is_fragmented:
                at = take_sound(data, at, self._max_bytes, self._sound)
                if at == size:
                    break
            if self.transport.is_closing():
                return
            frame_bytes = self._frame_bytes(data, at)
            if frame_bytes > size - at:
                self._rest = data[at:]
                break
            self._receive_slowly(data[at : at + frame_bytes])
            at += frame_bytes
        if self._polled is not None:
            self._polled.is_between = not self._rest and not self._is_fragmented

    def connection_lost(self, exc: Exception | None) -> None:
        self._detach()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._taker is not None:
            # Not from inside `write`: whoever writes may be in the middle of something.
            self.loop.call_soon(self._cut_off)

    def handle_parser_exception(self) -> None:
        self._detach()
        super().handle_parser_exception()

    def handle_close(self, event: Any) -> None:
        self._detach()
        super().handle_close(event)

    def send_receive_event_to_app(self) -> None:
        taker = self._taker
        if taker is None:
            super().send_receive_event_to_app()
            return
        payload = b"".join(self.frames)
        self.frames = []
        if self.curr_msg_data_type == "bytes":
            taker.on_audio(payload)
            return
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            self.conn.send_close(1007)
            self.handle_parser_exception()
            return
        taker.on_text(text)

    def _frame_bytes(self, data: bytes, at: int) -> int:
        """How long the frame is that begins there; more than there is when that can't be said yet.

        What is not worth waiting for is as long as what is there: `websockets` refuses it by its head.
        """
        left = len(data) - at
        if left < 2:
            return 2
        if not data[at + 1] & 0x80 or data[at] & 0x0F not in _OPCODES:
            return left
        length = data[at + 1] & 0x7F
        extended = 2 if length == 126 else 8 if length == 127 else 0
        head = 2 + extended + 4
        if left < head:
            return head
        if extended:
            length = int.from_bytes(data[at + 2 : at + 2 + extended])
        return left if length > self._max_bytes else head + length

    def _receive_slowly(self, frame: bytes) -> None:
        opcode = frame[0] & 0x0F
        if opcode < Opcode.CLOSE:
            self._is_fragmented = not frame[0] & 0x80
        super().data_received(frame)

    def _cut_off(self) -> None:
        if self._taker is None:
            return
        log.warning("a media peer does not read; closing", close_code=CLOSE_OVERLOADED)
        self._detach()
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": CLOSE_OVERLOADED, "reason": ""})
        self.transport.abort()

    def _watch_for_silence(self) -> None:
        peer = self.transport.get_extra_info("socket")
        if peer is None or peer.family not in (socket.AF_INET, socket.AF_INET6):
            return
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in KEEPALIVE_S.items():
            if hasattr(socket, name):
                peer.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _head(opcode: Opcode, length: int) -> bytes:
    """A server's frame head: never masked, always whole."""
    if length < 126:
        return bytes((0x80 | opcode, length))
    if length < 65_536:
        return _HEAD.pack(0x80 | opcode, 126, length)
    return _LONG_HEAD.pack(0x80 | opcode, 127, length)
