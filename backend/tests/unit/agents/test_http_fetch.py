"""A workflow's requests to a real server that does what it should not: slow, huge, redirecting, wrong, forbidden."""

import asyncio
import contextlib
import json
from contextlib import asynccontextmanager

import pytest

from asisso.agents import http_fetch
from asisso.agents.dialogue import FetchFailed
from asisso.agents.http_fetch import MAX_ANSWER_BYTES, MAX_AT_ONE_HOST, HttpFetch
from asisso.outbound_addresses import AddressPolicy
from asisso.workflows.definition import HttpData
from tests.fakes.receiver import receiving

pytestmark = pytest.mark.integration

ORDER = json.dumps({"status": "shipped", "lines": [{"sku": "A1"}, {"sku": "B2"}], "weight": 2.5}).encode()


@asynccontextmanager
async def fetching(*, allow_private=True, **server):
    fetch = HttpFetch(AddressPolicy(allow_private))
    async with receiving(**{"answer": ORDER, **server}) as erp:
        try:
            yield fetch, erp
        finally:
            await fetch.close()


@asynccontextmanager
async def answering(serve):
    """A server that writes what it likes, bytes by bytes; gives its URL, and leaves no connection behind."""
    connections = set()

    async def handle(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        try:
            await serve(writer)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    def accept(reader, writer):
        connections.add(asyncio.create_task(handle(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    fetch = HttpFetch(AddressPolicy())
    try:
        yield fetch, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        await fetch.close()
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


def request(erp, **data):
    return HttpData(**{"url": erp.url, "timeout_s": 2, "save": {"status": "$.status"}, **data})


async def test_values_are_saved_from_where_their_paths_lead():
    async with fetching() as (fetch, erp):
        saved = await fetch(
            request(
                erp, save={"status": "$.status", "second": "$.lines[1].sku", "kg": "$.weight", "no": "$.x.y"}
            )
        )

    assert saved == {"status": "shipped", "second": "B2", "kg": 2.5}


async def test_method_headers_and_body_arrive_as_they_stand_in_the_node():
    async with fetching() as (fetch, erp):
        await fetch(request(erp, method="POST", headers={"X-Key": "s3cret"}, body='{"number": "42"}'))
        await fetch(request(erp, method="PUT", headers={"content-type": "text/csv"}, body="a,b"))
    first, second = erp.received

    assert first.headers["x-key"] == "s3cret"
    assert (first.headers["content-type"], first.data) == ("application/json", {"number": "42"})
    assert (second.headers["content-type"], second.body) == ("text/csv", b"a,b")


async def test_answer_that_nothing_is_saved_from_need_not_be_json():
    async with fetching(answer=b"OK") as (fetch, erp):
        assert await fetch(request(erp, save={})) == {}


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        ({"status": 404}, "status 404"),
        ({"status": 302, "location": "http://127.0.0.1:9/elsewhere"}, "status 302"),
        ({"answer": b"<html>"}, "no JSON"),
        ({"answer": b'{"status": NaN}'}, "no JSON"),
        ({"answer": b"[" * 100_000}, "no JSON"),
        ({"answer": b'"' + b"x" * MAX_ANSWER_BYTES + b'"'}, "longer than 256 KiB"),
    ],
)
async def test_answer_that_is_none_is_told_in_a_sentence(server, reason):
    async with fetching(**server) as (fetch, erp):
        with pytest.raises(FetchFailed, match=reason):
            await fetch(request(erp))
        assert len(erp.received) == 1, "nothing is followed and nothing tried again"


async def test_server_that_does_not_answer_is_given_up_in_time():
    async with fetching(is_hanging=True) as (fetch, erp):
        with pytest.raises(FetchFailed, match=r"within 0\.1 s"):
            await fetch(request(erp, timeout_s=0.1))


async def test_server_that_sends_a_byte_now_and_then_is_given_up_in_time():
    async def drip(writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.01)

    async with answering(drip) as (fetch, url):
        with pytest.raises(FetchFailed, match=r"within 0\.2 s"):
            await fetch(HttpData(url=url, timeout_s=0.2, save={"a": "$.a"}))


async def test_compressed_answer_is_refused_as_nobody_knows_its_size():
    async def zip_it(writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b")
        await writer.drain()

    async with answering(zip_it) as (fetch, url):
        with pytest.raises(FetchFailed, match="compressed"):
            await fetch(HttpData(url=url, save={"a": "$.a"}))


async def test_private_address_is_refused_where_the_installation_says_so():
    async with fetching(allow_private=False) as (fetch, erp):
        with pytest.raises(FetchFailed, match="public addresses only"):
            await fetch(request(erp))
        assert erp.received == []


async def test_credentials_of_a_cloud_are_refused_everywhere():
    async with fetching() as (fetch, _):
        with pytest.raises(FetchFailed, match="credentials"):
            await fetch(HttpData(url="http://169.254.169.254/latest/meta-data"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"url": "ftp://127.0.0.1/x"}, "no http or https"),
        ({"url": "http://[::1"}, "no http or https"),
        ({"url": ""}, "no http or https"),
        ({"url": "http://127.0.0.1:1/?key=s3cret"}, "no connection"),
        ({"headers": {"Content-Length": "3"}}, "Content-Length is not"),
        ({"headers": {"X-A": "a\r\nHost: elsewhere"}}, "header that can't be sent"),
        ({"headers": {"X-A": "Łódź"}}, "header that can't be sent"),
    ],
)
async def test_request_that_can_not_be_made_is_told_without_its_secrets(data, reason):
    async with fetching() as (fetch, erp):
        with pytest.raises(FetchFailed, match=reason) as failed:
            await fetch(request(erp, **data))
        assert "s3cret" not in str(failed.value)


async def test_cookies_of_one_call_do_not_reach_the_next():
    async with fetching(cookie="session=first; Path=/") as (fetch, erp):
        await fetch(request(erp))
        await fetch(request(erp))
        first, second = erp.received

    assert "cookie" not in first.headers
    assert "cookie" not in second.headers


async def test_one_slow_server_does_not_take_all_connections(monkeypatch):
    monkeypatch.setattr(http_fetch, "MAX_AT_ONE_HOST", 3)
    assert MAX_AT_ONE_HOST > 3
    async with fetching(is_hanging=True) as (fetch, slow), receiving(answer=ORDER) as quick:
        waiting = [asyncio.create_task(fetch(request(slow, timeout_s=30))) for _ in range(3)]
        await slow.wait(3)
        with pytest.raises(FetchFailed, match="3 requests to"):
            await fetch(request(slow))

        assert await fetch(request(quick)) == {"status": "shipped"}
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        assert not fetch._under_way
