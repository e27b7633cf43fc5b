"""Talking to workflows through the API, and the conversations stored with them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlmodel import select

from asisso.api.state import AppState
from asisso.db.models import WorkflowTest
from asisso.services import trials, workflow_tests
from tests.conftest import Client, ClientWithRole
from tests.fakes.telephony import FakeTelephony

pytestmark = pytest.mark.integration

DEFINITION: dict[str, Any] = {
    "nodes": [
        {"id": "hello", "type": "start", "data": {"say": "Hello {{caller_name | there}}."}},
        {
            "id": "order",
            "type": "agent",
            "data": {
                "say": "Which number?",
                "collect": [{"name": "number", "type": "digits", "max_length": 4}],
            },
        },
        {
            "id": "lookup",
            "type": "http",
            "data": {"url": "https://erp.example.com/{{number}}", "save": {"status": "$.status"}},
        },
        {"id": "tell", "type": "end", "data": {"say": "It is {{status | not known}}."}},
        {"id": "desk", "type": "transfer", "data": {"to": "PJSIP/6001"}},
    ],
    "edges": [
        {
            "id": "e1",
            "source": "hello",
            "target": "order",
            "data": {"digits": "1", "examples": ["where is my order"]},
        },
        {"id": "e2", "source": "hello", "target": "desk", "data": {"digits": "0"}},
        {"id": "e3", "source": "order", "target": "lookup", "data": {"when": "number"}},
        {"id": "e4", "source": "lookup", "target": "tell"},
        {"id": "e5", "source": "desk", "target": "order"},
    ],
}
LATE = {
    **DEFINITION,
    "nodes": [{"id": "hello", "type": "start", "data": {"say": "Good evening."}}],
    "edges": [],
}
ORDER = [{"say": "where is my order"}, {"keys": "4711"}]
TEST: dict[str, Any] = {
    "name": "An order",
    "context": {"caller_name": "Anna"},
    "opening": {"says": "hello anna"},
    "steps": [
        {"turn": {"say": "where is my order"}, "expect": {"node_id": "order"}},
        {
            "turn": {"keys": "4711"},
            "expect": {"says": "on its way", "gathered": {"number": "4711"}, "outcome": "completed"},
        },
    ],
    "http": {"lookup": {"values": {"status": "on its way"}}},
}


@pytest.fixture
async def url(admin: Client) -> str:
    answer = await admin.post("/api/v1/workflows", json={"name": "Shop", "definition": DEFINITION})
    assert answer.status_code == 201, answer.text
    return f"/api/v1/workflows/{answer.json()['id']}"


async def create(client: Client, url: str, **changes: object) -> dict[str, Any]:
    answer = await client.post(f"{url}/tests", json=TEST | changes)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


class TestTalk:
    async def test_conversation_is_told_step_by_step(self, admin: Client, url: str) -> None:
        body = {"turns": ORDER, "http": TEST["http"], "context": TEST["context"]}
        talk = (await admin.post(f"{url}/talk", json=body)).json()
        first, asked, told = talk["exchanges"]
        assert (first["turn"], first["said"]) == (None, [{"text": "Hello Anna.", "kind": "say"}])
        assert asked["likeness"] == {"e1": 1.0}
        assert told["gathered"] == {"number": "4711", "status": "on its way"}
        assert told["requests"][0]["url"] == "https://erp.example.com/4711"
        assert (told["outcome"], talk["is_over"], talk["remarks"]) == ("completed", True, [])

    async def test_what_can_come_next_is_told(self, admin: Client, url: str) -> None:
        expects = (await admin.post(f"{url}/talk", json={})).json()["expects"]
        assert [(one["edge_id"], one["digits"]) for one in expects["choices"]] == [("e1", "1"), ("e2", "0")]
        expects = (await admin.post(f"{url}/talk", json={"turns": ORDER[:1]})).json()["expects"]
        assert expects["wanted"] == ["number"]

    async def test_request_is_made_only_when_asked_for_and_once(
        self, admin: Client, url: str, telephony: FakeTelephony
    ) -> None:
        telephony.answer = {"status": "packed"}
        plain = (await admin.post(f"{url}/talk", json={"turns": ORDER})).json()
        assert plain["exchanges"][2]["requests"][0]["source"] == "none"
        assert telephony.fetched == []
        body: dict[str, Any] = {"turns": ORDER, "make_requests": True}
        made = (await admin.post(f"{url}/talk", json=body)).json()["exchanges"][2]
        assert made["said"][-1]["text"] == "It is packed."
        answer = {"values": made["requests"][0]["values"]}
        body["past_requests"] = [{"node_id": "lookup", "answer": answer}]
        again = (await admin.post(f"{url}/talk", json=body)).json()["exchanges"][2]
        assert again == made
        assert len(telephony.fetched) == 1

    async def test_definition_that_is_not_stored_is_talked_to(self, admin: Client, url: str) -> None:
        talk = (await admin.post(f"{url}/talk", json={"definition": LATE})).json()
        assert talk["exchanges"][0]["said"][0]["text"] == "Good evening."

    async def test_definition_that_cannot_run_is_refused_with_its_faults(
        self, admin: Client, url: str
    ) -> None:
        answer = await admin.post(f"{url}/talk", json={"definition": {"nodes": [], "edges": []}})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_workflow")

    async def test_agent_that_would_talk_differently_is_remarked(self, admin: Client, url: str) -> None:
        await admin.patch(url, json={"agent": {"kind": "echo"}})
        (remark,) = (await admin.post(f"{url}/talk", json={})).json()["remarks"]
        assert "echo" in remark

    async def test_without_models_it_is_for_later(
        self, admin: Client, url: str, telephony: FakeTelephony
    ) -> None:
        telephony.typing_problem = "The speech models are being loaded."
        answer = await admin.post(f"{url}/talk", json={})
        assert (answer.status_code, answer.json()["code"]) == (503, "models_not_ready")

    async def test_endless_conversation_is_given_up(
        self, admin: Client, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def never(*_given: object) -> dict[str, float]:
            await asyncio.Event().wait()
            return {}

        monkeypatch.setattr("tests.fakes.telephony.shared_words", never)
        monkeypatch.setattr(trials, "LIMIT_S", 0.05)
        answer = await admin.post(f"{url}/talk", json={"turns": [{"say": "hello"}]})
        assert (answer.status_code, answer.json()["code"]) == (503, "trial_took_too_long")
        assert (await admin.post(f"{url}/talk", json={})).status_code == 200, "its room is free again"

    async def test_viewer_may_not(self, with_role: ClientWithRole, url: str) -> None:
        viewer = await with_role("viewer")
        assert (await viewer.post(f"{url}/talk", json={})).status_code == 403

    @pytest.mark.parametrize(
        "body",
        [
            {"turns": [{"say": "x" * 501}]},
            {"turns": [{"keys": "1"}] * 101},
            {"turns": [{}]},
            {"http": {"lookup": {"values": {"a": [1]}}}},
            {"context": {"x": "y" * 20_000}},
        ],
    )
    async def test_too_much_or_nothing_is_refused(
        self, admin: Client, url: str, body: dict[str, object]
    ) -> None:
        assert (await admin.post(f"{url}/talk", json=body)).status_code == 422


class TestStored:
    async def test_is_made_read_changed_and_deleted(self, admin: Client, url: str) -> None:
        made = await create(admin, url)
        mine = f"{url}/tests/{made['id']}"
        assert (await admin.get(mine)).json()["context"] == {"caller_name": "Anna"}
        changed = (await admin.patch(mine, json={"name": "Anna's order", "opening": {}})).json()
        assert (changed["name"], changed["steps"]) == ("Anna's order", made["steps"])
        assert [one["id"] for one in (await admin.get(f"{url}/tests")).json()["items"]] == [made["id"]]
        assert (await admin.delete(mine)).status_code == 204
        answer = await admin.get(mine)
        assert (answer.status_code, answer.json()["code"]) == (404, "test_not_found")

    async def test_name_is_taken_once(self, admin: Client, url: str) -> None:
        await create(admin, url)
        other = await create(admin, url, name="Another")
        assert (await admin.post(f"{url}/tests", json=TEST)).json()["code"] == "name_taken"
        answer = await admin.patch(f"{url}/tests/{other['id']}", json={"name": "An order"})
        assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")

    async def test_workflow_has_a_bearable_number(
        self, admin: Client, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(workflow_tests, "MAX_TESTS", 1)
        await create(admin, url)
        answer = await admin.post(f"{url}/tests", json=TEST | {"name": "One more"})
        assert (answer.status_code, answer.json()["code"]) == (409, "too_many_tests")

    async def test_goes_with_its_workflow(self, admin: Client, url: str, state: AppState) -> None:
        await create(admin, url)
        assert (await admin.delete(url)).status_code == 204
        async with state.database.read_session() as session:
            assert (await session.exec(select(WorkflowTest))).all() == []

    async def test_belongs_to_one_workflow_of_one_organization(
        self, admin: Client, stranger: Client, url: str
    ) -> None:
        made = await create(admin, url)
        answer = await admin.post("/api/v1/workflows", json={"name": "Other", "definition": DEFINITION})
        other = f"/api/v1/workflows/{answer.json()['id']}/tests/{made['id']}"
        assert (await admin.get(other)).json()["code"] == "test_not_found"
        for method, path in (
            ("GET", f"{url}/tests"),
            ("GET", f"{url}/tests/{made['id']}"),
            ("DELETE", f"{url}/tests/{made['id']}"),
            ("POST", f"{url}/tests/run"),
            ("POST", f"{url}/talk"),
        ):
            answer = await stranger.request(method, path, json={} if method == "POST" else None)
            assert (answer.status_code, answer.json()["code"]) == (404, "workflow_not_found"), path


class TestRun:
    async def test_passing_and_failing_are_told_with_the_first_difference(
        self, admin: Client, url: str
    ) -> None:
        good = await create(admin, url)
        bad = await create(admin, url, name="Evening", opening={"says": "good evening"})
        run = (await admin.post(f"{url}/tests/run")).json()
        assert [(one["test_id"], one["passed"]) for one in run["results"]] == [
            (good["id"], True),
            (bad["id"], False),
        ]
        assert run["passed"] is False
        difference = run["results"][1]["difference"]
        assert difference["step"] is None
        assert "expected to hear “good evening”, heard “Hello Anna.”" in difference["detail"]

    async def test_some_are_run_with_a_definition_that_is_not_stored(self, admin: Client, url: str) -> None:
        await create(admin, url)
        evening = await create(admin, url, name="Evening", opening={"says": "good evening"}, steps=[])
        body = {"test_ids": [evening["id"]], "definition": LATE}
        run = (await admin.post(f"{url}/tests/run", json=body)).json()
        assert (run["passed"], len(run["results"])) == (True, 1)
        answer = await admin.post(f"{url}/tests/run", json={"test_ids": ["0" * 32]})
        assert (answer.status_code, answer.json()["code"]) == (404, "test_not_found")

    async def test_requests_are_never_made(self, admin: Client, url: str, telephony: FakeTelephony) -> None:
        await create(admin, url, http={})
        run = (await admin.post(f"{url}/tests/run")).json()
        assert run["results"][0]["exchanges"][2]["requests"][0]["source"] == "none"
        assert telephony.fetched == []


class TestPublish:
    async def test_draft_that_fails_its_tests_is_not_published(self, admin: Client, url: str) -> None:
        await create(admin, url)
        await create(admin, url, name="Hello only", steps=[], context={}, opening={"says": "hello there"})
        await admin.patch(url, json={"definition": LATE})
        answer = await admin.post(f"{url}/publish")
        assert (answer.status_code, answer.json()["code"]) == (409, "tests_failed")
        detail = answer.json()["detail"]
        assert detail.startswith("2 of 2 test conversations fail. An order: At the beginning: expected")
        assert "Hello only" in detail
        assert (await admin.get(url)).json()["published_version"] == 1

    async def test_it_is_published_by_force(self, admin: Client, url: str) -> None:
        await create(admin, url)
        await admin.patch(url, json={"definition": LATE})
        assert (await admin.post(f"{url}/publish", json={"force": True})).json()["version"] == 2

    async def test_draft_that_passes_is_published(self, admin: Client, url: str) -> None:
        await create(admin, url)
        await admin.patch(url, json={"agent": {"kind": "echo"}})
        assert (await admin.post(f"{url}/publish", json={})).json()["version"] == 2

    async def test_workflow_without_tests_needs_no_models(
        self, admin: Client, url: str, telephony: FakeTelephony
    ) -> None:
        telephony.typing_problem = "The speech models are being loaded."
        await admin.patch(url, json={"definition": LATE})
        assert (await admin.post(f"{url}/publish")).json()["version"] == 2

    async def test_change_during_the_tests_is_not_published_untested(
        self, admin: Client, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await create(admin, url)

        async def while_somebody_edits(*_given: object) -> dict[str, float]:
            await admin.patch(url, json={"definition": LATE})
            return {"e1": 1.0}

        monkeypatch.setattr("tests.fakes.telephony.shared_words", while_somebody_edits)
        answer = await admin.post(f"{url}/publish")
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        assert (await admin.get(url)).json()["published_version"] == 1


async def test_changes_of_tests_stand_in_the_log(admin: Client, url: str) -> None:
    made = await create(admin, url)
    await admin.patch(f"{url}/tests/{made['id']}", json={"name": "Renamed"})
    await admin.delete(f"{url}/tests/{made['id']}")
    entries = (await admin.get("/api/v1/audit-log", params={"object_kind": "workflow_test"})).json()["items"]
    assert [entry["action"] for entry in entries] == ["deleted", "changed", "created"]
    assert entries[0]["object_name"] == "Renamed"
