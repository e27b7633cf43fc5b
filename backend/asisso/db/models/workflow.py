"""Workflows: what an agent says and does, as a draft and as published versions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from asisso.db.models.base import Record
from asisso.db.types import JsonDocument


class Workflow(Record, table=True):
    """A workflow's draft. Calls run `published_version`, never the draft.

    `agent` only says which secrets there are; `agent_secrets_encrypted` holds them, empty when there are none, and
    `agent_secrets_revision` is another one whenever they are others.
    """

    __table_args__ = (Index(None, "organization_id", "created_at", "id"),)

    organization_id: str = Field(foreign_key="organization.id", ondelete="CASCADE")
    name: str = Field(max_length=100)
    definition: dict[str, Any] = Field(sa_type=JsonDocument)
    agent: dict[str, Any] = Field(sa_type=JsonDocument)
    agent_secrets_encrypted: str = ""
    agent_secrets_revision: str = Field(default="", max_length=32)
    published_version: int = 1


class WorkflowVersion(Record, table=True):
    """What was published once; never changed afterwards. `version` counts from 1 within the workflow."""

    __table_args__ = (
        UniqueConstraint("workflow_id", "version"),
        Index(None, "workflow_id", "created_at", "id"),
    )

    workflow_id: str = Field(foreign_key="workflow.id", ondelete="CASCADE")
    version: int
    definition: dict[str, Any] = Field(sa_type=JsonDocument)
    agent: dict[str, Any] = Field(sa_type=JsonDocument)
    agent_secrets_encrypted: str = ""
    agent_secrets_revision: str = Field(default="", max_length=32)
