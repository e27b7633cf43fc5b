"""What an embedded agent needs besides models: a workflow of a few words, a time, and a network that is not there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from asisso.agents.dialogue import Fetch, FetchFailed
from asisso.agents.embedded import EmbeddedAgent
from asisso.agents.speech import SpeechModels
from asisso.agents.turn_policy import TurnPolicy
from asisso.workflows.definition import HttpData, WorkflowDefinition, parse_definition
from asisso.workflows.engine import Engine

MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


async def no_network(request: HttpData) -> Mapping[str, object]:
    """A `Fetch` where nothing can be reached."""
    raise FetchFailed("There is no connection to the server.")


def node(node_id: str, kind: str, **data: Any) -> dict[str, Any]:
    """One node of a definition."""
    return {"id": node_id, "type": kind, "data": data}


def edge(source: str, target: str, **data: Any) -> dict[str, Any]:
    """One edge; its id says where it goes."""
    return {"id": f"{source}-{target}", "source": source, "target": target, "data": data}


def workflow(*parts: dict[str, Any]) -> WorkflowDefinition:
    """A definition of nodes and edges in any order."""
    return parse_definition(
        {
            "nodes": [part for part in parts if "type" in part],
            "edges": [part for part in parts if "source" in part],
        }
    )


def greeting_and_farewell(greeting: str, farewell: str) -> WorkflowDefinition:
    """The smallest workflow there is."""
    return workflow(node("start", "start", say=greeting), node("end", "end", say=farewell))


def embedded_agent(
    definition: WorkflowDefinition,
    models: SpeechModels,
    *,
    context: Mapping[str, object] | None = None,
    fetch: Fetch = no_network,
    policy: TurnPolicy | None = None,
    opening: str | None = None,
    node_id: str | None = None,
    gathered: Mapping[str, object] | None = None,
    now: Callable[[], datetime] = lambda: MONDAY,
) -> EmbeddedAgent:
    """An agent for one call of this workflow."""
    return EmbeddedAgent(
        engine=Engine(definition, context or {}, node_id=node_id, gathered=gathered),
        models=models,
        fetch=fetch,
        now=now,
        opening=opening,
        policy=policy,
    )
