"""A page of the list of runs among 1,000 of them and among 100,000, on both databases, with each filter."""

from __future__ import annotations

import statistics
from collections.abc import AsyncIterator
from typing import Any

from . import postgresql
from .load import Client, Request
from .product import Api, Product
from .seeding import RARE_NUMBER, Owner, seed_runs
from .stage import definition

FEW, MANY = 1_000, 100_000
ROUNDS = 7
REQUESTS_A_ROUND = 10
BASELINE_IS = "the same page among 1,000 runs"


async def measure() -> AsyncIterator[dict[str, Any]]:
    """One result for each filter, on both databases."""
    with postgresql.running(settings={}) as server:
        made = {"DATABASE_URL": server.create_database(), "SECRET_KEY": "k" * 32}
        for name, settings in (("sqlite", {}), ("postgresql", made)):
            with Product(settings=settings) as few, Product(settings=_apart(settings, server)) as many:
                async for result in _measure(few, many):
                    yield {"bench": f"page of runs, {result.pop('filter')}, {name}", **result}


def _apart(settings: dict[str, str], server: postgresql.PostgresqlServer) -> dict[str, str]:
    return settings | {"DATABASE_URL": server.create_database()} if settings else {}


async def _measure(few: Product, many: Product) -> AsyncIterator[dict[str, Any]]:
    owners = []
    for product, count in ((few, FEW), (many, MANY)):
        async with product.api() as api:
            owners.append(await _owner(api))
        seed_runs(product.database_url, owners[-1], count)
    clients = [Client(product.url, product.api().http.headers["X-API-Key"], 1) for product in (few, many)]
    for name in _filters(owners[0]):
        queries = [_filters(owner)[name] for owner in owners]
        took: list[list[float]] = [[], []]
        for _ in range(ROUNDS):
            for side, client in enumerate(clients):
                load = await client.send(Request("GET", f"/api/v1/runs?{queries[side]}"), REQUESTS_A_ROUND)
                took[side] += load.latencies_s
        baseline, ours = (statistics.median(seconds) * 1000 for seconds in took)
        yield {
            "filter": name,
            "baseline": BASELINE_IS,
            "ms": round(ours, 2),
            "baseline_ms": round(baseline, 2),
            "ratio": round(ours / baseline, 2),
        }


def _filters(owner: Owner) -> dict[str, str]:
    number = RARE_NUMBER.replace("+", "%2B")
    return {
        "no filter": "",
        "workflow_id": f"workflow_id={owner.rare_workflow_id}",
        "telephony_configuration_id": f"telephony_configuration_id={owner.rare_configuration_id}",
        "direction": "direction=outbound",
        "outcome": "outcome=busy",
        "from": f"from={number}",
        "to": f"to={number}",
        "started_after": "started_after=2020-01-01T00:00:00Z",
        "started_before": "started_before=2100-01-01T00:00:00Z",
        "number, found often": "number=800",
        "number, found in 60 runs": f"number={RARE_NUMBER[3:9]}",
    }


async def _owner(api: Api) -> Owner:
    ids = {}
    for name in ("usual", "rare"):
        workflow = await api.post("/workflows", name=name, definition=definition("Hello."))
        configuration = await api.post(
            "/telephony-configurations",
            name=name,
            provider="ari",
            ari_endpoint="http://127.0.0.1:9",
            app_name=name,
            app_password="x",  # noqa: S106
            is_enabled=False,
        )
        ids[name] = workflow["id"], configuration["id"]
    me = await api.get("/auth/me")
    return Owner(me["organization_id"], ids["usual"][0], ids["rare"][0], ids["usual"][1], ids["rare"][1])
