"""The media route: where Asterisk's chan_websocket brings a call's audio.

A plain ASGI application instead of a FastAPI endpoint, and once a call is known its messages leave ASGI too, where the
server has a shorter way: at 50 messages a second and call, the wrappers would be most of the cost. Tells calls apart by
MEDIA_START alone; the URI proves nothing, because Asterisk mixes up the parameters of concurrent calls.
"""

from __future__ import annotations

import asyncio
from collections import deque

import structlog
from starlette.types import Message, Receive, Scope, Send

from asisso.api.direct_websocket import CLOSE_OVERLOADED, DirectSocket, direct_socket
from asisso.api.media_poll import MediaPoll
from asisso.api.state import AppState
from asisso.asterisk.media.protocol import MediaProtocol, MediaStart
from asisso.calls.credentials import BadCredentials
from asisso.calls.directory import (
    CLOSE_MALFORMED,
    CLOSE_UNAUTHORIZED,
    SECRET_VARIABLE,
    Directory,
    MediaRefused,
    MediaTicket,
)

log = structlog.get_logger(__name__)

SUBPROTOCOL = "media"
INTRODUCTION_TIMEOUT_S = 2.0
"""A socket that has not shown a valid secret by then is closed."""

MAX_EARLY_MESSAGES = 200
MAX_STRANGERS = 200
"""Sockets that have not introduced themselves yet; more are turned away at once. Calls take milliseconds for it."""

MAX_UNSENT_MESSAGES = 500


class MediaRoute:
    """The ASGI application behind `/api/v1/telephony/ws/ari`."""

    def __init__(self) -> None:
        self._strangers = 0
        self._poll = MediaPoll()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts: AppState = scope["app"].state.parts
        await receive()  # websocket.connect
        try:
            username = parts.media_credentials.check(_header(scope, b"authorization"))
        except BadCredentials as error:
            log.warning("a media connection was refused", reason=str(error), status=401)
            await _deny(send, 401, (b"www-authenticate", b'Basic realm="Asisso media"'))
            return
        if self._strangers >= MAX_STRANGERS:
            log.warning("a media connection was refused", reason="too many wait to be introduced", status=503)
            await _deny(send, 503)
            return
        offered = scope.get("subprotocols") or []
        await send(
            {"type": "websocket.accept", "subprotocol": SUBPROTOCOL if SUBPROTOCOL in offered else None}
        )
        protocol = MediaProtocol()
        self._strangers += 1
        try:
            async with asyncio.timeout(INTRODUCTION_TIMEOUT_S):
                ticket = await _introduction(parts.directory, protocol, username, receive)
        except MediaRefused as refused:
            await _refuse(send, refused.close_code, str(refused))
            return
        except TimeoutError:
            await _refuse(send, CLOSE_UNAUTHORIZED, "no valid secret was shown in time")
            return
        finally:
            self._strangers -= 1
        if ticket is None:
            return
        direct = direct_socket(scope)
        if direct is not None:
            await _DirectConnection(ticket, protocol, direct, self._poll).serve(receive)
        else:
            await _Connection(ticket, protocol, receive, send).serve()


async def _introduction(
    directory: Directory, protocol: MediaProtocol, username: str | None, receive: Receive
) -> MediaTicket | None:
    """Wait for MEDIA_START and redeem its secret; None when the peer left before.

    Raises:
        MediaRefused: it is no call of ours.
    """
    for _ in range(MAX_EARLY_MESSAGES):
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return None
        text = message.get("text")
        if text is None:
            continue  # audio before MEDIA_START: Asterisk 22.7 and older
        event = protocol.receive_text(text)
        if not isinstance(event, MediaStart):
            raise MediaRefused(CLOSE_MALFORMED, "the first text message was not a MEDIA_START")
        secret = event.variables.get(SECRET_VARIABLE, "")
        return directory.redeem_ticket(event.channel_id, secret, username)
    raise MediaRefused(CLOSE_MALFORMED, "audio without a MEDIA_START")


