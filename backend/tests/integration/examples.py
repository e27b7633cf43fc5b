"""Bodies of requests that are accepted as they are, and short cuts to rows that tests begin with."""

from __future__ import annotations

from typing import Any

import httpx

GREETING = "Hello {{caller_name | there}}."
DEFINITION: dict[str, Any] = {
    "nodes": [
        {"id": "hello", "type": "start", "data": {"say": GREETING}},
        {"id": "bye", "type": "end", "data": {"say": "Goodbye."}},
    ],
    "edges": [{"id": "e1", "source": "hello", "target": "bye"}],
}
CONFIGURATION: dict[str, Any] = {
    "name": "Office",
    "provider": "ari",
    "ari_endpoint": "http://asterisk.example.com:8088",
    "app_name": "asisso",
    "app_password": "a-secret-for-ari",
    "ws_client_name": "asisso",
    "from_extensions": ["PJSIP/6001", "6001"],
}
CONFIGURATIONS = "/api/v1/telephony-configurations"


async def create_configuration(client: httpx.AsyncClient, **changes: object) -> dict[str, Any]:
    answer = await client.post(CONFIGURATIONS, json=CONFIGURATION | changes)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def create_workflow(client: httpx.AsyncClient, name: str = "Reception") -> dict[str, Any]:
    answer = await client.post("/api/v1/workflows", json={"name": name, "definition": DEFINITION})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def create_number(
    client: httpx.AsyncClient, configuration_id: str, address: str = "8000", **fields: object
) -> dict[str, Any]:
    url = f"{CONFIGURATIONS}/{configuration_id}/phone-numbers"
    answer = await client.post(url, json={"address": address} | fields)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def faulty_fields(answer: httpx.Response) -> list[str]:
    """The last step of each fault's place in a 422."""
    assert answer.status_code == 422, answer.text
    return [str(fault["loc"][-1]) for fault in answer.json()["detail"]]
