"""What was answered with success is there after a crash: the real server, real connections, SIGKILL among writes.

Once in the middle of a thousand writes; with LONG=1 ten times, at different moments. PostgreSQL dies with the product.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from bench.postgresql import OwnPostgresqlServer, PostgresqlUnavailable, running
from bench.product import Product
from bench.writers import broken, write_until_killed
from tests.databases import KINDS, require_postgresql

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

WRITES = 1_000
ROUNDS = 10 if os.environ.get("LONG") else 1


@pytest.fixture
def careful_postgresql() -> Iterator[OwnPostgresqlServer]:
    """A server that keeps what it promised, as PostgreSQL does unless it is told otherwise."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running(settings={}))
        except PostgresqlUnavailable as error:
            require_postgresql(str(error))
        yield server


@pytest.fixture(params=KINDS)
def crash(request: pytest.FixtureRequest) -> Iterator[tuple[Product, Callable[[], None]]]:
    """A running product, and what dies beside it."""
    settings: dict[str, str] = {}
    also: Callable[[], Any] = lambda: None  # noqa: E731
    if request.param == "postgresql":
        server: OwnPostgresqlServer = request.getfixturevalue("careful_postgresql")
        settings = {"DATABASE_URL": server.create_database(), "SECRET_KEY": "k" * 32}

        def also() -> None:
            server.stop(signal.SIGQUIT)
            server.start()

    with Product(settings=settings) as product:
        yield product, also


async def test_nothing_that_was_answered_is_lost(crash: tuple[Product, Callable[[], None]]) -> None:
    product, also_dies = crash
    for _ in range(ROUNDS):
        kill_after = random.randint(WRITES // 4, WRITES * 3 // 4)
        promises = await write_until_killed(product, WRITES, kill_after)
        await asyncio.to_thread(also_dies)
        await asyncio.to_thread(product.start)
        assert kill_after <= len(promises.kept) < WRITES, "it died in the middle"
        assert promises.refused == []
        assert await broken(product, promises) == []