class _DirectConnection:
    """One call's open media socket, past ASGI."""

    def __init__(
        self, ticket: MediaTicket, protocol: MediaProtocol, direct: DirectSocket, poll: MediaPoll
    ) -> None:
        self._poll = poll
        self.protocol = protocol
        self._ticket = ticket
        self._direct = direct
        self.sound = ticket.call.caller_sound
        self.on_audio = ticket.call.on_media_audio
        self.write = direct.write
        self.close = direct.close

    def on_text(self, text: str) -> None:
        self._ticket.call.on_media_event(self.protocol.receive_text(text))

    async def serve(self, receive: Receive) -> None:
        """Carry the call until either side closes."""
        call, attempt = self._ticket.call, self._ticket.attempt
        code = 1006
        try:
            call.on_media_connected(attempt, self)
            self._direct.attach(self, self._poll)
            while (message := await receive())["type"] != "websocket.disconnect":
                pass
            code = int(message.get("code") or 1006)
        finally:
            call.on_media_closed(attempt, code)


class _Connection:
    """One call's open media socket, through ASGI: for servers that offer nothing shorter.

    Writing needs no task of its own on the way of echoed audio: what is written while a message is being received
    leaves right after it; only speech that begins by itself wakes the writer task.
    """

    def __init__(self, ticket: MediaTicket, protocol: MediaProtocol, receive: Receive, send: Send) -> None:
        self.protocol = protocol
        self._ticket = ticket
        self._receive = receive
        self._send = send
        self._unsent: deque[Message] = deque()
        self._is_receiving = False
        self._is_flushing = False
        self._is_closed = False
        self._wake = asyncio.Event()

    def write(self, message: str | bytes) -> None:
        if self._is_closed:
            return
        if len(self._unsent) >= MAX_UNSENT_MESSAGES:
            log.warning("a media peer does not read; closing")
            self.close(CLOSE_OVERLOADED)
            return
        kind = "bytes" if isinstance(message, bytes) else "text"
        self._unsent.append({"type": "websocket.send", kind: message})
        if not self._is_receiving:
            self._wake.set()

    def close(self, code: int) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._unsent.append({"type": "websocket.close", "code": code})
            self._wake.set()

    async def serve(self) -> None:
        """Carry the call until either side closes."""
        call, attempt = self._ticket.call, self._ticket.attempt
        writer = asyncio.create_task(self._write_when_woken())
        code = 1006
        try:
            call.on_media_connected(attempt, self)
            code = await self._read()
        finally:
            self._is_closed = True
            writer.cancel()
            call.on_media_closed(attempt, code)

    async def _read(self) -> int:
        call, protocol, receive = self._ticket.call, self.protocol, self._receive
        while True:
            message = await receive()
            payload = message.get("bytes")
            self._is_receiving = True
            try:
                if payload is not None:
                    call.on_media_audio(payload)
                elif message["type"] == "websocket.disconnect":
                    return int(message.get("code") or 1006)
                else:
                    call.on_media_event(protocol.receive_text(message.get("text") or ""))
            finally:
                self._is_receiving = False
            if self._unsent:
                await self._flush()

    async def _write_when_woken(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._flush()

    async def _flush(self) -> None:
        if self._is_flushing:
            return
        self._is_flushing = True
        try:
            while self._unsent:
                await self._send(self._unsent.popleft())
        except (OSError, RuntimeError):
            # The peer is gone: reading tells so, with the code.
            self._unsent.clear()
        finally:
            self._is_flushing = False


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)


async def _deny(send: Send, status: int, *headers: tuple[bytes, bytes]) -> None:
    await send(
        {
            "type": "websocket.http.response.start",
            "status": status,
            "headers": [*headers, (b"content-length", b"0")],
        }
    )
    await send({"type": "websocket.http.response.body", "body": b""})


async def _refuse(send: Send, code: int, reason: str) -> None:
    log.warning("a media connection was refused", reason=reason, close_code=code)
    await send({"type": "websocket.close", "code": code, "reason": reason})
