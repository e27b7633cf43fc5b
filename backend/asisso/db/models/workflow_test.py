"""Conversations that a workflow must get right."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from asisso.db.models.base import Record
from asisso.db.types import JsonDocument


class WorkflowTest(Record, table=True):
    """A conversation to be tried with a workflow before it is published, and what must come of it.

    Attributes:
        context: what the call would know, beside what every call does.
        opening: what is expected of the agent's first words, as `asisso.workflows.trial.ExpectedTurn`.
        steps: what the caller does and what is expected then, as `asisso.workflows.trial.TrialStep`.
        http: what the requests of http nodes are answered with, by the node's id.
    """

    __table_args__ = (Index(None, "workflow_id", "created_at", "id"),)

    organization_id: str = Field(foreign_key="organization.id", ondelete="CASCADE")
    workflow_id: str = Field(foreign_key="workflow.id", ondelete="CASCADE")
    name: str = Field(max_length=100)
    context: dict[str, Any] = Field(sa_type=JsonDocument)
    opening: dict[str, Any] = Field(sa_type=JsonDocument)
    steps: list[dict[str, Any]] = Field(sa_type=JsonDocument)
    http: dict[str, Any] = Field(sa_type=JsonDocument)
