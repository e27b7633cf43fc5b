"""HTTP to addresses that somebody else named: `outbound_addresses` under httpx."""

from __future__ import annotations

import ssl
from collections.abc import Iterable

import httpcore
import httpx

from asisso.outbound_addresses import AddressPolicy, AddressRefused, resolve_allowed

DEFAULT_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20)


class ConnectionRefusedHere(httpx.ConnectError):
    """This server does not connect there; the text is a sentence for a person."""


class _Network(httpcore.AsyncNetworkBackend):
    """Opens connections to judged addresses only. TLS still asks for a certificate of the name."""

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            addresses = await resolve_allowed(host, port, self._policy)
        except AddressRefused as refused:
            raise ConnectionRefusedHere(str(refused)) from None
        except TimeoutError:
            raise httpcore.ConnectTimeout(f"no name server knew {host} in time") from None
        except OSError as error:
            raise httpcore.ConnectError(error.strerror or str(error)) from error
        failure: httpcore.ConnectError | httpcore.ConnectTimeout = httpcore.ConnectError(f"no {host}")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


def guarded_transport(
    policy: AddressPolicy,
    *,
    verify: ssl.SSLContext | bool = True,
    limits: httpx.Limits = DEFAULT_LIMITS,
) -> httpx.AsyncHTTPTransport:
    """A transport for `httpx.AsyncClient(transport=..., follow_redirects=False)`, or for use by itself.

    A request to a forbidden address raises `ConnectionRefusedHere`.
    """
    context = (
        verify if isinstance(verify, ssl.SSLContext) else httpx.create_ssl_context(verify, trust_env=False)
    )
    transport = httpx.AsyncHTTPTransport(verify=context, trust_env=False)
    # httpx has no argument for httpcore's network backend, which is the one place where every connection is opened.
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=context,
        max_connections=limits.max_connections,
        max_keepalive_connections=limits.max_keepalive_connections,
        keepalive_expiry=limits.keepalive_expiry,
        network_backend=_Network(policy),
    )
    return transport
