"""How far one gets to the ARI: name, port, TLS, HTTP. Each step is taken once and its outcome kept as a fact."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass, replace
from enum import Enum, auto
from urllib.parse import urlsplit

import httpx

from asisso.outbound_addresses import AddressPolicy, AddressRefused, connect_allowed, resolve_allowed

from ..ari.rest import AriAddress, basic_authorization
from .tls import any_certificate, new_transport, prepare_tls, tls_context

RESOLVE_TIMEOUT_S = 3.0
CONNECT_TIMEOUT_S = 3.0
TLS_TIMEOUT_S = 3.0
ANSWER_TIMEOUT_S = 4.0
ELSEWHERE_TIMEOUT_S = 1.0
USUAL_PORTS = ((8088, "http"), (8089, "https"))
"""Where Asterisk's HTTP server listens when nobody says otherwise, plain and with TLS."""


class Port(Enum):
    UNTRIED = auto()
    OPEN = auto()
    REFUSED = auto()
    SILENT = auto()
    """No answer at all, or no way there: what a firewall looks like."""


class Talk(Enum):
    """What came of an HTTP request."""

    UNTRIED = auto()
    HTTP = auto()
    CLOSED = auto()
    """The connection was accepted and closed without a word."""
    SILENT = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Reach:
    """The facts, in the order they are found out; the rest stays at its default once one fails.

    Attributes:
        refusal: why this server does not connect there, one sentence.
        elsewhere: the URL of an Asterisk that was found instead, at a usual port or without the prefix.
        speaks_tls: None when it was not tried.
        tls_fault: why the certificate was not accepted.
        message: ARI's own words with a refusal.
    """

    url: str
    addresses: tuple[str, ...] = ()
    resolve_error: str = ""
    port: Port = Port.UNTRIED
    port_error: str = ""
    elsewhere: str = ""
    speaks_tls: bool | None = None
    tls_fault: str = ""
    talk: Talk = Talk.UNTRIED
    status: int = 0
    server: str = ""
    is_json: bool = False
    message: str = ""
    refusal: str = ""


def answering(url: str) -> Reach:
    """The facts of an ARI that is known to answer."""
    return Reach(url, port=Port.OPEN, talk=Talk.HTTP, status=200, server="Asterisk", is_json=True)


async def reach(address: AriAddress) -> Reach:
    """Go as far as possible; never raises. Takes no longer than the sum of its time limits, 13 s."""
    await prepare_tls()
    facts = Reach(address.base_url)
    parts = urlsplit(address.base_url)
    is_secure = parts.scheme == "https"
    place = _Place(parts.hostname or "", parts.port or (443 if is_secure else 80), address.policy)
    facts = await _resolve(facts, place)
    if facts.resolve_error or facts.refusal:
        return facts
    facts = await _connect(facts, place)
    if facts.port is not Port.OPEN:
        return facts
    if is_secure:
        facts = await _greet_by_tls(facts, place)
        if facts.tls_fault or not facts.speaks_tls:
            return facts
    facts = await _ask(facts, address)
    if facts.talk in (Talk.CLOSED, Talk.OTHER) and not is_secure:
        facts = replace(facts, speaks_tls=await _is_tls(place))
        if facts.talk is Talk.CLOSED and not facts.speaks_tls and await _says_anything(place):
            facts = replace(facts, talk=Talk.OTHER)
    if facts.status == 404 and not facts.is_json and parts.path:
        facts = replace(facts, elsewhere=await _without_prefix(address))
    return facts


