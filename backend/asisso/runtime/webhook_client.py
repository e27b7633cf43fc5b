"""One request to a webhook's address: signed, limited, to an address this server may connect to, following nothing."""

from __future__ import annotations

import asyncio
import time

import httpx

from asisso import __version__
from asisso.clock import Clock
from asisso.outbound_addresses import AddressPolicy
from asisso.outbound_http import ConnectionRefusedHere, guarded_transport
from asisso.services.webhook_rules import SIGNATURE_HEADER, Attempt, signature

ATTEMPT_LIMIT_S = 10.0
"""For everything: name, connection, TLS, request, answer."""

MAX_EXCERPT = 500
"""Characters of the answer that are kept; not a byte more than needed is read."""

DELIVERY_HEADER = "X-Asisso-Delivery"
EVENT_HEADER = "X-Asisso-Event"


class WebhookClient:
    """Makes attempts. Keeps connections for a while, so that one address is not connected to anew each time."""

    def __init__(self, clock: Clock, *, allow_private: bool, limit_s: float = ATTEMPT_LIMIT_S) -> None:
        self._clock = clock
        self._limit_s = limit_s
        self._http = httpx.AsyncClient(
            transport=guarded_transport(AddressPolicy(allow_private)),
            follow_redirects=False,
            timeout=limit_s,
            headers={"User-Agent": f"Asisso/{__version__}", "Content-Type": "application/json"},
        )

    async def post(self, url: str, secret: str, delivery_id: str, event: str, body: bytes) -> Attempt:
        """Send one delivery. Never raises because of the other side."""
        headers = {
            SIGNATURE_HEADER: signature(secret, int(self._clock.now().timestamp()), body),
            DELIVERY_HEADER: delivery_id,
            EVENT_HEADER: event,
        }
        started = time.perf_counter()
        status: int | None = None
        try:
            async with asyncio.timeout(self._limit_s):
                async with self._http.stream("POST", url, content=body, headers=headers) as answer:
                    status = answer.status_code
                    excerpt = await _excerpt(answer)
        except TimeoutError:
            excerpt = f"There was no answer within {self._limit_s:g} s."
        except ConnectionRefusedHere as refused:
            excerpt = str(refused)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            excerpt = _told(error)
        return Attempt(status, excerpt, round((time.perf_counter() - started) * 1000))

    async def close(self) -> None:
        await self._http.aclose()


async def _excerpt(answer: httpx.Response) -> str:
    read = b""
    async for chunk in answer.aiter_raw():
        read += chunk
        if len(read) >= MAX_EXCERPT:
            break
    text = read[:MAX_EXCERPT].decode(errors="replace")
    # A NUL cannot be stored by PostgreSQL.
    return text.replace("\0", "\ufffd")


def _told(error: Exception) -> str:
    match error:
        case httpx.TimeoutException():
            return "The address did not answer in time."
        case httpx.ConnectError():
            return f"There is no connection to the address: {error}"[:MAX_EXCERPT]
        case httpx.InvalidURL():
            return "The address can't be understood."
    return f"The connection broke: {type(error).__name__}."
