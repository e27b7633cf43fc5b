"""Workflows: drafts, their validation, and publishing."""

from __future__ import annotations

from typing import Any, cast

from fastapi import APIRouter, Request
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.api.deps import Operator, Paging, ReadSession, State, Viewer, WriteSession, recording_session
from asisso.api.errors import errors
from asisso.api.schemas.base import PageOut
from asisso.api.schemas.workflows import (
    DraftCheck,
    NewWorkflow,
    ProblemOut,
    Publishing,
    ValidationOut,
    WorkflowOut,
    WorkflowPatch,
    WorkflowSampleOut,
    WorkflowVersionOut,
)
from asisso.api.state import AppState
from asisso.db.models import Workflow
from asisso.services import workflows
from asisso.services.paging import Page
from asisso.services.principal import Principal
from asisso.services.trials import TestsFailed
from asisso.services.workflow_tests import with_tests
from asisso.services.workflows import WorkflowFields
from asisso.workflows.samples import samples
from asisso.workflows.validation import has_errors, validate

router = APIRouter(prefix="/workflows", tags=["workflows"])
samples_router = APIRouter(prefix="/workflow-samples", tags=["workflows"])

_SHOWN = WorkflowOut.model_fields.keys() - {"has_unpublished_changes"}


@router.get("", responses=errors(401, 422))
async def list_workflows(session: ReadSession, principal: Viewer, paging: Paging) -> PageOut[WorkflowOut]:
    """The organization's workflows."""
    page, changed = await workflows.list_workflows(session, principal, paging)
    items = [_answer(row, has_changes=row.id in changed) for row in page.items]
    return PageOut(items=items, next_cursor=page.next_cursor)


@router.post("", status_code=201, responses=errors(401, 403, 422))
async def create_workflow(
    body: NewWorkflow, state: State, session: WriteSession, principal: Operator
) -> WorkflowOut:
    """Make a workflow and publish it as version 1."""
    fields = cast("WorkflowFields", body.model_dump())
    row = await workflows.create_workflow(session, principal, fields, secret_box=state.secrets)
    return _answer(row, has_changes=False)


@router.get("/{workflow_id}", responses=errors(401, 404, 422))
async def get_workflow(workflow_id: str, session: ReadSession, principal: Viewer) -> WorkflowOut:
    """A workflow's draft."""
    row = await workflows.get_workflow(session, principal, workflow_id)
    return await _answer_of(session, row)


@router.patch("/{workflow_id}", responses=errors(401, 403, 404, 422))
async def update_workflow(
    workflow_id: str, body: WorkflowPatch, state: State, session: WriteSession, principal: Operator
) -> WorkflowOut:
    """Change the draft. Calls follow when it is published; until then it may be unfinished.

    Secrets of `agent` that are left out stay as they are; an empty text removes one.
    """
    changes = cast("WorkflowFields", body.model_dump(exclude_unset=True))
    row = await workflows.change_workflow(session, principal, workflow_id, changes, secret_box=state.secrets)
    return await _answer_of(session, row)


@router.delete("/{workflow_id}", status_code=204, responses=errors(401, 403, 404, 409, 422))
async def delete_workflow(workflow_id: str, session: WriteSession, principal: Operator) -> None:
    """Delete a workflow; refused while phone numbers use it."""
    await workflows.delete_workflow(session, principal, workflow_id)


@router.post("/{workflow_id}/validate", responses=errors(401, 403, 404, 422))
async def validate_workflow(
    workflow_id: str, session: ReadSession, principal: Viewer, body: DraftCheck | None = None
) -> ValidationOut:
    """What is wrong with the draft, or with the definition in the body. Changes nothing."""
    row = await workflows.get_workflow(session, principal, workflow_id)
    given = body.definition if body else None
    problems = validate(row.definition if given is None else given)
    return ValidationOut(
        is_valid=not has_errors(problems),
        problems=[ProblemOut.model_validate(problem) for problem in problems],
    )


@router.get("/{workflow_id}/versions", responses=errors(401, 404, 422))
async def list_workflow_versions(
    workflow_id: str, session: ReadSession, principal: Viewer, paging: Paging
) -> PageOut[WorkflowVersionOut]:
    """What was published, newest first."""
    page = await workflows.list_versions(session, principal, workflow_id, paging)
    return PageOut[WorkflowVersionOut].model_validate(page)


@router.post("/{workflow_id}/publish", responses=errors(401, 403, 404, 409, 422))
async def publish_workflow(
    workflow_id: str,
    request: Request,
    state: State,
    principal: Operator,
    body: Publishing | None = None,
) -> WorkflowVersionOut:
    """Let calls run the draft from now on. An unchanged draft keeps its version.

    The workflow's test conversations are run first; while one of them fails, only `force` publishes.
    """
    is_forced = body is not None and body.force
    tested = None if is_forced else await _tested(state, principal, workflow_id)
    async with recording_session(state, request) as session:
        version = await workflows.publish_workflow(
            session, principal, workflow_id, secret_box=state.secrets, tested=tested
        )
    return WorkflowVersionOut.model_validate(version)


async def _tested(state: AppState, principal: Principal, workflow_id: str) -> dict[str, Any]:
    """The draft's definition, which passes its tests. No row is held meanwhile."""
    async with state.database.read_session() as session:
        row, tests = await with_tests(session, principal, workflow_id, None)
    if tests:
        results = await state.trials.run(row.definition, tests, parts=state.telephony.typed_parts())
        if any(result.difference for result in results):
            raise TestsFailed(results)
    return row.definition


@samples_router.get("", responses=errors(401))
async def list_workflow_samples(principal: Viewer) -> PageOut[WorkflowSampleOut]:
    """Complete workflows to begin with: create one with a sample's `name`, `definition` and `agent`."""
    return PageOut[WorkflowSampleOut].model_validate(Page(samples(), None))


async def _answer_of(session: AsyncSession, row: Workflow) -> WorkflowOut:
    return _answer(row, has_changes=bool(await workflows.with_unpublished_changes(session, [row])))


def _answer(row: Workflow, *, has_changes: bool) -> WorkflowOut:
    return WorkflowOut(**row.model_dump(include=_SHOWN), has_unpublished_changes=has_changes)
