"""WebSockets to addresses that somebody else named: `outbound_addresses` under websockets."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidURI

from asisso.outbound_addresses import AddressPolicy, connect_allowed

DEFAULT_PORTS = {"ws": 80, "wss": 443}


async def connect_websocket(
    url: str, policy: AddressPolicy, *, open_timeout: float, **options: Any
) -> ClientConnection:
    """`websockets.connect` to a judged address, uncompressed, without a proxy, following no redirect.

    Raises:
        AddressRefused: the policy forbids the host.
        TimeoutError: there was no open WebSocket within `open_timeout` seconds.
        OSError, websockets.exceptions.WebSocketException: there was none at all.
    """
    async with asyncio.timeout(open_timeout):
        connection = await connect_allowed(*_place_of(url), policy)
        try:
            return await connect(
                url, sock=connection, compression=None, proxy=None, open_timeout=None, **options
            )
        except ValueError as redirected:
            # What websockets says when a connection that was handed to it would have to go elsewhere.
            raise InvalidHandshake(str(redirected)) from None
        except BaseException:
            connection.close()
            raise


def _place_of(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError):
        host, port = None, 0
    if not host:
        raise InvalidURI(url, "is no WebSocket address")
    return host, port
