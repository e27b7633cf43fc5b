"""Lists stay quick: every one is read off an index, and 100,000 runs cost no more than 1,000."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlmodel import SQLModel

from asisso.api.state import AppState
from bench.seeding import COMMON_NUMBERS, RARE, RARE_NUMBER, Owner, seed_runs
from tests.conftest import Client
from tests.integration.examples import create_configuration, create_workflow

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

FEW, MANY = 1_000, 100_000
TIMES = 12
MOST = 1.5
TABLES = set(SQLModel.metadata.tables)

Statements = list[tuple[str, Any]]


@contextmanager
def statements() -> Iterator[Statements]:
    """Whatever is sent to the database meanwhile, with its parameters."""
    seen: Statements = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        seen.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def make_owner(client: Client) -> Owner:
    """Give an organization what its runs can point to."""
    organization_id = (await client.get("/api/v1/auth/me")).json()["organization_id"]
    workflows = [(await create_workflow(client, name))["id"] for name in ("usual", "rare")]
    configurations = [
        (await create_configuration(client, name=name, app_name=name))["id"] for name in ("usual", "rare")
    ]
    return Owner(organization_id, *workflows, *configurations)


def filters(owner: Owner) -> dict[str, dict[str, str]]:
    """One query for each filter; all but the first and the last few find only the rare runs."""
    return {
        "none": {},
        "workflow_id": {"workflow_id": owner.rare_workflow_id},
        "telephony_configuration_id": {"telephony_configuration_id": owner.rare_configuration_id},
        "direction": {"direction": "outbound"},
        "outcome": {"outcome": "busy"},
        "outcome of no run": {"outcome": "voicemail"},
        "from": {"from": RARE_NUMBER},
        "to": {"to": RARE_NUMBER},
        "started_after": {"started_after": "2020-01-01T00:00:00Z"},
        "started_before": {"started_before": "2100-01-01T00:00:00Z"},
        "number": {"number": COMMON_NUMBERS[0]},
    }


class TestIndexes:
    """By the database's own plans; SQLite's are the ones that can be read."""

    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    @pytest.fixture
    async def plans(self, admin: Client, state: AppState) -> Callable[..., Awaitable[list[str]]]:
        async def look(path: str, **query: str) -> list[str]:
            with statements() as seen:
                answer = await admin.get(path, params=query)
            assert answer.status_code == 200, answer.text
            steps: list[str] = []
            async with state.database.read_session() as session:
                connection = await session.connection()
                for statement, parameters in seen:
                    if statement.startswith("SELECT"):
                        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                        steps += [str(row[3]) for row in plan.all()]
            return steps

        return look

    async def test_every_list_is_read_off_an_index_in_its_order(
        self, admin: Client, routes: FastAPI, plans: Callable[..., Awaitable[list[str]]]
    ) -> None:
        """A list added later, too: give its table an index on (its owner, created_at, id)."""
        configuration, workflow = await create_configuration(admin), await create_workflow(admin)
        places = {"configuration_id": configuration["id"], "workflow_id": workflow["id"]}
        described = routes.openapi()
        lists = [
            path
            for path, operations in described["paths"].items()
            if any(p["name"] == "cursor" for p in operations.get("get", {}).get("parameters", []))
        ]
        looked_at = [path for path in lists if path.count("{") == sum(f"{{{p}}}" in path for p in places)]
        assert len(looked_at) >= 7
        for path in looked_at:
            for step in await plans(path.format(**places)):
                kind, _, rest = step.partition(" ")
                assert kind != "SCAN" or rest.partition(" ")[0] not in TABLES, f"{path}: {step}"
                # Sorting the few calls that are live costs less than an index that every run would be in.
                if "/calls" not in path:
                    assert "TEMP B-TREE" not in step, f"{path}: {step}"

    async def test_every_filter_has_its_index(
        self, admin: Client, state: AppState, plans: Callable[..., Awaitable[list[str]]]
    ) -> None:
        owner = await make_owner(admin)
        seed_runs(str(state.database.url), owner, FEW)
        for name, query in filters(owner).items():
            steps = await plans("/api/v1/runs", **query, cursor=await a_cursor(admin))
            reading = [step for step in steps if "workflow_run" in step]
            wanted = {"none", "started_after", "started_before", "number"}
            index = "ix_workflow_run_list" if name in wanted else name.split(" ")[0].removesuffix("_id")
            assert any(index in step for step in reading), f"{name}: {steps}"
            assert not any("TEMP B-TREE" in step and name != "number" for step in steps), f"{name}: {steps}"

    async def test_part_of_a_number_is_looked_for_in_the_index_alone(
        self, admin: Client, plans: Callable[..., Awaitable[list[str]]]
    ) -> None:
        steps = await plans("/api/v1/runs", number="98765")
        assert any("COVERING INDEX ix_workflow_run_list" in step for step in steps), steps


async def a_cursor(client: Client) -> str:
    page = (await client.get("/api/v1/runs", params={"limit": 20})).json()
    return str(page["next_cursor"])


async def test_hundred_thousand_runs_cost_no_more_than_a_thousand(
    admin: Client, stranger: Client, state: AppState
) -> None:
    """Of two organizations in one table: one with few runs, one with many."""
    url = state.database.url.render_as_string(hide_password=False)
    few, many = await make_owner(admin), await make_owner(stranger)
    seed_runs(url, few, FEW)
    seed_runs(url, many, MANY)
    asked = {f"runs, {name}": (admin, "runs", query) for name, query in filters(few).items()}
    asked |= {
        "runs, later page": (admin, "runs", await later_page(admin, pages=2)),
        "calls": (admin, "calls", {}),
        "workflows": (admin, "workflows", {}),
    }
    against = {name: (stranger, path, query) for name, (_, path, query) in asked.items()}
    against |= {f"runs, {name}": (stranger, "runs", query) for name, query in filters(many).items()}
    against["runs, later page"] = (stranger, "runs", await later_page(stranger, pages=40))

    slow = {name: best for name in asked if (best := await too_slow(asked[name], against[name]))}

    assert slow == {}
    query = {"number": RARE_NUMBER[3:9], "direction": "outbound", "limit": "200"}
    found = (await stranger.get("/api/v1/runs", params=query)).json()["items"]
    assert [item["from"] for item in found] == [RARE_NUMBER] * RARE


async def later_page(client: Client, pages: int) -> dict[str, str]:
    query = {"limit": "200"}
    for _ in range(pages):
        query["cursor"] = (await client.get("/api/v1/runs", params=query)).json()["next_cursor"]
    return {"cursor": query["cursor"]}


Asked = tuple[Client, str, dict[str, str]]


async def too_slow(baseline: Asked, asked: Asked) -> list[float]:
    """The best time of each, ms, when the second one's is more than `MOST` of the first one's; else nothing."""
    for _ in range(3):
        # Somebody else may have had the processor; what is slow stays slow.
        best = await best_times(baseline, asked)
        if best[1] <= best[0] * MOST:
            return []
    return [round(seconds * 1000, 2) for seconds in best]


async def best_times(*asked: Asked) -> list[float]:
    """The best time of each request, s; they take turns, so that both meet the same machine."""
    best = [float("inf")] * len(asked)
    for _ in range(TIMES):
        for number, (client, path, query) in enumerate(asked):
            began = time.perf_counter()
            answer = await client.get(f"/api/v1/{path}", params={"limit": "50", **query})
            best[number] = min(best[number], time.perf_counter() - began)
            assert answer.status_code == 200, answer.text
    return best


async def test_page_of_runs_takes_a_fixed_number_of_statements(admin: Client, state: AppState) -> None:
    owner = await make_owner(admin)
    url = state.database.url.render_as_string(hide_password=False)
    counts = []
    for count in (1, 50):
        seed_runs(url, owner, count)
        with statements() as seen:
            page = (await admin.get("/api/v1/runs")).json()
        assert len(page["items"]) in (1, 50)
        counts.append(sum(statement.startswith("SELECT") for statement, _ in seen))
    assert counts[0] == counts[1]
