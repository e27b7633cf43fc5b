"""Clients that write as fast as they are answered, and remember what they were promised."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import httpx

from .product import Product

CLIENTS = 8


@dataclass
class Promises:
    """Every write that was answered with success, by its object's path; `asked` counts all of them."""

    kept: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    refused: list[int] = field(default_factory=list)


async def write_until_killed(product: Product, writes: int, kill_after: int) -> Promises:
    """Make workflows and phone numbers over keep-alive connections; kill the product in the middle.

    Args:
        writes: so many are begun at most.
        kill_after: SIGKILL comes when so many were answered, while others are under way.
    """
    promises, answered = Promises(), asyncio.Event()
    async with product.api() as api:
        configuration = await api.post(
            "/telephony-configurations",
            name=f"Durable {kill_after}",
            provider="ari",
            ari_endpoint="http://127.0.0.1:9",
            app_name=f"asisso{kill_after}",
            app_password="x",  # noqa: S106
            is_enabled=False,
        )
        numbers = f"/telephony-configurations/{configuration['id']}/phone-numbers"
        headers = {"X-API-Key": api.http.headers["X-API-Key"]}
    writing = [
        asyncio.create_task(_write(product, headers, numbers, promises, writes, kill_after, answered))
        for _ in range(CLIENTS)
    ]
    await answered.wait()
    product.kill()
    await asyncio.gather(*writing)
    return promises


async def _write(
    product: Product,
    headers: dict[str, str],
    path: str,
    promises: Promises,
    writes: int,
    kill_after: int,
    answered: asyncio.Event,
) -> None:
    base = f"{product.url}/api/v1"
    async with httpx.AsyncClient(base_url=base, headers=headers, trust_env=False, timeout=10) as http:
        while promises.asked < writes:
            promises.asked += 1
            address = str(100_000 + promises.asked)
            try:
                answer = await http.post(path, json={"address": address, "label": f"number {address}"})
            except httpx.TransportError:
                return
            if answer.status_code != 201:
                promises.refused.append(answer.status_code)
                continue
            promises.kept[f"{path}/{answer.json()['id']}"] = address
            if len(promises.kept) == kill_after:
                answered.set()


async def broken(product: Product, promises: Promises) -> list[str]:
    """The promises a started product does not keep."""
    async with product.api() as api:
        listed: dict[str, str] = {}
        for path in {kept.rpartition("/")[0] for kept in promises.kept}:
            cursor: str | None = ""
            while cursor is not None:
                page = await api.get(path, limit="200", **({"cursor": cursor} if cursor else {}))
                listed |= {f"{path}/{row['id']}": row["address"] for row in page["items"]}
                cursor = page["next_cursor"]
    return [path for path, address in promises.kept.items() if listed.get(path) != address]
