"""Where this server may connect when somebody else says where: PBXs, webhooks, media addresses.

A name is resolved once, every address it has is judged, and the connection goes to the judged address: a name that
is pointed elsewhere in between gains nothing (DNS rebinding). Judging is pure; `resolve_allowed` and
`connect_allowed` do the rest. Whoever uses them follows no redirects, or asks again for each.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

RESOLVE_TIMEOUT_S = 5.0

_METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192")
)
"""Where clouds tell a machine its own credentials."""

_THIS_NETWORK = IPv4Network("0.0.0.0/8")
_SITE_LOCAL = IPv6Network("fec0::/10")
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/96"), IPv6Network("::/96"))
"""NAT64, and the compatible form nobody uses any more: the last four bytes are an IPv4 address."""


class AddressRefused(OSError):
    """This server does not connect there; the text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """What may be connected to.

    Attributes:
        allow_private: loopback and the network this server stands in too. Link-local, metadata and multicast
            addresses are refused in any case: no PBX and no webhook lives there.
    """

    allow_private: bool = True

    def refusal(self, address: str) -> str | None:
        """What is wrong with an IP address, as the end of "it is ..."; None when nothing is.

        Raises:
            ValueError: it is no IP address in its usual form.
        """
        given = ipaddress.ip_address(address.partition("%")[0])
        return next(filter(None, (self._judge(one) for one in (given, *_embedded(given)))), None)

    def _judge(self, address: IPv4Address | IPv6Address) -> str | None:
        if address in _METADATA:
            return "where a cloud keeps its machines' credentials"
        if address.is_link_local:
            return "a link-local address"
        if address.is_multicast:
            return "a multicast address"
        if address.is_unspecified or (isinstance(address, IPv4Address) and _is_nobodys(address)):
            return "no address of a single machine"
        is_public = address.is_global and not (isinstance(address, IPv6Address) and address in _SITE_LOCAL)
        is_wrapped = next(_embedded(address), None) is not None
        if not self.allow_private and not is_public and not is_wrapped:
            return "not a public address, and this installation connects to public addresses only"
        return None


DEFAULT_POLICY = AddressPolicy()
"""For a server that stands in the network of its own PBXs."""


def _is_nobodys(address: IPv4Address) -> bool:
    return address in _THIS_NETWORK or address.is_reserved


def _embedded(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses an IPv6 address leads to by mapping, tunnel or translation."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if any(address in network for network in _TRANSLATED) and int(address) > 1:
        yield IPv4Address(int(address) & 0xFFFFFFFF)


async def resolve_allowed(host: str, port: int, policy: AddressPolicy) -> list[str]:
    """The IP addresses behind a host, all of them allowed. Connect to these, not to the name.

    Raises:
        AddressRefused: one of them is not.
        OSError: the name is not known, or no name server answered within `RESOLVE_TIMEOUT_S` (TimeoutError).
    """
    addresses = await _resolve(host, port)
    for address in addresses:
        refusal = policy.refusal(address)
        if refusal is not None:
            named = host if host == address else f"{host} ({address})"
            raise AddressRefused(f"This server does not connect to {named}: it is {refusal}.")
    return addresses


async def connect_allowed(host: str, port: int, policy: AddressPolicy) -> socket.socket:
    """A connected, non-blocking TCP socket to an allowed address of the host; the caller limits the time.

    Raises:
        AddressRefused: the host has an address that is not allowed.
        OSError: there was no connection.
    """
    failure: OSError = OSError(f"{host} has no address")
    for address in await resolve_allowed(host, port, policy):
        try:
            return await _connect(address, port)
        except OSError as error:
            failure = error
    raise failure


async def _resolve(host: str, port: int) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(RESOLVE_TIMEOUT_S):
            # Also what reads 2130706433 and 0177.1 as IPv4 addresses: they are judged like every other.
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError(f"{host} is no host name") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def _connect(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(connection, (address, port))
    except BaseException:
        connection.close()
        raise
    return connection
