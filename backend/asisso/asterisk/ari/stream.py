"""ARI's event WebSocket: connect, then one typed event after another.

Authorises by header: `?api_key=` would end up in logs. Never asks for `subscribeAll`: it shows other people's calls.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.headers import build_authorization_basic

from asisso.outbound_addresses import AddressRefused
from asisso.outbound_websocket import connect_websocket

from .errors import AriNotAllowed, AriNotAsterisk, AriTimeout, AriUnreachable, not_ari, status_error
from .events import AriEvent, OtherEvent, parse_event
from .rest import AriAddress

OPEN_TIMEOUT_S = 5.0
PING_INTERVAL_S = 10.0
PING_TIMEOUT_S = 10.0
"""A PBX that vanished without closing TCP is noticed after at most 20 s."""

CLOSE_TIMEOUT_S = 2.0
MAX_EVENT_BYTES = 1 << 20
MAX_UNREAD_EVENTS = 4_096
"""More wait in the kernel. While they do, no pong is seen either: whoever opens a stream must read it at once."""


class EventStream:
    """An open event WebSocket, iterated once."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def __aiter__(self) -> AsyncIterator[AriEvent]:
        """Every event until the stream ends; a message that can't be read is an event of no known type.

        Raises:
            AriUnreachable: the connection was lost; events in between are lost with it.
        """
        try:
            async for message in self._socket:
                yield _event_of(message)
        except ConnectionClosed as closed:
            raise AriUnreachable(f"Asterisk's event stream broke off ({closed})") from None
        raise AriUnreachable("Asterisk closed the event stream")

    async def round_trip_ms(self) -> float:
        """Time a ping takes there and back, in ms.

        Raises:
            AriUnreachable: the connection was lost meanwhile.
        """
        try:
            pong = await self._socket.ping()
            return float(await pong) * 1000
        except ConnectionClosed as closed:
            raise AriUnreachable(f"Asterisk's event stream broke off ({closed})") from None


@asynccontextmanager
async def open_stream(address: AriAddress, app: str) -> AsyncIterator[EventStream]:
    """Register `app` and receive its events for as long as the context is open.

    Raises:
        AriError: the class of what hindered it; see `errors`.
    """
    url = address.websocket_url(f"ari/events?app={quote(app, safe='')}")
    try:
        socket = await connect_websocket(
            url,
            address.policy,
            additional_headers={
                "Authorization": build_authorization_basic(address.username, address.password)
            },
            open_timeout=OPEN_TIMEOUT_S,
            ping_interval=PING_INTERVAL_S,
            ping_timeout=PING_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            max_size=MAX_EVENT_BYTES,
            max_queue=MAX_UNREAD_EVENTS,
        )
    except InvalidStatus as refused:
        if refused.response.status_code == 404:
            raise not_ari(404, refused.response.headers.get("Server", "")) from None
        raise status_error(refused.response.status_code, refused.response.reason_phrase) from None
    except InvalidHandshake as error:
        raise AriNotAsterisk(f"the answer was not a WebSocket handshake ({error})") from None
    except TimeoutError:
        raise AriTimeout(f"no event stream within {OPEN_TIMEOUT_S:g} s") from None
    except ssl.SSLCertVerificationError as error:
        raise AriNotAsterisk(f"the TLS certificate was not accepted ({error.verify_message})") from None
    except AddressRefused as refused:
        raise AriNotAllowed(str(refused)) from None
    except OSError as error:
        raise AriUnreachable(str(error)) from None
    async with socket:
        yield EventStream(socket)


def _event_of(message: str | bytes) -> AriEvent:
    try:
        return parse_event(message if isinstance(message, str) else message.decode())
    except ValueError:
        return OtherEvent("unreadable")
