"""A WebSocket upgrade sent to a media address by ourselves, before a PBX is asked to do the same.

Finds out cheaply what Asterisk would only tell as *no route*, and keeps it from an address that never answers.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from urllib.parse import urlsplit

from websockets.exceptions import InvalidHandshake, InvalidMessage, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from asisso.outbound_addresses import AddressPolicy, connect_allowed
from asisso.outbound_websocket import connect_websocket

from .facts import Answer, Look
from .tls import tls_context

TIMEOUT_S = 2.0


async def look_at(url: str, username: str, password: str, policy: AddressPolicy) -> Look:
    """Open and close a WebSocket as Asterisk would; never raises."""
    headers = {}
    if username:
        headers["Authorization"] = f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"
    try:
        async with await connect_websocket(
            url,
            policy,
            additional_headers=headers,
            subprotocols=[Subprotocol("media")],
            open_timeout=TIMEOUT_S,
            close_timeout=TIMEOUT_S,
            ping_interval=None,
            ssl=tls_context() if url.startswith("wss:") else None,
        ):
            return Look(Answer.ACCEPTED)
    except InvalidStatus as refused:
        return Look(Answer.REFUSED, str(refused.response.status_code))
    except (InvalidURI, InvalidMessage, InvalidHandshake, EOFError) as error:
        return Look(Answer.NOT_HTTP, str(error) or type(error).__name__)
    except TimeoutError:
        is_open = await _takes_connections(url, policy)
        return Look(Answer.SILENT if is_open else Answer.NO_CONNECTION, f"no answer within {TIMEOUT_S:g} s")
    except ssl.SSLCertVerificationError as error:
        return Look(Answer.BAD_CERTIFICATE, error.verify_message)
    except ssl.SSLError as error:
        return Look(Answer.NOT_TLS, error.reason or str(error))
    except OSError as error:
        return Look(Answer.NO_CONNECTION, error.strerror or str(error))


async def _takes_connections(url: str, policy: AddressPolicy) -> bool:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "wss" else 80)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            connection = await connect_allowed(parts.hostname or "", port, policy)
    except (OSError, TimeoutError):
        return False
    connection.close()
    return True
