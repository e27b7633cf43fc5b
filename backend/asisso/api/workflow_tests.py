"""Talking to a workflow in writing, and the conversations stored as its tests."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter

from asisso.agents.typed import PastRequest, Programs, TypedConversation
from asisso.api.deps import Operator, Paging, ReadSession, State, Viewer, WriteSession
from asisso.api.errors import errors
from asisso.api.schemas.base import PageOut
from asisso.api.schemas.workflow_tests import (
    DifferenceOut,
    ExchangeOut,
    ExpectsOut,
    NewWorkflowTest,
    Talk,
    TalkOut,
    TestResultOut,
    TestRun,
    TestRunOut,
    WayOnOut,
    WorkflowTestOut,
    WorkflowTestPatch,
)
from asisso.services import workflow_tests, workflows
from asisso.services.trials import TestResult, remarks_on
from asisso.services.workflow_tests import TestFields
from asisso.workflows.steps import Expectation

router = APIRouter(prefix="/workflows/{workflow_id}", tags=["workflow-tests"])


@router.post("/talk", responses=errors(401, 403, 404, 422))
async def talk_to_workflow(workflow_id: str, body: Talk, state: State, principal: Operator) -> TalkOut:
    """Play a conversation with the draft, without a call. Changes nothing.

    The same rules as in a call follow what the caller says and presses; a language model that would talk in the call
    is left out.
    """
    async with state.database.read_session() as session:
        row = await workflows.get_workflow(session, principal, workflow_id)
    programs = Programs(
        past=[PastRequest(past.node_id, past.answer) for past in body.past_requests],
        given=body.http,
        makes_requests=body.make_requests,
    )
    document = row.definition if body.definition is None else body.definition
    parts = state.telephony.typed_parts()
    talk = await state.trials.talk(document, body.context, body.turns, parts=parts, programs=programs)
    return TalkOut(
        exchanges=[ExchangeOut.model_validate(exchange) for exchange in talk.exchanges],
        expects=_expects(talk),
        is_over=talk.is_over,
        remarks=remarks_on(row.agent),
    )


@router.get("/tests", responses=errors(401, 404, 422))
async def list_workflow_tests(
    workflow_id: str, session: ReadSession, principal: Viewer, paging: Paging
) -> PageOut[WorkflowTestOut]:
    """A workflow's tests, oldest first."""
    page = await workflow_tests.list_tests(session, principal, workflow_id, paging)
    return PageOut[WorkflowTestOut].model_validate(page)


@router.post("/tests", status_code=201, responses=errors(401, 403, 404, 409, 422))
async def create_workflow_test(
    workflow_id: str, body: NewWorkflowTest, session: WriteSession, principal: Operator
) -> WorkflowTestOut:
    """Store a conversation that the workflow must get right."""
    fields = cast("TestFields", body.model_dump())
    row = await workflow_tests.create_test(session, principal, workflow_id, fields)
    return WorkflowTestOut.model_validate(row)


@router.post("/tests/run", responses=errors(401, 403, 404, 422))
async def run_workflow_tests(
    workflow_id: str, state: State, principal: Operator, body: TestRun | None = None
) -> TestRunOut:
    """Play stored conversations with the draft and compare. Changes nothing, and no request is made."""
    wanted = body or TestRun()
    async with state.database.read_session() as session:
        row, tests = await workflow_tests.with_tests(session, principal, workflow_id, wanted.test_ids)
    document = row.definition if wanted.definition is None else wanted.definition
    results = await state.trials.run(document, tests, parts=state.telephony.typed_parts())
    return TestRunOut(
        passed=all(result.difference is None for result in results),
        results=[_result(result) for result in results],
    )


@router.get("/tests/{test_id}", responses=errors(401, 404, 422))
async def get_workflow_test(
    workflow_id: str, test_id: str, session: ReadSession, principal: Viewer
) -> WorkflowTestOut:
    """A stored conversation."""
    return WorkflowTestOut.model_validate(
        await workflow_tests.get_test(session, principal, workflow_id, test_id)
    )


@router.patch("/tests/{test_id}", responses=errors(401, 403, 404, 409, 422))
async def update_workflow_test(
    workflow_id: str, test_id: str, body: WorkflowTestPatch, session: WriteSession, principal: Operator
) -> WorkflowTestOut:
    """Change a stored conversation."""
    changes = cast("TestFields", body.model_dump(exclude_unset=True, include=body.model_fields_set))
    row = await workflow_tests.change_test(session, principal, workflow_id, test_id, changes)
    return WorkflowTestOut.model_validate(row)


@router.delete("/tests/{test_id}", status_code=204, responses=errors(401, 403, 404, 422))
async def delete_workflow_test(
    workflow_id: str, test_id: str, session: WriteSession, principal: Operator
) -> None:
    """Delete a stored conversation."""
    await workflow_tests.delete_test(session, principal, workflow_id, test_id)


def _expects(talk: TypedConversation) -> ExpectsOut:
    expects: Expectation = talk.expects
    return ExpectsOut(
        wanted=[value.name for value in expects.wanted],
        is_confirming=expects.is_confirming,
        choices=[
            WayOnOut(
                edge_id=choice.edge_id,
                label=choice.label,
                digits=choice.digits,
                examples=list(choice.examples),
            )
            for choice in expects.choices
        ],
    )


def _result(result: TestResult) -> TestResultOut:
    difference = result.difference
    return TestResultOut(
        test_id=result.test_id,
        name=result.name,
        passed=difference is None,
        difference=DifferenceOut.model_validate(difference) if difference else None,
        exchanges=[ExchangeOut.model_validate(exchange) for exchange in result.exchanges],
    )
