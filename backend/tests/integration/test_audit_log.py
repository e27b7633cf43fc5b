"""The log of changes: what stands in it, what never does, and that it is written with what it tells of."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import SQLModel, select

from asisso.api.state import AppState
from asisso.db.models import AuditEntry, Organization
from asisso.services import audit
from asisso.services.audit import AUDITED, SERVER
from tests.conftest import PASSWORD, Client, ClientWithRole
from tests.fakes.telephony import FakeControls, FakeTelephony
from tests.integration.examples import (
    CONFIGURATION,
    CONFIGURATIONS,
    create_configuration,
    create_number,
    create_workflow,
)
from tests.integration.world import build

pytestmark = pytest.mark.integration

LOG = "/api/v1/audit-log"

NOT_AUDITED = {
    "audit_entry": "is the log",
    "user_session": "signing in and out is noted",
    "workflow_version": "its workflow's published_version tells",
    "telephony_diagnosis": "found by the server",
    "workflow_run": "starting and hanging up are noted",
    "run_turn": "made by calls",
    "run_analysis": "made by calls",
    "webhook_delivery": "made by what happens",
    "run_event": "made by calls",
}
"""Tables whose rows are not recorded, and why. A new table goes here or into `audit.AUDITED`."""


async def _entries(admin: Client, **query: Any) -> list[dict[str, Any]]:
    answer = await admin.get(LOG, params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def _change(field: str, before: str | None, after: str | None, *, is_hidden: bool = False) -> dict[str, Any]:
    return {"field": field, "before": before, "after": after, "is_hidden": is_hidden}


def test_every_table_is_recorded_or_has_a_reason() -> None:
    recorded = {str(model.__tablename__) for model in AUDITED}
    assert recorded | NOT_AUDITED.keys() == SQLModel.metadata.tables.keys()
    assert not recorded & NOT_AUDITED.keys()


def test_shown_fields_exist_and_hold_no_secret() -> None:
    for model, audited in AUDITED.items():
        columns = SQLModel.metadata.tables[str(model.__tablename__)].columns.keys()
        assert audited.shown <= set(columns), model
        assert audited.name in audited.shown
        assert not [n for n in audited.shown if n.endswith(("_hash", "_encrypted")) or "password" in n]


class TestChanges:
    async def test_change_tells_who_what_and_from_what_to_what(self, admin: Client) -> None:
        made = await create_configuration(admin)
        await admin.patch(
            f"{CONFIGURATIONS}/{made['id']}", json={"is_enabled": False, "from_extensions": ["6002"]}
        )
        entry = (await _entries(admin))[0]
        assert (entry["action"], entry["object_kind"]) == ("changed", "telephony_configuration")
        assert (entry["object_id"], entry["object_name"]) == (made["id"], "Office")
        assert (entry["actor_kind"], entry["actor_name"]) == ("user", "admin@acme.test")
        assert entry["address"] == "127.0.0.1"
        assert sorted(entry["changes"], key=lambda change: change["field"]) == [
            _change("from_extensions", "PJSIP/6001, 6001", "6002"),
            _change("is_enabled", "yes", "no"),
        ]

    async def test_secret_is_said_to_have_changed_and_not_told(self, admin: Client) -> None:
        made = await create_configuration(admin)
        await admin.patch(f"{CONFIGURATIONS}/{made['id']}", json={"app_password": "another-secret"})
        entry = (await _entries(admin))[0]
        assert entry["changes"] == [_change("app_password", None, None, is_hidden=True)]
        log = (await admin.get(LOG)).text
        assert "another-secret" not in log
        assert CONFIGURATION["app_password"] not in log

    async def test_request_that_changes_nothing_leaves_no_entry(self, admin: Client) -> None:
        made = await create_configuration(admin)
        before = len(await _entries(admin))
        await admin.patch(f"{CONFIGURATIONS}/{made['id']}", json={"name": "Office"})
        await admin.get(CONFIGURATIONS)
        await admin.post(CONFIGURATIONS, json=CONFIGURATION)  # refused: the name is taken
        assert len(await _entries(admin)) == before

    async def test_everything_people_make_and_remove_is_there(
        self, admin: Client, with_role: ClientWithRole
    ) -> None:
        configuration, workflow = await create_configuration(admin), await create_workflow(admin)
        number = await create_number(admin, configuration["id"])
        key = await with_role("admin")
        await key.delete(f"{CONFIGURATIONS}/{configuration['id']}/phone-numbers/{number['id']}")
        await admin.delete(f"/api/v1/workflows/{workflow['id']}")
        await admin.patch("/api/v1/organization", json={"name": "Acme Ltd"})
        told = [(e["actor_kind"], e["action"], e["object_kind"]) for e in await _entries(admin)]
        assert told[:6] == [
            ("user", "changed", "organization"),
            ("user", "deleted", "workflow"),
            ("api_key", "deleted", "phone_number"),
            ("user", "created", "api_key"),
            ("user", "created", "phone_number"),
            ("user", "created", "workflow"),
        ]

    async def test_entry_is_lost_with_its_change(self, admin: Client, state: AppState) -> None:
        organization_id = (await admin.get("/api/v1/auth/me")).json()["organization_id"]
        before = len(await _entries(admin))

        async def rename_and_fail() -> None:
            async with state.database.session() as session:
                audit.record_as(session, lambda: SERVER)
                row = await session.get(Organization, organization_id)
                assert row is not None
                row.name = "Never"
                await session.flush()
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await rename_and_fail()
        assert len(await _entries(admin)) == before
        assert (await admin.get("/api/v1/organization")).json()["name"] == "Acme"


class TestDeeds:
    async def test_signing_in_and_failing_to_are_there(self, admin: Client, client: Client) -> None:
        for password in ("a wrong guess", PASSWORD):
            body = {"email": "admin@acme.test", "password": password}
            await client.post("/api/v1/auth/login", json=body)
        told = [(e["action"], e["object_name"], e["actor_name"]) for e in (await _entries(admin))[:2]]
        assert told == [
            ("signed_in", "admin@acme.test", "admin@acme.test"),
            ("sign_in_failed", "admin@acme.test", ""),
        ]

    async def test_guesses_at_accounts_that_do_not_exist_fill_no_log(
        self, admin: Client, client: Client, state: AppState
    ) -> None:
        async def count() -> int:
            async with state.database.read_session() as session:
                return len((await session.exec(select(AuditEntry))).all())

        before = await count()
        await client.post("/api/v1/auth/login", json={"email": "nobody@acme.test", "password": "guess"})
        assert await count() == before

    async def test_calls_ended_by_hand_are_there(
        self, admin: Client, state: AppState, telephony: FakeTelephony
    ) -> None:
        world = await build(admin, state, telephony)
        run_id = world.ids["run_id"]
        assert (await admin.post(f"/api/v1/calls/{run_id}/hangup")).status_code == 202
        entry = (await _entries(admin))[0]
        assert (entry["action"], entry["object_kind"], entry["object_id"]) == ("call_hung_up", "call", run_id)
        assert isinstance(world.controls, FakeControls)

    async def test_reading_generated_files_with_passwords_is_there(self, admin: Client) -> None:
        made = await create_configuration(admin)
        await admin.get(f"{CONFIGURATIONS}/{made['id']}/asterisk-config")
        entry = (await _entries(admin))[0]
        assert (entry["action"], entry["object_id"]) == ("secrets_read", made["id"])


class TestReading:
    async def test_log_is_filtered_and_paged(self, admin: Client) -> None:
        made = await create_configuration(admin)
        for name in ("A", "B", "C"):
            await admin.patch(f"{CONFIGURATIONS}/{made['id']}", json={"name": name})
        page = (await admin.get(LOG, params={"action": "changed", "limit": 2})).json()
        assert [item["object_name"] for item in page["items"]] == ["C", "B"]
        rest = await _entries(admin, action="changed", limit=2, cursor=page["next_cursor"])
        assert [item["object_name"] for item in rest] == ["A"]
        assert len(await _entries(admin, object_id=made["id"])) == 4
        assert {e["action"] for e in await _entries(admin, object_kind="user")} == {"created", "signed_in"}
        after = rest[0]["created_at"]
        assert len(await _entries(admin, after=after, object_id=made["id"])) == 3
        assert len(await _entries(admin, before=after, object_id=made["id"])) == 1
