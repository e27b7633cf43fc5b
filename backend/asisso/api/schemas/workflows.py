"""Workflows, their versions and what is wrong with them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, StrictBool
from pydantic_core import CoreSchema, core_schema

from asisso.agents.spec import AgentSpec
from asisso.api.schemas.base import Input, Name, Output, omitted
from asisso.workflows.definition import WorkflowDefinition

MAX_DOCUMENT_BYTES = 256 * 1024
EXAMPLE_DEFINITION: dict[str, Any] = {
    "nodes": [
        {"id": "hello", "type": "start", "data": {"say": "Hello {{caller_name | there}}. How can I help?"}},
        {"id": "desk", "type": "transfer", "data": {"to": "PJSIP/6001", "say": "I will put you through."}},
        {"id": "bye", "type": "end", "data": {"say": "Goodbye."}},
    ],
    "edges": [
        {"id": "e1", "source": "hello", "target": "desk", "data": {"label": "a person", "digits": "0"}},
        {"id": "e2", "source": "hello", "target": "bye", "data": {"examples": ["no thanks", "that is all"]}},
    ],
}


def _of_bearable_size(document: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(document)) > MAX_DOCUMENT_BYTES:
        raise ValueError(f"must not be larger than {MAX_DOCUMENT_BYTES // 1024} KiB")
    return document


@dataclass(frozen=True, slots=True)
class DescribedBy:
    """An annotation of a JSON document that is read elsewhere: its description is that of what it is read as.

    It is kept as it was sent, and what reads it tells its faults in its own words.
    """

    model: Any

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        # Requests and answers go through Python's objects; only the description is made of the JSON side.
        return core_schema.json_or_python_schema(
            json_schema=handler.generate_schema(self.model),
            python_schema=handler(source),
            serialization=core_schema.simple_ser_schema("dict"),
        )


Document = Annotated[dict[str, Any], Field(max_length=100), AfterValidator(_of_bearable_size)]
DefinitionDocument = Annotated[
    Document, DescribedBy(WorkflowDefinition), Field(examples=[EXAMPLE_DEFINITION])
]
AgentDocument = Annotated[Document, DescribedBy(AgentSpec), Field(examples=[{"kind": "embedded"}])]


class NewWorkflow(Input):
    """A workflow; it is published as version 1. Without `agent` the embedded one talks."""

    name: Annotated[Name, Field(examples=["Reception"])]
    definition: DefinitionDocument
    agent: AgentDocument = Field(default_factory=lambda: {"kind": "embedded"})


class WorkflowPatch(Input):
    """Changes of the draft; fields left out stay as they are."""

    name: Annotated[Name, Field(examples=["Reception"])] = omitted()
    definition: DefinitionDocument = omitted()
    agent: AgentDocument = omitted()


class WorkflowOut(Output):
    """A draft. Calls run `published_version`."""

    id: str
    name: str = Field(examples=["Reception"])
    definition: DefinitionDocument
    agent: AgentDocument
    published_version: int = Field(examples=[1])
    has_unpublished_changes: bool = Field(examples=[False])
    created_at: datetime
    updated_at: datetime


class WorkflowVersionOut(Output):
    """What calls run, or ran; it never changes."""

    version: int = Field(examples=[1])
    definition: DefinitionDocument
    agent: AgentDocument
    created_at: datetime


class WorkflowSampleOut(Output):
    """A workflow to begin with."""

    id: str = Field(examples=["reception"])
    name: str = Field(examples=["Reception"])
    description: str = Field(examples=["Greets, tells the opening hours and puts callers through."])
    definition: DefinitionDocument
    agent: AgentDocument


class Publishing(Input):
    """How to publish."""

    force: StrictBool = Field(
        False, description="Publish without running the workflow's test conversations.", examples=[True]
    )


class DraftCheck(Input):
    """A definition to look at instead of the stored draft; any JSON object, since its faults are what is asked for."""

    definition: Document | None = Field(
        None, description="What would be a workflow's `definition`.", examples=[EXAMPLE_DEFINITION]
    )


class ProblemOut(Output):
    """One thing to put right; a warning does not keep the workflow from being published."""

    severity: Literal["error", "warning"]
    code: str = Field(examples=["dead_end"])
    message: str = Field(examples=["Node order is a dead end: add an edge that leaves it."])
    node_id: str | None = Field(examples=["order"])
    edge_id: str | None = Field(examples=[None])
    path: list[str | int] = Field(examples=[["nodes", 1]])


class ValidationOut(Output):
    """Everything that is wrong with a definition, errors first."""

    is_valid: bool = Field(examples=[False])
    problems: list[ProblemOut]
