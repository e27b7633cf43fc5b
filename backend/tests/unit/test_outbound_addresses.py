"""Which addresses this server connects to, and that nothing slips past between looking and connecting."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.outbound_addresses import AddressPolicy, AddressRefused, connect_allowed, resolve_allowed
from asisso.outbound_http import ConnectionRefusedHere, guarded_transport

pytestmark = pytest.mark.unit

ANY_PBX = AddressPolicy()
PUBLIC_ONLY = AddressPolicy(allow_private=False)

NEVER = [
    "169.254.169.254",
    "169.254.0.7",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "100.100.100.200",
    "168.63.129.16",
    "224.0.0.1",
    "239.255.255.250",
    "ff02::1",
    "255.255.255.255",
    "240.0.0.1",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "::ffff:169.254.169.254",
    "::169.254.169.254",
    "64:ff9b::169.254.169.254",
    "2002:a9fe:a9fe::1",
]
PRIVATE = [
    "127.0.0.1",
    "127.255.0.9",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "::1",
    "fd12:3456::1",
    "fec0::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "2002:7f00:1::",
]
PUBLIC = ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"]


class TestRule:
    @pytest.mark.parametrize("address", NEVER)
    def test_addresses_of_no_pbx_are_refused_whatever_is_set(self, address: str) -> None:
        assert ANY_PBX.refusal(address)
        assert PUBLIC_ONLY.refusal(address)

    @pytest.mark.parametrize("address", PRIVATE)
    def test_private_addresses_are_left_to_the_setting(self, address: str) -> None:
        assert ANY_PBX.refusal(address) is None
        assert PUBLIC_ONLY.refusal(address)

    @pytest.mark.parametrize("address", PUBLIC)
    def test_public_addresses_are_taken(self, address: str) -> None:
        assert ANY_PBX.refusal(address) is PUBLIC_ONLY.refusal(address) is None

    @given(st.ip_addresses(v=4))
    def test_mapping_an_address_into_ipv6_changes_nothing(self, address: object) -> None:
        for policy in (ANY_PBX, PUBLIC_ONLY):
            assert bool(policy.refusal(f"::ffff:{address}")) == bool(policy.refusal(str(address)))


class TestResolving:
    @pytest.mark.parametrize("host", ["2130706433", "0177.0.0.1", "0x7f.1", "127.1", "localhost"])
    async def test_no_spelling_hides_the_own_machine(self, host: str) -> None:
        with pytest.raises(AddressRefused, match="public addresses only"):
            await resolve_allowed(host, 80, PUBLIC_ONLY)

    async def test_one_forbidden_address_of_a_name_forbids_it(self, names: Names) -> None:
        names("pbx.example.com", ["8.8.8.8", "10.0.0.1"])
        with pytest.raises(AddressRefused, match=r"pbx\.example\.com \(10\.0\.0\.1\)"):
            await resolve_allowed("pbx.example.com", 80, PUBLIC_ONLY)
        assert await resolve_allowed("pbx.example.com", 80, ANY_PBX) == ["8.8.8.8", "10.0.0.1"]

    async def test_host_that_is_no_name_is_not_found(self) -> None:
        with pytest.raises(OSError, match="is no host name"):
            await resolve_allowed("a" * 70 + ".example", 80, ANY_PBX)


class TestConnecting:
    async def test_name_that_changes_between_look_and_connection_gains_nothing(self, names: Names) -> None:
        async with _listening() as port:
            asked = names("rebinding.example", ["127.0.0.1"], then=["169.254.169.254"])
            connection = await connect_allowed("rebinding.example", port, ANY_PBX)
            assert connection.getpeername() == ("127.0.0.1", port)
            connection.close()
        assert asked() == 1

    async def test_second_address_is_tried_when_the_first_is_dead(self, names: Names) -> None:
        async with _listening() as port:
            names("pbx.example", ["127.0.0.2", "127.0.0.1"])
            connection = await connect_allowed("pbx.example", port, ANY_PBX)
            assert connection.getpeername()[0] == "127.0.0.1"
            connection.close()

    async def test_http_asks_the_rule_for_every_connection(self, names: Names) -> None:
        async with _listening() as port:
            asked = names("pbx.example", ["127.0.0.1"], then=["169.254.169.254"])
            transport = guarded_transport(ANY_PBX, verify=False)
            async with httpx.AsyncClient(transport=transport) as client:
                assert (await client.get(f"http://pbx.example:{port}/")).status_code == 302
                with pytest.raises(ConnectionRefusedHere, match=r"169\.254\.169\.254"):
                    await client.get(f"http://pbx.example:{port}/")
        assert asked() == 2

    async def test_redirect_into_the_own_network_is_refused(self) -> None:
        async with _listening("http://169.254.169.254/latest/meta-data/") as port:
            transport = guarded_transport(ANY_PBX, verify=False)
            async with httpx.AsyncClient(transport=transport, follow_redirects=True) as client:
                with pytest.raises(ConnectionRefusedHere):
                    await client.get(f"http://127.0.0.1:{port}/")


Names = Callable[..., Callable[[], int]]


@pytest.fixture
async def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Gives a name its addresses, and others from the second question on. Returns how often it was asked."""
    loop = asyncio.get_running_loop()
    real = loop.getaddrinfo

    def give(name: str, first: list[str], then: list[str] | None = None) -> Callable[[], int]:
        count = 0

        async def answer(host: Any, port: Any, **options: Any) -> Any:
            nonlocal count
            if host != name:
                return await real(host, port, **options)
            count += 1
            addresses = first if count == 1 or then is None else then
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

        monkeypatch.setattr(loop, "getaddrinfo", answer)
        return lambda: count

    return give


@asynccontextmanager
async def _listening(location: str = "/elsewhere") -> AsyncIterator[int]:
    """A server on loopback that answers one request a connection, always with a redirect."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readline():
            lines = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            writer.write(lines.encode())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
