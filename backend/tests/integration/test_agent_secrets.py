"""Secrets inside a workflow's agent: sealed in the draft and in every version, and readable in a call only."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from asisso.agents.spec import parse_agent_spec
from asisso.api.state import AppState
from asisso.db.models import Organization, Role, Workflow, WorkflowVersion
from asisso.errors import ConfigurationError, InvalidInput
from asisso.security import SecretBox
from asisso.services import workflows
from asisso.services.agent_secrets import VERSION, open_secrets
from asisso.services.key_rotation import require_readable, reseal
from asisso.services.principal import Principal
from tests.databases import everything_stored
from tests.fakes import keyed_agent
from tests.integration.examples import DEFINITION

pytestmark = pytest.mark.integration

LLM = {"kind": "chat", "base_url": "https://llm.example.com/v1"}
AGENT: dict[str, Any] = {"kind": "keyed", "llm": LLM | {"api_key": "sk-first-key"}}


class Desk:
    """Somebody who changes one workflow."""

    def __init__(self, state: AppState, principal: Principal) -> None:
        self.state = state
        self.principal = principal
        self.id = ""

    async def create(self, agent: dict[str, Any]) -> Workflow:
        fields: workflows.WorkflowFields = {"name": "Day", "definition": DEFINITION, "agent": agent}
        async with self.state.database.session() as session:
            row = await workflows.create_workflow(
                session, self.principal, fields, secret_box=self.state.secrets
            )
        self.id = row.id
        return row

    async def change(self, agent: dict[str, Any], box: SecretBox | None = None) -> Workflow:
        async with self.state.database.session() as session:
            return await workflows.change_workflow(
                session, self.principal, self.id, {"agent": agent}, secret_box=box or self.state.secrets
            )

    async def publish(self) -> WorkflowVersion:
        async with self.state.database.session() as session:
            return await workflows.publish_workflow(
                session, self.principal, self.id, secret_box=self.state.secrets
            )

    async def is_changed(self) -> bool:
        async with self.state.database.read_session() as session:
            row = await workflows.get_workflow(session, self.principal, self.id)
            return self.id in await workflows.with_unpublished_changes(session, [row])

    async def key_in_a_call(self, number: int = 1, box: SecretBox | None = None) -> str | None:
        """The key that a call with this version would send."""
        async with self.state.database.read_session() as session:
            found = select(WorkflowVersion).where(WorkflowVersion.version == number)
            version = (await session.exec(found)).one()
        whole = open_secrets(
            version.agent,
            version.agent_secrets_encrypted,
            box or self.state.secrets,
            VERSION,
            version.id,
        )
        key = parse_agent_spec(whole).llm.api_key  # type: ignore[union-attr]
        return None if key is None else str(key.get_secret_value())


@pytest.fixture
async def desk(state: AppState, monkeypatch: pytest.MonkeyPatch) -> Desk:
    keyed_agent.install(monkeypatch)
    async with state.database.session() as session:
        organization = Organization(name="Acme")
        session.add(organization)
        await session.flush()
    return Desk(state, Principal(organization.id, Role.OPERATOR))


async def test_key_is_sealed_and_reaches_the_call(desk: Desk) -> None:
    row = await desk.create(AGENT)
    assert row.agent == {"kind": "keyed", "llm": LLM | {"api_key_set": True}}
    assert b"sk-first-key" not in await everything_stored(desk.state)
    assert await desk.key_in_a_call() == "sk-first-key"


async def test_change_of_the_key_is_a_change_that_waits_for_publishing(desk: Desk) -> None:
    row = await desk.create(AGENT)
    assert not await desk.is_changed()
    await desk.change(row.agent)
    assert not await desk.is_changed(), "sent back as it was shown"
    await desk.change(AGENT)
    assert not await desk.is_changed(), "the same key, entered again"
    await desk.change(AGENT | {"llm": LLM | {"api_key": "sk-second-key"}})
    assert await desk.is_changed()
    assert await desk.key_in_a_call() == "sk-first-key"
    assert (await desk.publish()).version == 2
    assert not await desk.is_changed()
    assert [await desk.key_in_a_call(1), await desk.key_in_a_call(2)] == ["sk-first-key", "sk-second-key"]


async def test_empty_key_removes_it(desk: Desk) -> None:
    await desk.create(AGENT)
    row = await desk.change(AGENT | {"llm": LLM | {"api_key": ""}})
    assert row.agent == {"kind": "keyed", "llm": LLM}
    assert row.agent_secrets_encrypted == ""
    await desk.publish()
    assert await desk.key_in_a_call(2) is None


async def test_key_does_not_follow_to_another_server(desk: Desk) -> None:
    row = await desk.create(AGENT)
    moved = {"kind": "keyed", "llm": row.agent["llm"] | {"base_url": "https://elsewhere.example.com"}}
    with pytest.raises(InvalidInput, match=r"llm.api_key: Enter it again") as caught:
        await desk.change(moved)
    assert caught.value.kind == "secret_missing"


async def test_fault_beside_a_key_does_not_tell_it(desk: Desk) -> None:
    for llm in (LLM | {"api_key": ["sk-first-key"]}, LLM | {"api_key": "sk-first-key", "sk": 1}):
        with pytest.raises(InvalidInput) as caught:
            await desk.create({"kind": "keyed", "llm": llm})
        assert "sk-first-key" not in caught.value.detail
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


async def test_every_version_is_usable_after_the_installations_key_is_changed(desk: Desk) -> None:
    await desk.create(AGENT)
    await desk.change(AGENT | {"llm": LLM | {"api_key": "sk-second-key"}})
    await desk.publish()
    both, new = SecretBox("n" * 32, "k" * 32), SecretBox("n" * 32)
    await require_readable(desk.state.database, both)
    assert await reseal(desk.state.database, both) == 3, "the draft and two versions"
    assert await desk.key_in_a_call(1, new) == "sk-first-key"
    assert await desk.key_in_a_call(2, new) == "sk-second-key"
    assert not await desk.is_changed()


async def test_key_can_be_entered_again_when_the_installations_is_lost(desk: Desk) -> None:
    row = await desk.create(AGENT)
    lost = SecretBox("x" * 32)
    with pytest.raises(ConfigurationError):
        await desk.key_in_a_call(1, lost)
    assert (await desk.change(row.agent, lost)).agent == {"kind": "keyed", "llm": LLM}
    assert (await desk.change(AGENT, lost)).agent_secrets_encrypted.startswith("v1.")
