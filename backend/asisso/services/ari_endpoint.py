"""The address of an Asterisk: its form, and whether this installation may connect to it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from asisso.errors import InvalidInput
from asisso.outbound_addresses import AddressPolicy, AddressRefused, resolve_allowed

DEFAULT_PORTS = {"http": 80, "https": 443}
_NUMBERS = re.compile(r"(0x[0-9a-f]+|\d+)(\.(0x[0-9a-f]+|\d+))*\.?")
_IPV4 = re.compile(r"(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}")


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
    if _NUMBERS.fullmatch(host) and not _IPV4.fullmatch(host):
        raise ValueError("has a host of numbers that is no IP address; write it like 192.0.2.10")
    authority = f"[{host}]" if ":" in host else host
    if port is not None:
        authority += f":{port}"
    path = parts.path.rstrip("/").removesuffix("/ari").rstrip("/")
    return f"{parts.scheme.lower()}://{authority}{path}"


def same_pbx_key(endpoint: str) -> tuple[str, str, int, str]:
    """Equal for two normalised endpoints that lead to one place, with the port written out or not."""
    parts = urlsplit(endpoint)
    host = (parts.hostname or "").rstrip(".")
    return parts.scheme, host, parts.port or DEFAULT_PORTS[parts.scheme], parts.path


async def require_allowed_address(endpoint: str, policy: AddressPolicy) -> None:
    """Refuse an endpoint to which this server would not connect, while the person who typed it is still there.

    A name that is not known yet may be saved, and where private addresses are allowed names are not looked up at
    all: whoever connects asks again in any case.

    Raises:
        InvalidInput: the server would not connect there.
    """
    parts = urlsplit(endpoint)
    host, port = parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]
    if policy.allow_private and not _is_literal(host):
        return
    try:
        await resolve_allowed(host, port, policy)
    except AddressRefused as refused:
        raise InvalidInput(str(refused), location=("body", "ari_endpoint")) from None
    except OSError:
        return


def _is_literal(host: str) -> bool:
    return ":" in host or _IPV4.fullmatch(host) is not None
