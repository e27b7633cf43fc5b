"""Runs: what is left of a call, with its transcript and its timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from asisso.db.models.base import Record
from asisso.db.types import JsonDocument, UtcDateTime, text_enum
from asisso.vocabulary import Analysis, Direction, EndedBy, Outcome, RunState, Speaker


class WorkflowRun(Record, table=True):
    """One call, from its arrival at the Stasis application to its end; refused calls too.

    Attributes:
        hangup_cause: `{"code": int, "text": str, "sip_status": int | None}`, Q.850 as Asterisk told it.
        detail: one sentence that says why the call was refused or failed.
        recording_path: relative to the folder of recordings.
        recording_problem: one sentence that says why the recording does not hold the whole call.
        quality: what `calls.quality` makes of the call; None where caller and agent never met.
        node: which process carried the call.
        node_id: of the workflow, where the conversation is or was last.
        analysis: whether summary and disposition are still being made; None where none were asked for.
        analysis_problem: one sentence that says why they could not be made, or not yet.
    """

    # Each filter of the list with the list's order behind it, so that a page is read off an index.
    __table_args__ = (
        # The last three are answered from the index alone: looking for a part of a number, and a month's minutes.
        Index(
            "ix_workflow_run_list",
            *("organization_id", "created_at", "id", "from_number", "to_number", "duration_ms"),
        ),
        Index(None, "organization_id", "direction", "created_at", "id"),
        Index(None, "organization_id", "outcome", "created_at", "id"),
        Index(None, "organization_id", "from_number", "created_at", "id"),
        Index(None, "organization_id", "to_number", "created_at", "id"),
        Index(None, "workflow_id", "organization_id", "created_at", "id"),
        Index(
            "ix_workflow_run_configuration_list",
            *("telephony_configuration_id", "organization_id", "created_at", "id"),
        ),
        Index(None, "telephony_configuration_id", "state"),
        Index(None, "state", "organization_id"),
    )

    organization_id: str = Field(foreign_key="organization.id", ondelete="CASCADE")
    telephony_configuration_id: str | None = Field(
        default=None, foreign_key="telephony_configuration.id", ondelete="SET NULL"
    )
    workflow_id: str | None = Field(default=None, foreign_key="workflow.id", ondelete="SET NULL")
    workflow_version: int | None = None
    phone_number_id: str | None = Field(
        default=None, foreign_key="phone_number.id", ondelete="SET NULL", index=True
    )
    direction: Direction = Field(sa_type=text_enum(Direction))
    state: RunState = Field(default=RunState.QUEUED, sa_type=text_enum(RunState))
    outcome: Outcome | None = Field(default=None, sa_type=text_enum(Outcome))
    ended_by: EndedBy | None = Field(default=None, sa_type=text_enum(EndedBy))
    hangup_cause: dict[str, Any] | None = Field(default=None, sa_type=JsonDocument)
    detail: str | None = None
    from_number: str = Field(default="", max_length=200)
    to_number: str = Field(default="", max_length=200)
    channel_id: str = Field(default="", max_length=150, index=True)
    context: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDocument)
    node_id: str | None = Field(default=None, max_length=100)
    gathered: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDocument)
    summary: str | None = None
    disposition: str | None = Field(default=None, max_length=100)
    analysis: Analysis | None = Field(default=None, sa_type=text_enum(Analysis))
    analysis_problem: str | None = None
    latency: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDocument)
    usage: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDocument)
    recording_path: str | None = Field(default=None, max_length=300)
    recording_problem: str | None = None
    quality: dict[str, Any] | None = Field(default=None, sa_type=JsonDocument)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    duration_ms: int | None = None
    node: str = Field(default="", max_length=100)


class RunAnalysis(Record, table=True):
    """A run that waits for its summary or disposition; gone once they are there or given up.

    Attributes:
        attempts: begun so far.
        due_at: not before this is the next one begun; None: at once. A process that has begun one keeps it until then.
    """

    run_id: str = Field(foreign_key="workflow_run.id", ondelete="CASCADE", unique=True)
    organization_id: str = Field(foreign_key="organization.id", ondelete="CASCADE", index=True)
    attempts: int = 0
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RunTurn(Record, table=True):
    """One turn of the transcript. Times are milliseconds since the run began."""

    __table_args__ = (UniqueConstraint("run_id", "position"),)

    run_id: str = Field(foreign_key="workflow_run.id", ondelete="CASCADE")
    position: int
    speaker: Speaker = Field(sa_type=text_enum(Speaker))
    text: str
    started_ms: int
    ended_ms: int
    interrupted: bool = False


class RunEvent(Record, table=True):
    """One event of the timeline. `at_ms` counts from the run's beginning."""

    __table_args__ = (UniqueConstraint("run_id", "position"),)

    run_id: str = Field(foreign_key="workflow_run.id", ondelete="CASCADE")
    position: int
    at_ms: int
    kind: str = Field(max_length=64)
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDocument)
