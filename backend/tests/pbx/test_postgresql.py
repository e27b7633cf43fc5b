"""Calls with PostgreSQL behind the product: answered, limited to the very call, and taken up after a kill."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bench.postgresql import PostgresqlServer
from bench.product import Product
from bench.stage import GREETING, Stage, stage
from pbxlab.provision import AsteriskRoot
from pbxlab.telephone import CallEnd, PhoneCall, Telephone
from tests.pbx.calls import completed, ending, nothing_is_left, part, talk_with_agent, texts
from tests.pbx.stages import limits, reported

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

RUSH = 50
LIMIT = 10


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def on(
    request: pytest.FixtureRequest, asterisk_root: AsteriskRoot, postgresql: PostgresqlServer
) -> AsyncIterator[Stage]:
    url = postgresql.create_database()
    settings = {"DATABASE_URL": url, "SECRET_KEY": "k" * 32}
    with Product(settings=settings) as product:
        async with stage(product, asterisk_root) as made:
            await made.becomes("connected")
            with reported(request, made):
                yield made
    postgresql.drop_database(url)


@pytest_asyncio.fixture(loop_scope="module")
async def phone(on: Stage) -> AsyncIterator[Telephone]:
    async with Telephone(on.asterisk.sip_address) as telephone:
        yield telephone
    await nothing_is_left(on)


async def test_call_is_answered_and_written_down(on: Stage, phone: Telephone) -> None:
    call, run = await talk_with_agent(on, phone, caller_number="1001")
    await part(call)

    run = await completed(on, run)
    assert ending(run) == ("completed", "agent")
    assert texts(run, "agent")[0] == GREETING
    kinds = [entry["kind"] for entry in await on.timeline(run["id"])]
    assert kinds
    assert run["recording_url"] is not None


async def test_fifty_at_once_against_a_limit_of_ten_are_exactly_ten(on: Stage, phone: Telephone) -> None:
    async def try_to_get_through() -> PhoneCall | CallEnd:
        call = await phone.dial("8000", caller_number="3000")
        await call.until(lambda: call.answered_at is not None or call.end_reason is not None, "an answer", 20)
        return call.end_reason or call

    async with limits(on, max_concurrent_calls=LIMIT):
        came_through = await asyncio.gather(*(try_to_get_through() for _ in range(RUSH)))
        served = [call for call in came_through if isinstance(call, PhoneCall)]
        assert len(served) == LIMIT
        await asyncio.gather(*(call.hang_up() for call in served))
        await nothing_is_left(on)

    outcomes = Counter(run["outcome"] for run in await on.listed_runs() if run["from"] == "3000")
    assert outcomes == {"refused_quota": RUSH - LIMIT, "caller_hung_up": LIMIT}


async def test_caller_of_a_killed_product_is_taken_up_in_the_same_run(on: Stage, phone: Telephone) -> None:
    call, run = await talk_with_agent(on, phone, caller_number="1002")
    on.product.kill()
    killed_at = time.time()
    await asyncio.to_thread(on.product.start)

    await call.hears_audio(since=killed_at + 0.5)
    await call.hears_silence(600)
    await part(call)
    run = await completed(on, run)
    assert ending(run) == ("completed", "agent")
    assert "resumed" in [entry["kind"] for entry in await on.timeline(run["id"])]
