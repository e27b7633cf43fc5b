"""Each example of a request is taken as it stands by the running product."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from asisso.api.schema_examples import EXAMPLE_ID
from asisso.api.state import AppState
from asisso.db.models import Direction, RunState, WorkflowRun
from asisso.services.telephony import ConnectionState
from tests.contract.committed import OPERATIONS, Operation
from tests.fakes.telephony import FakeControls, FakeTelephony, connection_status
from tests.integration.examples import create_configuration, create_number, create_workflow

pytestmark = pytest.mark.integration

BY_NAME = {operation.name: operation for operation in OPERATIONS}
WITH_BODIES = [operation for operation in OPERATIONS if operation.example is not None]
EXAMPLE_TOKEN = "your_token"
SECRETS = ("password", "key", "secret", "token")
PRESSED = "keys"
"""What a caller presses; no secret."""


@pytest.fixture
async def owner(new_client: Callable[[], httpx.AsyncClient]) -> httpx.AsyncClient:
    """The administrator that the example of setting up makes."""
    client = new_client()
    answer = await client.post(BY_NAME["setUp"].path, json=BY_NAME["setUp"].example)
    assert answer.status_code == 201, answer.text
    return client


@pytest.fixture
async def ids(owner: httpx.AsyncClient, state: AppState, telephony: FakeTelephony) -> dict[str, str]:
    """One of everything, by the names that ids have in paths and bodies. A new noun needs an entry."""
    configuration = await create_configuration(owner, name="Branch", app_name="branch")
    workflow = await create_workflow(owner, "Night")
    number = await create_number(owner, configuration["id"], "8999")
    test = await owner.post(f"/api/v1/workflows/{workflow['id']}/tests", json={"name": "Hello"})
    webhook = await owner.post(
        "/api/v1/webhooks", json={"url": "http://127.0.0.1:9/", "events": ["run.started"]}
    )
    organization = (await owner.get("/api/v1/organization")).json()
    guest = await owner.post("/api/v1/users", json={"email": "guest@example.com", "role": "viewer"})
    telephony.statuses[configuration["id"]] = connection_status(ConnectionState.CONNECTED)
    async with state.database.session() as session:
        run = WorkflowRun(
            organization_id=organization["id"],
            telephony_configuration_id=configuration["id"],
            direction=Direction.INBOUND,
            state=RunState.IN_PROGRESS,
        )
        session.add(run)
        await session.flush()
        telephony.live_runs[run.id] = FakeControls()
    return {
        "configuration_id": configuration["id"],
        "telephony_configuration_id": configuration["id"],
        "workflow_id": workflow["id"],
        "inbound_workflow_id": workflow["id"],
        "phone_number_id": number["id"],
        "run_id": run.id,
        "test_id": test.json()["id"],
        "webhook_id": webhook.json()["id"],
        "user_id": guest.json()["id"],
        "token": guest.json()["invitation_url"].partition("#")[2],
    }


@pytest.mark.parametrize("operation", WITH_BODIES, ids=lambda operation: operation.name)
async def test_example_is_taken(
    operation: Operation, owner: httpx.AsyncClient, ids: dict[str, str], request: pytest.FixtureRequest
) -> None:
    if operation.name == "setUp":
        return  # the owner is made by it
    made_up = (EXAMPLE_ID, EXAMPLE_TOKEN)
    body = {name: ids[name] if value in made_up else value for name, value in operation.example.items()}
    answer = await owner.request(operation.method, operation.url(ids), json=body)
    assert answer.is_success, answer.text
    assert answer.status_code < 300


def test_examples_hold_no_secrets() -> None:
    for operation in OPERATIONS:
        for place, value in _texts(operation.described, ()):
            is_secret = place[-1] != PRESSED and any(word in place[-1] for word in SECRETS)
            if is_secret and "example" in place:
                assert value.startswith(("your_", "ask_")), place


def _texts(part: Any, place: tuple[str, ...]) -> list[tuple[tuple[str, ...], str]]:
    if isinstance(part, dict):
        return [found for name, inner in part.items() for found in _texts(inner, (*place, name))]
    if isinstance(part, list):
        return [found for inner in part for found in _texts(inner, place)]
    return [(place, part)] if isinstance(part, str) and place else []
