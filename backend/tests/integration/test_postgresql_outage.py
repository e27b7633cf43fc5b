"""PostgreSQL goes away under the running product: whoever asks is told so, and everything heals by itself."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from asisso.api.state import AppState
from asisso.db.engine import Database, Pooling
from asisso.db.migrate import upgrade
from bench.postgresql import OwnPostgresqlServer, PostgresqlUnavailable, running
from tests.conftest import Client
from tests.databases import require_postgresql
from tests.integration.examples import DEFINITION

pytestmark = pytest.mark.integration

WORKFLOW = {"name": "Reception", "definition": DEFINITION}


@pytest.fixture(scope="module")
def server() -> Iterator[OwnPostgresqlServer]:
    with ExitStack() as stack:
        try:
            # Without `synchronous_commit` a crash would forget who is signed in.
            yield stack.enter_context(running({"fsync": "off"}))
        except PostgresqlUnavailable as error:
            require_postgresql(str(error))


@pytest.fixture
def database_url(server: OwnPostgresqlServer) -> str:
    url = server.create_database()
    asyncio.run(upgrade(url))
    return url


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["restarted", "crashed"])
async def test_requests_are_told_of_an_outage_and_served_after_it(
    admin: Client, server: OwnPostgresqlServer, how: signal.Signals
) -> None:
    await asyncio.gather(*(admin.get("/api/v1/workflows") for _ in range(8)))
    await asyncio.to_thread(server.stop, how)
    try:
        for answer in (
            await admin.get("/api/v1/workflows"),
            await admin.post("/api/v1/workflows", json=WORKFLOW),
        ):
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
            assert answer.json()["detail"] == "The database did not answer. Try again in a moment."
        ready = await admin.get("/readyz")
        assert ready.status_code == 503, ready.text
    finally:
        await asyncio.to_thread(server.start)
    answers = await asyncio.gather(*(admin.post("/api/v1/workflows", json=WORKFLOW) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {201}
    assert (await admin.get("/readyz")).status_code == 200


async def test_restart_in_the_middle_of_a_request_is_told_too(
    state: AppState, server: OwnPostgresqlServer, new_client: Callable[[], Client]
) -> None:
    async def look_twice() -> None:
        async with state.database.session() as session:
            connection = await session.connection()
            await connection.execute(text("SELECT 1"))
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(server.start)
            await connection.execute(text("SELECT 1"))

    with pytest.raises(DBAPIError):
        await look_twice()
    assert (await new_client().get("/api/v1/auth/setup")).json() == {"needed": True}


async def test_statement_that_takes_too_long_is_given_up(database_url: str) -> None:
    database = Database(database_url, Pooling(statement_timeout_s=1))
    async with database.read_session() as session:
        connection = await session.connection()
        with pytest.raises(DBAPIError, match="statement timeout"):
            await connection.execute(text("SELECT pg_sleep(20)"))
    await database.close()


async def test_pool_is_as_large_as_it_was_set(database_url: str) -> None:
    database = Database(database_url, Pooling(size=3))
    sizes: list[int] = []

    async def look() -> None:
        async with database.read_session() as session:
            connection = await session.connection()
            ours = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            sizes.append(int((await connection.execute(text(ours))).scalar() or 0))
            await connection.execute(text("SELECT pg_sleep(0.02)"))

    await asyncio.gather(*(look() for _ in range(12)))
    assert max(sizes) == 3
    await database.close()
