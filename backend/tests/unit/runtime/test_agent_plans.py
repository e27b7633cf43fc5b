"""From an admitted call to its agent: the workflow's context, where a cut-off conversation goes on, what is warmed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import pytest_asyncio

from asisso.agents.agent import AgentUnavailable
from asisso.agents.embedded import EmbeddedAgent
from asisso.agents.speech import SpeechModels
from asisso.calls.admission import Admission
from asisso.calls.plan import LeftOff
from asisso.calls.route import PublishedWorkflow
from asisso.outbound_addresses import AddressPolicy
from asisso.runtime.agent_plans import AgentPlanner
from asisso.security import SecretBox
from asisso.workflows.samples import samples
from tests.fakes.conversation import no_network
from tests.fakes.speech import ToneSynthesizer, WordEncoder, fake_models

pytestmark = pytest.mark.unit

(ORDERS,) = [sample for sample in samples() if sample.id == "orders"]


class Lab:
    """A planner with models that write down what they are asked."""

    def __init__(self, planner: AgentPlanner, voice: ToneSynthesizer, encoder: WordEncoder) -> None:
        self.planner = planner
        self.voice = voice
        self.encoder = encoder


@pytest_asyncio.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    voice, encoder = ToneSynthesizer(), WordEncoder()
    models: SpeechModels = await fake_models(synthesizer=voice, encoder=encoder)
    planner = AgentPlanner(
        tmp_path,
        secret_box=SecretBox("k" * 32),
        fetch=no_network,
        addresses=AddressPolicy(),
        models=models,
    )
    voice.rendered.clear()
    encoder.looked_at.clear()
    yield Lab(planner, voice, encoder)
    models.close()


def admitted(workflow: PublishedWorkflow | None, context: Mapping[str, Any] | None = None) -> Admission:
    return Admission("run", cast("Any", SimpleNamespace(workflow=workflow)), context or {})


def published(definition: dict[str, Any], **agent: Any) -> PublishedWorkflow:
    return PublishedWorkflow("workflow", 1, definition, {"kind": "embedded", **agent})


def first_words(agent: EmbeddedAgent) -> set[str]:
    return set(agent._voice._prepared)


GREETING_BY_NAME: dict[str, Any] = {
    "nodes": [{"id": "start", "type": "start", "data": {"say": "Hello {{caller_name | there}}."}}],
    "edges": [],
}


async def test_agent_greets_with_the_calls_own_context(lab: Lab) -> None:
    plan = lab.planner.plan(admitted(published(GREETING_BY_NAME), {"caller_name": "Ada"}), None)
    assert isinstance(plan.agent, EmbeddedAgent)
    await plan.agent.prepare()

    assert first_words(plan.agent) == {"Hello Ada."}


async def test_conversation_that_was_cut_off_goes_on_with_what_it_knew(lab: Lab) -> None:
    left_off = LeftOff(turns=[], node_id="return", gathered={"order_number": "427118"})
    plan = lab.planner.plan(admitted(published(ORDERS.definition)), left_off)
    assert isinstance(plan.agent, EmbeddedAgent)
    await plan.agent.prepare()

    assert {"Sorry, we were cut off.", "Please go on.", "Why do you want to return it?"} <= first_words(
        plan.agent
    )
    assert not any("order number" in sentence for sentence in first_words(plan.agent))


async def test_conversation_of_which_nobody_knows_where_it_was_does_not_greet_again(lab: Lab) -> None:
    plan = lab.planner.plan(admitted(published(ORDERS.definition)), LeftOff([], "", {}))
    assert isinstance(plan.agent, EmbeddedAgent)
    await plan.agent.prepare()

    assert "Sorry, we were cut off." in first_words(plan.agent)
    assert not any(sentence.startswith("Hello") for sentence in first_words(plan.agent)), first_words(
        plan.agent
    )


@pytest.mark.parametrize(
    "workflow", [None, published({"nodes": "none"}), published(GREETING_BY_NAME, kind="?")]
)
async def test_workflow_that_can_not_be_run_has_no_agent(
    lab: Lab, workflow: PublishedWorkflow | None
) -> None:
    with pytest.raises(AgentUnavailable):
        lab.planner.plan(admitted(workflow), None)


async def test_warming_up_renders_first_words_and_looks_at_all_examples_once(lab: Lab) -> None:
    workflow = published(ORDERS.definition)
    await lab.planner.warm_up([workflow])
    looked_at, rendered = list(lab.encoder.looked_at), list(lab.voice.rendered)
    await lab.planner.warm_up([workflow])

    assert "where is my order" in looked_at
    assert len(looked_at) == len(set(looked_at))
    assert "Hello, this is the Acme order line." in rendered
    assert "Are you still there?" in rendered
    assert (lab.encoder.looked_at, lab.voice.rendered) == (looked_at, rendered)
