"""An organization with one of everything, for tests that walk the whole API."""

from __future__ import annotations

import wave
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import select
from sqlmodel import SQLModel

from asisso.api.state import AppState
from asisso.db.models import Direction, RunState, WorkflowRun
from tests.fakes.telephony import FakeControls, FakeTelephony
from tests.integration.examples import (
    CONFIGURATION,
    DEFINITION,
    create_configuration,
    create_number,
    create_workflow,
)

Json = dict[str, Any]
TEST: Json = {"name": "Hello", "opening": {"says": "hello"}}
WEBHOOK: Json = {"url": "https://crm.example.com/asisso", "events": ["run.completed"]}


@dataclass(frozen=True)
class World:
    """An organization's objects.

    Attributes:
        ids: by the name of the path parameter that takes them.
        controls: of its live call.
    """

    organization_id: str
    ids: Mapping[str, str]
    controls: FakeControls

    def path(self, template: str, **others: str) -> str:
        """A path with this organization's ids in it. A parameter nobody knows is a KeyError: add it to `build`."""
        return template.format(**{**self.ids, **others})


async def build(admin: httpx.AsyncClient, state: AppState, telephony: FakeTelephony) -> World:
    """Fill an administrator's organization."""
    me = (await admin.get("/api/v1/auth/me")).json()
    workflow, configuration = await create_workflow(admin), await create_configuration(admin)
    number = await create_number(admin, configuration["id"], inbound_workflow_id=workflow["id"])
    key = await admin.post("/api/v1/api-keys", json={"name": "CRM", "role": "viewer"})
    email = f"guest@{me['organization_id']}.test"
    invited = await admin.post("/api/v1/users", json={"email": email, "role": "viewer"})
    session = (await admin.get("/api/v1/sessions")).json()["items"][0]
    webhook = await admin.post("/api/v1/webhooks", json=WEBHOOK)
    tested = await admin.post(f"/api/v1/webhooks/{webhook.json()['id']}/test")
    test = await admin.post(f"/api/v1/workflows/{workflow['id']}/tests", json=TEST)
    run = WorkflowRun(
        organization_id=me["organization_id"],
        telephony_configuration_id=configuration["id"],
        workflow_id=workflow["id"],
        workflow_version=1,
        phone_number_id=number["id"],
        direction=Direction.INBOUND,
        state=RunState.IN_PROGRESS,
        recording_path=f"{me['organization_id']}.wav",
    )
    async with state.database.session() as unit:
        unit.add(run)
    with wave.open(str(state.settings.recordings_dir / f"{me['organization_id']}.wav"), "wb") as recording:
        recording.setparams((2, 2, 16000, 0, "NONE", "not compressed"))
        recording.writeframes(bytes(640))
    telephony.live_runs[run.id] = controls = FakeControls()
    ids = {
        "configuration_id": configuration["id"],
        "phone_number_id": number["id"],
        "workflow_id": workflow["id"],
        "test_id": test.json()["id"],
        "run_id": run.id,
        "api_key_id": key.json()["id"],
        "user_id": invited.json()["id"],
        "session_id": session["id"],
        "webhook_id": webhook.json()["id"],
        "delivery_id": tested.json()["id"],
    }
    return World(me["organization_id"], ids, controls)


def bodies(world: World) -> dict[str, Json]:
    """A body for each operation that needs one; every id in it is `world`'s."""
    workflow_id, configuration_id = world.ids["workflow_id"], world.ids["configuration_id"]
    return {
        "createApiKey": {"name": "mine", "role": "admin"},
        "inviteUser": {"email": "friend@elsewhere.test", "role": "viewer"},
        "updateUser": {"role": "admin", "is_enabled": False},
        "changePassword": {"current_password": "not the password", "new_password": "another horse"},
        "updateOrganization": {"name": "Renamed", "max_concurrent_calls": 1},
        "createTelephonyConfiguration": CONFIGURATION | {"name": "Another", "app_name": "another"},
        "updateTelephonyConfiguration": {"name": "Mine", "app_password": "mine", "is_enabled": False},
        "tryTelephonyConfiguration": {
            "ari_endpoint": CONFIGURATION["ari_endpoint"],
            "app_name": "asisso",
            "configuration_id": configuration_id,
        },
        "createPhoneNumber": {"address": "8999", "inbound_workflow_id": workflow_id},
        "updatePhoneNumber": {"label": "mine", "inbound_workflow_id": workflow_id},
        "createWorkflow": {"name": "Mine", "definition": DEFINITION},
        "updateWorkflow": {"name": "Mine", "definition": DEFINITION},
        "talkToWorkflow": {"turns": [{"say": "goodbye"}]},
        "createWorkflowTest": {"name": "Mine", "steps": [{"turn": {"keys": "1"}}]},
        "updateWorkflowTest": {"name": "Mine"},
        "startCall": {
            "workflow_id": workflow_id,
            "telephony_configuration_id": configuration_id,
            "to": "6001",
        },
        "transferCall": {"to": "PJSIP/6001", "mode": "blind"},
        "sendDigits": {"digits": "1"},
        "createWebhook": WEBHOOK,
        "updateWebhook": {"description": "mine", "is_enabled": False},
    }


async def rows_of(state: AppState, organization_id: str) -> dict[str, list[Any]]:
    """Every row that belongs to an organization, in every table.

    Raises:
        LookupError: a table belongs to no organization, as far as its columns tell.
    """
    found: dict[str, list[Any]] = {}
    ids: dict[str, set[str]] = {"organization": {organization_id}}
    async with state.database.read_session() as session:
        connection = await session.connection()
        for table in SQLModel.metadata.sorted_tables:
            owner = next((key for key in table.foreign_keys if key.column.table.name in ids), None)
            if table.name == "organization":
                condition = table.c.id == organization_id
            elif "organization_id" in table.c:
                condition = table.c.organization_id == organization_id
            elif owner is not None:
                condition = owner.parent.in_(ids[owner.column.table.name])
            else:
                raise LookupError(f"nobody can tell whose the rows of {table.name} are")
            rows = (await connection.execute(select(table).where(condition).order_by(table.c.id))).all()
            found[table.name], ids[table.name] = [tuple(row) for row in rows], {row.id for row in rows}
    return found
