"""The TLS context of all checks, made once: reading the list of authorities takes longer than a frame of audio."""

from __future__ import annotations

import asyncio
import ssl
from functools import cache

import httpx

from asisso.outbound_addresses import AddressPolicy
from asisso.outbound_http import guarded_transport


@cache
def tls_context() -> ssl.SSLContext:
    """Accepts the certificates of known authorities."""
    return httpx.create_ssl_context(trust_env=False)


async def prepare_tls() -> None:
    """Make it, when it is not there yet, while calls go on."""
    await asyncio.to_thread(tls_context)


def any_certificate() -> ssl.SSLContext:
    """Accepts everything: to see whether TLS is spoken at all."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def new_transport(policy: AddressPolicy) -> httpx.AsyncHTTPTransport:
    """HTTP with that context, to addresses that may be connected to."""
    return guarded_transport(policy, verify=tls_context())
