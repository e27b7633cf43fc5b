"""Workflows, their versions and what is wrong with them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from asisso.api.schemas.base import Input, Name, Output, omitted

MAX_DOCUMENT_BYTES = 256 * 1024


def _of_bearable_size(document: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(document)) > MAX_DOCUMENT_BYTES:
        raise ValueError(f"must not be larger than {MAX_DOCUMENT_BYTES // 1024} KiB")
    return document


Document = Annotated[dict[str, Any], AfterValidator(_of_bearable_size)]


class NewWorkflow(Input):
    """A workflow; it is published as version 1. Without `agent` the embedded one talks."""

    name: Name
    definition: Document
    agent: Document = Field(default={"kind": "embedded"})


class WorkflowPatch(Input):
    """Changes of the draft; fields left out stay as they are."""

    name: Name = omitted()
    definition: Document = omitted()
    agent: Document = omitted()


class WorkflowOut(Output):
    """A draft. Calls run `published_version`."""

    id: str
    name: str
    definition: dict[str, Any]
    agent: dict[str, Any]
    published_version: int
    has_unpublished_changes: bool
    created_at: datetime
    updated_at: datetime


class WorkflowVersionOut(Output):
    version: int
    definition: dict[str, Any]
    agent: dict[str, Any]
    created_at: datetime


class DraftCheck(Input):
    """A definition to look at instead of the stored draft."""

    definition: Document | None = None


class ProblemOut(Output):
    """One thing to put right; a warning does not keep the workflow from being published."""

    severity: Literal["error", "warning"]
    code: str
    message: str
    node_id: str | None
    edge_id: str | None
    path: list[str | int]


class ValidationOut(Output):
    is_valid: bool
    problems: list[ProblemOut]
