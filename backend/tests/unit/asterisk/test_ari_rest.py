"""ARI's requests against scripted answers: what is sent, and what each answer becomes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import httpx
import pytest

from asisso.asterisk.ari.errors import (
    AriConflict,
    AriForbidden,
    AriNotAsterisk,
    AriNotFound,
    AriNotLoaded,
    AriServerError,
    AriTimeout,
    AriUnauthorized,
    AriUnprocessable,
    AriUnreachable,
)
from asisso.asterisk.ari.rest import AriAddress, AriClient, ExternalMedia
from asisso.asterisk.ari.rtp import RtpStatistics

pytestmark = pytest.mark.unit

ADDRESS = AriAddress("http://pbx:8088/prefix", "asisso", "pass:wörd")
MEDIA = ExternalMedia("am-1", "asisso", "client", "slin16", {"SECRET": "s"})


def client(answer: Callable[[httpx.Request], httpx.Response]) -> AriClient:
    return AriClient(ADDRESS, transport=httpx.MockTransport(answer))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, AriUnprocessable),
        (401, AriUnauthorized),
        (403, AriForbidden),
        (404, AriNotFound),
        (409, AriConflict),
        (422, AriUnprocessable),
        (500, AriServerError),
    ],
)
async def test_each_status_has_its_error_with_asterisks_own_words(status: int, kind: type[Exception]) -> None:
    async with client(lambda _: httpx.Response(status, json={"message": "Channel not found"})) as ari:
        with pytest.raises(kind, match="Channel not found"):
            await ari.answer("c")


async def test_html_from_asterisk_means_ari_is_not_loaded() -> None:
    answer = httpx.Response(404, html="<html>", headers={"Server": "Asterisk/22.10.1"})
    async with client(lambda _: answer) as ari:
        with pytest.raises(AriNotLoaded):
            await ari.system_info()


async def test_html_from_anybody_else_means_a_wrong_address() -> None:
    async with client(lambda _: httpx.Response(200, html="<html>", headers={"Server": "nginx"})) as ari:
        with pytest.raises(AriNotAsterisk, match="nginx"):
            await ari.system_info()


@pytest.mark.parametrize("status", [200, 404])
async def test_json_that_is_none_is_no_error_of_ours(status: int) -> None:
    answer = httpx.Response(status, content=b"{", headers={"Content-Type": "application/json"})
    async with client(lambda _: answer) as ari:
        with pytest.raises(AriNotAsterisk if status == 200 else AriNotFound):
            await ari.system_info()


async def test_a_refused_connection_is_unreachable_and_names_no_secret() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused", request=request)

    async with client(refuse) as ari:
        with pytest.raises(AriUnreachable, match="refused") as failure:
            await ari.channels()
    assert "wörd" not in repr(failure.value) + repr(ari.address)


async def test_no_answer_in_time_is_a_timeout() -> None:
    def stall(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("", request=request)

    async with client(stall) as ari:
        with pytest.raises(AriTimeout):
            await ari.channels()


async def test_ids_are_escaped_and_the_prefix_is_kept() -> None:
    seen: list[str] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(204)

    async with client(note) as ari:
        await ari.hang_up("PJSIP/6001 a?b", cause=34)
    assert seen == ["http://pbx:8088/prefix/ari/channels/PJSIP%2F6001%20a%3Fb?reason_code=34"]


async def test_external_media_is_asked_for_one_at_a_time() -> None:
    under_way = most = 0

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            under_way -= 1
            return httpx.Response(200, json={"id": "am-1"})

    async with AriClient(ADDRESS, transport=Slow()) as ari:
        await asyncio.gather(*(ari.create_external_media(MEDIA) for _ in range(10)))
    assert most == 1


@pytest.mark.parametrize(("name", "connection_type"), [("client", "client"), ("", "server")])
async def test_without_a_websocket_client_asterisk_waits_for_us(name: str, connection_type: str) -> None:
    sent: list[dict[str, object]] = []

    def note(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(200, json={"channelvars": {"MEDIA_WEBSOCKET_CONNECTION_ID": "uuid"}})

    async with client(note) as ari:
        media = ExternalMedia("am-1", "asisso", name, "slin16", {"SECRET": "s"})
        assert await ari.create_external_media(media) == "uuid"
    assert sent[0]["connection_type"] == connection_type
    assert sent[0]["variables"] == {"SECRET": "s"}
    assert sent[0]["transport_data"] == "f(json)"


async def test_clients_of_one_pbx_make_external_media_one_at_a_time() -> None:
    """Parallel ones crash Asterisk before 22.11, whoever sends them."""
    running = most = 0

    class Counting(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1
            return httpx.Response(200, json={"id": "am"})

    async def make(base_url: str) -> None:
        async with AriClient(AriAddress(base_url, "asisso", "p"), transport=Counting()) as ari:
            await ari.create_external_media(MEDIA)

    await asyncio.gather(*(make("http://pbx:8088") for _ in range(5)))
    assert most == 1
    await asyncio.gather(*(make(f"http://pbx{n}:8088") for n in range(5)))
    assert most > 1, "other PBXs do not wait"


async def test_rtp_statistics_are_read_as_asterisk_means_them() -> None:
    answer = {
        "txcount": 900,
        "rxcount": 1_000,
        "txploss": 3,
        "rxploss": 12,
        "txjitter": 0.0025,
        "rxjitter": 7.0,
        "rtt": 0.0801,
        "channel_uniqueid": "1.1",
    }
    async with client(lambda _: httpx.Response(200, json=answer)) as ari:
        assert await ari.rtp_statistics("1.1") == RtpStatistics(
            received=1_000,
            received_lost=12,
            received_jitter_ms=2.5,
            sent=900,
            sent_lost=3,
            round_trip_ms=80.1,
        )


async def test_rtp_statistics_that_say_nothing_count_nothing() -> None:
    async with client(
        lambda _: httpx.Response(200, json={"rtt": 0.0, "rxcount": "many", "rxploss": -1})
    ) as ari:
        assert await ari.rtp_statistics("1.1") == RtpStatistics(0, 0, 0.0, 0, 0, None)
