"""List and create through the API, beside the same done by a bare FastAPI and SQLModel application."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from . import postgresql
from .figures import percentile
from .load import Client, Load, Request
from .product import BACKEND, Product, cpu_seconds, free_port
from .seeding import Owner, seed_runs
from .stage import definition

CLIENTS = 8
ROUNDS = 6
LISTS_A_ROUND = 100
CREATES_A_ROUND = 100
RUNS = 1_000
Round = tuple[tuple[Load, float], tuple[Load, float]]
"""The load and the server's processor time a request in ms: ours, and the baseline's right after it."""

BASELINE_IS = "the same rows through a bare FastAPI and SQLModel application, same database and commits"
START_TIMEOUT_S = 20.0


async def measure() -> AsyncIterator[dict[str, Any]]:
    """One result for each operation, on both databases."""
    with Product() as product:
        async for result in _measure(product, product.database_url, "sqlite"):
            yield result
    with postgresql.running(settings={}) as server:
        url = server.create_database()
        with Product(settings={"DATABASE_URL": url, "SECRET_KEY": "k" * 32}) as product:
            async for result in _measure(product, url, "postgresql"):
                yield result


async def _measure(product: Product, url: str, database: str) -> AsyncIterator[dict[str, Any]]:
    async with product.api() as api:
        key = api.http.headers["X-API-Key"]
        configuration = await api.post("/telephony-configurations", **new_configuration())
        workflow = await api.post("/workflows", **new_workflow())
        me = await api.get("/auth/me")
    own = configuration["id"], workflow["id"]
    owner = Owner(me["organization_id"], own[1], own[1], own[0], own[0])
    seed_runs(url, owner, RUNS)
    with _bare(url) as (bare_url, bare_pid):
        ours, bare = Client(product.url, key, CLIENTS), Client(bare_url, key, CLIENTS)
        for name, mine, theirs, times in operations(configuration["id"]):
            rounds = [
                (
                    await _round(ours, mine, times, product.pid),
                    await _round(bare, theirs, times, bare_pid),
                )
                for _ in range(ROUNDS + 1)
            ]
            yield {"bench": f"{name}, {database}", **_figures(rounds[1:])}


def operations(configuration_id: str) -> Iterator[tuple[str, Request, Request, int]]:
    """Name, ours, the baseline's, and how often in a round. Lists come first: creating makes them longer."""
    numbers = f"/api/v1/telephony-configurations/{configuration_id}/phone-numbers"
    bare_numbers = f"/phone-numbers/{configuration_id}"
    addresses = itertools.count(100_000)

    def number() -> dict[str, Any]:
        return {"address": str(next(addresses)), "label": "a desk"}

    lists = (
        ("runs", "/api/v1/runs", "/runs"),
        ("workflows", "/api/v1/workflows", "/workflows"),
        ("phone numbers", numbers, bare_numbers),
    )
    yield (
        "create phone number",
        Request("POST", numbers, number),
        Request("POST", bare_numbers, number),
        CREATES_A_ROUND,
    )
    yield (
        "create workflow",
        Request("POST", "/api/v1/workflows", new_workflow),
        Request("POST", "/workflows", new_workflow),
        CREATES_A_ROUND,
    )
    for name, mine, theirs in lists:
        yield f"list {name}", Request("GET", mine), Request("GET", theirs), LISTS_A_ROUND


async def _round(client: Client, request: Request, times: int, pid: int) -> tuple[Load, float]:
    """The load, and what one request cost the server: ms of processor time."""
    before = cpu_seconds(pid)
    load = await client.send(request, times)
    return load, (cpu_seconds(pid) - before) * 1000 / times


def _figures(rounds: list[Round]) -> dict[str, Any]:
    """Of rounds that took turns.

    Whatever else the machine does only adds to a round, so the best round of each side is nearest to what a request
    costs; the best of the other one stands beside it.
    """
    ours, baseline = (_side([one[side] for one in rounds]) for side in (0, 1))
    return {
        "baseline": BASELINE_IS,
        "per_s": round(ours.per_s, 1),
        "baseline_per_s": round(baseline.per_s, 1),
        "time_ratio": round(baseline.per_s / ours.per_s, 2),
        "cpu_ms": round(ours.cpu_ms, 2),
        "baseline_cpu_ms": round(baseline.cpu_ms, 2),
        "cost_ratio": round(ours.cpu_ms / baseline.cpu_ms, 2),
        "p99_ms": round(ours.p99_ms, 1),
        "baseline_p99_ms": round(baseline.p99_ms, 1),
        "p99_ratio": round(ours.p99_ms / baseline.p99_ms, 2),
    }


@dataclass(frozen=True, slots=True)
class _Side:
    per_s: float
    cpu_ms: float
    p99_ms: float


def _side(measured: list[tuple[Load, float]]) -> _Side:
    loads = sorted((load for load, _ in measured), key=lambda load: load.per_second, reverse=True)
    # One round has too few requests for a p99; the quicker half of them has enough.
    latencies_s = [seconds for load in loads[: -(-len(loads) // 2)] for seconds in load.latencies_s]
    cpu_ms = min(cpu_ms for _, cpu_ms in measured)
    return _Side(loads[0].per_second, cpu_ms, percentile(latencies_s, 0.99) * 1000)


@contextmanager
def _bare(url: str) -> Iterator[tuple[str, int]]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.bare_api", url, str(port)], cwd=BACKEND)
    try:
        give_up_at = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < give_up_at:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}/openapi.json", trust_env=False)
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def new_configuration() -> dict[str, Any]:
    return {
        "name": "bench",
        "provider": "ari",
        "ari_endpoint": "http://127.0.0.1:9",
        "app_name": "asisso",
        "app_password": "x",
        "is_enabled": False,
    }


def new_workflow() -> dict[str, Any]:
    return {"name": "Reception", "definition": definition("Hello."), "agent": {"kind": "embedded"}}
