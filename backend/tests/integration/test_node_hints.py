"""Two processes on one PostgreSQL: what one changes, the other hears of soon, and not twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import psycopg
import pytest

from asisso.db.changes import Change
from asisso.db.engine import Database
from asisso.db.models import Organization, Workflow
from asisso.runtime import node_hints
from asisso.runtime.node_hints import CHANNEL, NodeHints

pytestmark = pytest.mark.integration

TIMEOUT_S = 10.0


class Node:
    """A process, as far as hints go."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.hints = NodeHints(self.database)
        self._heard: asyncio.Queue[Change] = asyncio.Queue()
        self.database.changes.listen(self._hear)

    def _hear(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self._heard.put_nowait(change)

    async def hears(self, object_id: str) -> Change:
        async with asyncio.timeout(TIMEOUT_S):
            while (change := await self._heard.get()).id != object_id:
                pass
        return change

    @property
    def has_heard_all(self) -> bool:
        return self._heard.empty()

    async def makes_a_workflow(self) -> Workflow:
        async with self.database.session() as session:
            organization = Organization(name="Acme")
            session.add(organization)
            await session.flush()
            workflow = Workflow(organization_id=organization.id, name="Reception", definition={}, agent={})
            session.add(workflow)
        return workflow


@asynccontextmanager
async def running(url: str) -> AsyncIterator[Node]:
    node = Node(url)
    work = asyncio.create_task(node.hints.run())
    async with asyncio.timeout(TIMEOUT_S):
        await node.hints.is_listening.wait()
    try:
        yield node
    finally:
        work.cancel()
        await asyncio.wait([work])
        await node.database.close()


@pytest.fixture
async def nodes(postgresql_url: str) -> AsyncIterator[tuple[Node, Node]]:
    async with running(postgresql_url) as one, running(postgresql_url) as other:
        yield one, other


async def test_a_change_is_heard_by_the_other_process(nodes: tuple[Node, Node]) -> None:
    one, other = nodes
    workflow = await one.makes_a_workflow()
    change = await other.hears(workflow.id)
    assert (change.table, change.organization_id) == ("workflow", workflow.organization_id)


async def test_it_does_not_come_back(nodes: tuple[Node, Node]) -> None:
    one, other = nodes
    workflow = await one.makes_a_workflow()
    await one.hears(workflow.id)
    await other.hears(workflow.id)
    last = await other.makes_a_workflow()
    await one.hears(last.id)
    await other.hears(last.id)
    assert one.has_heard_all
    assert other.has_heard_all


async def test_a_broken_connection_is_made_anew(
    nodes: tuple[Node, Node], postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_hints, "RETRY_S", 0.01)
    one, other = nodes
    address = one.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    for node in nodes:
        node.hints.is_listening.clear()
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as operator:
        await operator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE %s",
            [f"LISTEN {CHANNEL}%"],
        )
    for node in nodes:
        async with asyncio.timeout(TIMEOUT_S):
            await node.hints.is_listening.wait()
    workflow = await other.makes_a_workflow()
    assert (await one.hears(workflow.id)).table == "workflow"


async def test_a_notice_nobody_understands_harms_nothing(nodes: tuple[Node, Node]) -> None:
    one, other = nodes
    address = one.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as stranger:
        for payload in ("", "{}", "[1]", '["x", 3]', '["x", [["a"]]]'):
            await stranger.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
    workflow = await one.makes_a_workflow()
    assert (await other.hears(workflow.id)).table == "workflow"
