"""The address of an Asterisk: its form, and whether this installation may connect to it."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

import httpx

from asisso.errors import InvalidInput

RESOLVE_TIMEOUT_S = 5.0


def normalize_ari_endpoint(text: str) -> str:
    """`http(s)://host[:port][/prefix]`, without a last slash and without the `/ari` that is added to it.

    Raises:
        ValueError: it is no such address; the message says what is wrong.
    """
    parts = urlsplit(text.strip())
    if parts.scheme.lower() not in ("http", "https"):
        raise ValueError("must begin with http:// or https://, like http://asterisk.example.com:8088")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not contain a user or a password; they have fields of their own")
    if parts.query or parts.fragment:
        raise ValueError("must end with the host, the port or a prefix, without ? and #")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("has a port that is no number between 1 and 65535") from None
    if not host or any(character.isspace() for character in host):
        raise ValueError("must name a host, like http://asterisk.example.com:8088")
    authority = f"[{host}]" if ":" in host else host
    if port is not None:
        authority += f":{port}"
    path = parts.path.rstrip("/").removesuffix("/ari").rstrip("/")
    endpoint = f"{parts.scheme.lower()}://{authority}{path}"
    try:
        httpx.URL(endpoint)
    except httpx.InvalidURL:
        raise ValueError("has a host or a path that no address can have") from None
    return endpoint


async def require_public_address(endpoint: str) -> None:
    """Refuse a host inside the network this server stands in, for installations that are shared by strangers.

    A name can be pointed elsewhere later, so whoever connects asks again.

    Raises:
        InvalidInput: the host is not public, or cannot be found.
    """
    parts = urlsplit(endpoint)
    try:
        async with asyncio.timeout(RESOLVE_TIMEOUT_S):
            found = await asyncio.get_running_loop().getaddrinfo(
                parts.hostname, parts.port or 80, type=socket.SOCK_STREAM
            )
    except (OSError, TimeoutError) as error:
        raise InvalidInput(
            f"The host {parts.hostname} cannot be found.", location=("body", "ari_endpoint")
        ) from error
    if not all(ipaddress.ip_address(address[4][0]).is_global for address in found):
        raise InvalidInput(
            "This installation connects to public addresses only.", location=("body", "ari_endpoint")
        )
