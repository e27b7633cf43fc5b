"""A product and a real Asterisk that know each other: configured through the product's own generated files."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from pbxlab.asterisk import Asterisk
from pbxlab.ports import Ports
from pbxlab.provision import AsteriskRoot

from .product import Api, Product, ProductFailed

CONNECT_TIMEOUT_S = 20.0
FORGET_TIMEOUT_S = 20.0
POLL_INTERVAL_S = 0.02
APP_PASSWORD = "a long & odd; pass#word"  # noqa: S105 - of a PBX that lives for minutes, on loopback
GREETING = "Hello, this is the reception. How can I help you?"
FAREWELL = "Goodbye."


@dataclass
class Stage:
    """One configuration of a product, connected to one Asterisk.

    Attributes:
        workflow_id: the workflow behind every number.
    """

    product: Product
    api: Api
    asterisk: Asterisk
    configuration_id: str
    workflow_id: str

    @property
    def path(self) -> str:
        return f"/telephony-configurations/{self.configuration_id}"

    async def status(self) -> dict[str, Any]:
        answer: dict[str, Any] = await self.api.get(f"{self.path}/status")
        return answer

    async def becomes(self, state: str, timeout_s: float = CONNECT_TIMEOUT_S) -> dict[str, Any]:
        """Wait for the connection's state."""
        seen: dict[str, Any] = await eventually(
            self.status, lambda s: s["state"] == state, f"state {state}", timeout_s
        )
        return seen

    async def runs(self) -> list[dict[str, Any]]:
        """The runs of this configuration, newest first, whole."""
        listed = await self.api.get("/runs", telephony_configuration_id=self.configuration_id, limit="200")
        return [await self.api.get(f"/runs/{run['id']}") for run in listed["items"]]

    async def finished_runs(self, count: int, timeout_s: float = 10.0) -> list[dict[str, Any]]:
        """Wait until this many runs are there and completed."""
        seen: list[dict[str, Any]] = await eventually(
            self.runs,
            lambda runs: len(runs) >= count and all(r["state"] == "completed" for r in runs),
            f"{count} completed runs",
            timeout_s,
        )
        return seen

    async def listed_runs(self) -> list[dict[str, Any]]:
        """All runs of this configuration, oldest first, without their transcripts."""
        runs: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            more = {"cursor": cursor} if cursor else {}
            of_ours = {"telephony_configuration_id": self.configuration_id, "limit": "200"}
            page = await self.api.get("/runs", **of_ours, **more)
            runs += page["items"]
            cursor = page["next_cursor"]
        return runs[::-1]

    async def live_calls(self) -> list[dict[str, Any]]:
        """The calls of the whole product that have not ended."""
        calls: list[dict[str, Any]] = (await self.api.get("/calls"))["items"]
        return calls

    async def timeline(self, run_id: str) -> list[dict[str, Any]]:
        answer = await self.api.get(f"/runs/{run_id}/timeline")
        entries: list[dict[str, Any]] = answer["items"]
        return entries


@asynccontextmanager
async def stage(
    product: Product,
    root: AsteriskRoot,
    *,
    name: str = "lab",
    agent: Mapping[str, Any] | None = None,
    greeting: str = GREETING,
    workflow: Mapping[str, Any] | None = None,
    numbers: tuple[str, ...] = ("8000",),
    settings: Mapping[str, Any] | None = None,
    files: Callable[[dict[str, str]], dict[str, str]] = lambda generated: generated,
) -> AsyncIterator[Stage]:
    """Enter a PBX into the product, start it from the generated files, wait until it is connected.

    Args:
        workflow: another definition than the smallest one.
        settings: fields of the telephony configuration that differ from the guide's.
        files: changes the generated files, for tests of what goes wrong.
    """
    ports = Ports.reserve()
    unique_name = f"{name} {secrets.token_hex(4)}"
    try:
        async with product.api() as api:
            configuration = await api.post(
                "/telephony-configurations",
                **{
                    "name": unique_name,
                    "provider": "ari",
                    "ari_endpoint": f"http://127.0.0.1:{ports.http}",
                    "app_name": "asisso",
                    "app_password": APP_PASSWORD,
                    "ws_client_name": "asisso",
                    **(settings or {}),
                },
            )
            workflow = await api.post(
                "/workflows",
                name=unique_name,
                definition=dict(workflow or definition(greeting)),
                agent=dict(agent or {"kind": "embedded"}),
            )
            path = f"/telephony-configurations/{configuration['id']}"
            for address in numbers:
                await api.post(f"{path}/phone-numbers", address=address, inbound_workflow_id=workflow["id"])
            generated = await api.get(f"{path}/asterisk-config")
            by_name = {f["path"].rpartition("/")[2]: f["content"] for f in generated["files"]}
            async with Asterisk(root, ports=ports, files=files(by_name)) as asterisk:
                await api.post(f"{path}/reconnect")
                made = Stage(product, api, asterisk, configuration["id"], workflow["id"])
                yield made
            await _forget(api, path)
    finally:
        ports.release()


async def _forget(api: Api, path: str) -> None:
    """Leave the product without this PBX: it would go on looking for it, and the next one may have its port."""

    async def is_gone() -> bool:
        try:
            await api.delete(path)
        except ProductFailed as refused:
            return "not_found" in str(refused)  # otherwise its last calls have not ended yet
        return True

    with contextlib.suppress(httpx.TransportError):
        await eventually(is_gone, bool, "the end of the configuration", FORGET_TIMEOUT_S)


def definition(greeting: str) -> dict[str, Any]:
    """The smallest workflow: a greeting, and a farewell on goodbye. To anything else it says that it can't help."""
    return {
        "nodes": [
            {"id": "start", "type": "start", "data": {"say": greeting}},
            {"id": "end", "type": "end", "data": {"say": FAREWELL}},
        ],
        "edges": [],
    }


async def eventually(
    look: Callable[[], Any], is_so: Callable[[Any], bool], awaited: str, timeout_s: float
) -> Any:
    """Look again and again until it is so.

    Raises:
        ProductFailed: it never was; what was seen last is in the message.
    """
    give_up_at = time.monotonic() + timeout_s
    while True:
        seen = await look()
        if is_so(seen):
            return seen
        if time.monotonic() > give_up_at:
            raise ProductFailed(f"{awaited} did not come within {timeout_s:g} s; last seen: {seen}")
        await asyncio.sleep(POLL_INTERVAL_S)