@dataclass(frozen=True, slots=True)
class _Place:
    host: str
    port: int
    policy: AddressPolicy

    async def open(
        self, tls: ssl.SSLContext | None = None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        connection = await connect_allowed(self.host, self.port, self.policy)
        name = self.host if tls is not None else None
        return await asyncio.open_connection(sock=connection, ssl=tls, server_hostname=name)


async def _resolve(facts: Reach, place: _Place) -> Reach:
    try:
        async with asyncio.timeout(RESOLVE_TIMEOUT_S):
            addresses = await resolve_allowed(place.host, place.port, place.policy)
    except TimeoutError:
        return replace(facts, resolve_error=f"no name server answered within {RESOLVE_TIMEOUT_S:g} s")
    except AddressRefused as refused:
        return replace(facts, refusal=str(refused))
    except OSError as error:
        return replace(facts, resolve_error=error.strerror or str(error))
    return replace(facts, addresses=tuple(addresses))


async def _connect(facts: Reach, place: _Place) -> Reach:
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            _, writer = await place.open()
    except ConnectionRefusedError:
        return replace(facts, port=Port.REFUSED, elsewhere=await _usual_port(place))
    except TimeoutError:
        return replace(facts, port=Port.SILENT, port_error=f"no answer within {CONNECT_TIMEOUT_S:g} s")
    except OSError as error:
        if "refused" in str(error).lower():  # several addresses were tried
            return replace(facts, port=Port.REFUSED, elsewhere=await _usual_port(place))
        return replace(facts, port=Port.SILENT, port_error=error.strerror or str(error))
    writer.close()
    return replace(facts, port=Port.OPEN)


async def _greet_by_tls(facts: Reach, place: _Place) -> Reach:
    try:
        async with asyncio.timeout(TLS_TIMEOUT_S):
            _, writer = await place.open(tls_context())
    except ssl.SSLCertVerificationError as error:
        return replace(facts, speaks_tls=True, tls_fault=error.verify_message)
    except (OSError, TimeoutError):
        return replace(facts, speaks_tls=False)
    writer.close()
    return replace(facts, speaks_tls=True)


async def _is_tls(place: _Place) -> bool:
    """Whether the port answers a TLS greeting, whatever its certificate says."""
    try:
        async with asyncio.timeout(TLS_TIMEOUT_S):
            _, writer = await place.open(any_certificate())
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def _says_anything(place: _Place) -> bool:
    """Whether a request is answered by any byte at all."""
    try:
        async with asyncio.timeout(ELSEWHERE_TIMEOUT_S):
            reader, writer = await place.open()
            writer.write(b"GET / HTTP/1.0\r\n\r\n")
            said = await reader.read(1)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return bool(said)


async def _ask(facts: Reach, address: AriAddress) -> Reach:
    try:
        answer = await _ping(address, ANSWER_TIMEOUT_S)
    except (TimeoutError, httpx.TimeoutException):
        return replace(facts, talk=Talk.SILENT)
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError) as error:
        is_silent = "without sending" in str(error) or not isinstance(error, httpx.RemoteProtocolError)
        return replace(facts, talk=Talk.CLOSED if is_silent else Talk.OTHER)
    except httpx.TransportError:
        return replace(facts, talk=Talk.OTHER)
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    message = ""
    if is_json:
        with contextlib.suppress(ValueError, AttributeError):
            message = str(answer.json().get("message", ""))
    return replace(
        facts,
        talk=Talk.HTTP,
        status=answer.status_code,
        server=answer.headers.get("server", ""),
        is_json=is_json,
        message=message,
    )


async def _usual_port(place: _Place) -> str:
    """The URL of an Asterisk at one of the usual ports; empty when there is none."""
    for port, scheme in USUAL_PORTS:
        if port == place.port:
            continue
        authority = f"[{place.host}]" if ":" in place.host else place.host
        url = f"{scheme}://{authority}:{port}"
        if await _is_asterisk(AriAddress(url, "", "", place.policy)):
            return url
    return ""


async def _without_prefix(address: AriAddress) -> str:
    parts = urlsplit(address.base_url)
    url = f"{parts.scheme}://{parts.netloc}"
    return url if await _is_asterisk(replace(address, base_url=url)) else ""


async def _is_asterisk(address: AriAddress) -> bool:
    try:
        answer = await _ping(address, ELSEWHERE_TIMEOUT_S)
    except (TimeoutError, httpx.TransportError):
        return False
    return answer.status_code in (200, 401) and answer.headers.get("server", "").startswith("Asterisk")


async def _ping(address: AriAddress, timeout_s: float) -> httpx.Response:
    url = f"{address.base_url}/ari/asterisk/ping"
    headers = {"Accept": "application/json"}
    if address.username:
        headers["Authorization"] = basic_authorization(address)
    async with asyncio.timeout(timeout_s), new_transport(address.policy) as transport:
        answer = await transport.handle_async_request(httpx.Request("GET", url, headers=headers))
        await answer.aread()
        return answer
