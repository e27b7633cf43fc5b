"""A stored configuration whose address is, or has become, a forbidden one: nothing is sent there by any way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from asisso.asterisk.ari.errors import AriNotAllowed
from asisso.asterisk.ari.failures import classify
from asisso.asterisk.ari.rest import AriAddress, AriClient
from asisso.asterisk.ari.stream import open_stream
from asisso.asterisk.diagnostics.facts import Answer
from asisso.asterisk.diagnostics.look import look_at
from asisso.asterisk.diagnostics.reach import Port, reach
from asisso.asterisk.media.dialer import DialedMedia, MediaReceiver, MediaUnreachable
from asisso.outbound_addresses import AddressPolicy

pytestmark = pytest.mark.unit

PUBLIC_ONLY = AddressPolicy(allow_private=False)


async def _by_request(address: AriAddress) -> None:
    async with AriClient(address) as ari:
        await ari.system_info()


async def _by_event_stream(address: AriAddress) -> None:
    async with open_stream(address, "asisso"):
        raise AssertionError("connected")


async def _by_media(address: AriAddress) -> None:
    receiver = MediaReceiver(on_start=lambda _: None, on_audio=lambda _: None, on_event=lambda _: None)
    try:
        await DialedMedia(address.websocket_url("media/1"), receiver, address.policy).run()
    except MediaUnreachable as error:
        raise AriNotAllowed(str(error)) from None


@pytest.mark.parametrize("way", [_by_request, _by_event_stream, _by_media])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"])
async def test_nothing_is_connected_to(way: Callable[[AriAddress], Awaitable[None]], host: str) -> None:
    came = asyncio.Event()
    server = await asyncio.start_server(lambda _reader, _writer: came.set(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    address = AriAddress(f"http://{host}:{port}", "u", "p", PUBLIC_ONLY)
    async with server:
        with pytest.raises(AriNotAllowed, match="public addresses only"):
            await way(address)
        await asyncio.sleep(0)
    assert not came.is_set()


def test_person_is_told_to_change_the_address() -> None:
    verdict = classify(AriNotAllowed("This server does not connect to 169.254.169.254: it is link-local."))
    assert (verdict.code, verdict.needs_attention) == ("address_not_allowed", True)
    assert verdict.reason == "This server does not connect to 169.254.169.254: it is link-local."


async def test_checks_say_why_and_look_no_further() -> None:
    facts = await reach(AriAddress("http://169.254.169.254:8088", "u", "p"))
    assert "where a cloud keeps" in facts.refusal
    assert facts.port is Port.UNTRIED
    look = await look_at("ws://169.254.169.254/media", "", "", AddressPolicy())
    assert look.answer is Answer.NO_CONNECTION
