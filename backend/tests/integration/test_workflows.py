"""Workflows through the API: drafts, validation, versions."""

from __future__ import annotations

import pytest

from asisso.api.state import AppState
from tests.conftest import Client
from tests.fakes.telephony import FakeTelephony
from tests.integration.examples import (
    CONFIGURATIONS,
    DEFINITION,
    GREETING,
    create_configuration,
    create_number,
    create_workflow,
    faulty_fields,
)
from tests.integration.world import build

pytestmark = pytest.mark.integration

UNFINISHED = {"nodes": [{"id": "a", "type": "agent"}], "edges": []}
CHANGED = {"nodes": [{"id": "hello", "type": "start", "data": {"say": "Good evening."}}], "edges": []}


class TestCreate:
    async def test_workflow_is_published_as_version_one(self, admin: Client) -> None:
        made = await create_workflow(admin)
        assert made["published_version"] == 1
        assert made["has_unpublished_changes"] is False
        assert made["agent"] == {"kind": "embedded"}
        versions = (await admin.get(f"/api/v1/workflows/{made['id']}/versions")).json()["items"]
        assert [(version["version"], version["definition"]) for version in versions] == [(1, DEFINITION)]

    async def test_workflow_that_cannot_run_is_refused_with_the_nodes_name(self, admin: Client) -> None:
        definition = {"nodes": [{"id": "lookup", "type": "teleport"}], "edges": []}
        answer = await admin.post("/api/v1/workflows", json={"name": "x", "definition": definition})
        assert answer.status_code == 422
        assert answer.json()["code"] == "invalid_workflow"
        fault = answer.json()["detail"][0]
        assert (fault["type"], fault["loc"]) == ("unknown_node_type", ["body", "definition", "nodes", 0])
        assert "lookup" in fault["msg"]

    @pytest.mark.parametrize(
        ("agent", "word"), [({"kind": "psychic"}, "psychic"), ({}, "kind"), ({"kind": "echo", "x": 1}, "x")]
    )
    async def test_agent_that_cannot_talk_is_refused(
        self, admin: Client, agent: dict[str, object], word: str
    ) -> None:
        body = {"name": "x", "definition": DEFINITION, "agent": agent}
        answer = await admin.post("/api/v1/workflows", json=body)
        assert faulty_fields(answer) == ["agent"]
        assert word in answer.json()["detail"][0]["msg"]


class TestDraft:
    async def test_change_waits_for_publishing(self, admin: Client) -> None:
        url = f"/api/v1/workflows/{(await create_workflow(admin))['id']}"
        changed = (await admin.patch(url, json={"definition": CHANGED})).json()
        assert (changed["published_version"], changed["has_unpublished_changes"]) == (1, True)
        versions = (await admin.get(f"{url}/versions")).json()["items"]
        assert versions[0]["definition"]["nodes"][0]["data"]["say"] == GREETING

    async def test_publishing_makes_the_next_version(self, admin: Client) -> None:
        url = f"/api/v1/workflows/{(await create_workflow(admin))['id']}"
        await admin.patch(url, json={"definition": CHANGED, "agent": {"kind": "echo"}})
        published = (await admin.post(f"{url}/publish")).json()
        assert (published["version"], published["definition"]) == (2, CHANGED)
        assert published["agent"] == {"kind": "echo"}
        assert (await admin.get(url)).json()["has_unpublished_changes"] is False
        versions = (await admin.get(f"{url}/versions")).json()["items"]
        assert [version["version"] for version in versions] == [2, 1]

    async def test_publishing_an_unchanged_draft_makes_no_version(self, admin: Client) -> None:
        url = f"/api/v1/workflows/{(await create_workflow(admin))['id']}"
        assert (await admin.post(f"{url}/publish")).json()["version"] == 1

    async def test_unfinished_draft_is_kept_but_not_published(self, admin: Client) -> None:
        url = f"/api/v1/workflows/{(await create_workflow(admin))['id']}"
        assert (await admin.patch(url, json={"definition": UNFINISHED})).status_code == 200
        answer = await admin.post(f"{url}/publish")
        assert {fault["type"] for fault in answer.json()["detail"]} == {"no_start", "dead_end"}
        assert (await admin.get(url)).json()["published_version"] == 1

    async def test_validation_names_the_node(self, admin: Client) -> None:
        url = f"/api/v1/workflows/{(await create_workflow(admin))['id']}"
        assert (await admin.post(f"{url}/validate")).json() == {"is_valid": True, "problems": []}
        found = (await admin.post(f"{url}/validate", json={"definition": UNFINISHED})).json()
        assert found["is_valid"] is False
        assert [problem["node_id"] for problem in found["problems"] if problem["code"] == "dead_end"] == ["a"]

    async def test_document_of_absurd_size_is_refused(self, admin: Client) -> None:
        url = f"/api/v1/workflows/{(await create_workflow(admin))['id']}"
        huge = {"nodes": [], "note": "x" * 300_000}
        assert faulty_fields(await admin.patch(url, json={"definition": huge})) == ["definition"]


async def test_every_sample_can_be_created_as_it_is(admin: Client) -> None:
    samples = (await admin.get("/api/v1/workflow-samples")).json()["items"]
    assert len(samples) >= 3
    for sample in samples:
        body = {key: sample[key] for key in ("name", "definition", "agent")}
        made = await admin.post("/api/v1/workflows", json=body)
        assert made.status_code == 201, made.text
        assert made.json()["definition"] == sample["definition"]


class TestDelete:
    async def test_unused_workflow_is_deleted(self, admin: Client) -> None:
        url = f"/api/v1/workflows/{(await create_workflow(admin))['id']}"
        assert (await admin.delete(url)).status_code == 204
        assert (await admin.get(url)).status_code == 404

    async def test_workflow_in_use_stays_and_says_by_whom(self, admin: Client) -> None:
        workflow = await create_workflow(admin)
        configuration = await create_configuration(admin)
        await create_number(admin, configuration["id"], "8000", inbound_workflow_id=workflow["id"])
        answer = await admin.delete(f"/api/v1/workflows/{workflow['id']}")
        assert (answer.status_code, answer.json()["code"]) == (409, "workflow_in_use")
        assert "8000" in answer.json()["detail"]


async def test_workflow_of_another_organization_does_not_exist(admin: Client, stranger: Client) -> None:
    url = f"/api/v1/workflows/{(await create_workflow(admin))['id']}"
    for method, path in (
        ("GET", url),
        ("PATCH", url),
        ("DELETE", url),
        ("POST", f"{url}/validate"),
        ("POST", f"{url}/publish"),
        ("GET", f"{url}/versions"),
    ):
        body = {} if method == "PATCH" else None
        answer = await stranger.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "workflow_not_found")
    assert (await stranger.get("/api/v1/workflows")).json()["items"] == []


async def test_workflow_with_live_calls_stays(
    admin: Client, state: AppState, telephony: FakeTelephony
) -> None:
    world = await build(admin, state, telephony)
    path = f"{CONFIGURATIONS}/{world.ids['configuration_id']}/phone-numbers/{world.ids['phone_number_id']}"
    await admin.delete(path)
    answer = await admin.delete(f"/api/v1/workflows/{world.ids['workflow_id']}")
    assert (answer.status_code, answer.json()["code"]) == (409, "workflow_in_use")
    assert answer.json()["detail"].startswith("1 call is running Reception")
