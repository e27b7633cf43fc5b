"""Test conversations, stored with the workflow that must get them right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.db.models import Workflow, WorkflowTest
from asisso.errors import Conflict, NotFound
from asisso.services.paging import Page, PageRequest, fetch_page
from asisso.services.principal import Principal
from asisso.services.workflows import get_workflow

MAX_TESTS = 100
"""Of one workflow: all of them are run before it is published."""


class TestFields(TypedDict, total=False):
    """What a person sets; in a change an absent key leaves the field as it is."""

    name: str
    context: dict[str, Any]
    opening: dict[str, Any]
    steps: list[dict[str, Any]]
    http: dict[str, Any]


async def create_test(
    session: AsyncSession, principal: Principal, workflow_id: str, fields: TestFields
) -> WorkflowTest:
    """Store a conversation.

    Raises:
        NotFound: the organization has no such workflow.
        Conflict: the name is taken, or the workflow has `MAX_TESTS` already.
    """
    workflow = await get_workflow(session, principal, workflow_id)
    count = select(func.count()).select_from(WorkflowTest).where(WorkflowTest.workflow_id == workflow.id)
    if (await session.exec(count)).one() >= MAX_TESTS:
        raise Conflict(f"A workflow has {MAX_TESTS} tests at most. Delete one.", code="too_many_tests")
    row = WorkflowTest(organization_id=principal.organization_id, workflow_id=workflow.id, **fields)
    await _refuse_taken_name(session, row)
    session.add(row)
    await session.flush()
    return row


async def list_tests(
    session: AsyncSession, principal: Principal, workflow_id: str, page: PageRequest
) -> Page[WorkflowTest]:
    """A workflow's tests, oldest first.

    Raises:
        NotFound: the organization has no such workflow.
    """
    workflow = await get_workflow(session, principal, workflow_id)
    statement = select(WorkflowTest).where(WorkflowTest.workflow_id == workflow.id)
    return await fetch_page(session, statement, WorkflowTest, page)


async def get_test(
    session: AsyncSession, principal: Principal, workflow_id: str, test_id: str
) -> WorkflowTest:
    """One of a workflow's tests.

    Raises:
        NotFound: the organization has no such workflow, or the workflow no such test.
    """
    workflow = await get_workflow(session, principal, workflow_id)
    row = await session.get(WorkflowTest, test_id)
    if row is None or row.workflow_id != workflow.id:
        raise NotFound("test")
    return row


async def change_test(
    session: AsyncSession, principal: Principal, workflow_id: str, test_id: str, changes: TestFields
) -> WorkflowTest:
    """Change a test.

    Raises:
        NotFound: the organization has no such workflow, or the workflow no such test.
        Conflict: the name is taken.
    """
    row = await get_test(session, principal, workflow_id, test_id)
    with session.no_autoflush:
        row.sqlmodel_update(dict(changes))
        await _refuse_taken_name(session, row)
    session.add(row)
    await session.flush()
    return row


async def delete_test(session: AsyncSession, principal: Principal, workflow_id: str, test_id: str) -> None:
    """Delete a test.

    Raises:
        NotFound: the organization has no such workflow, or the workflow no such test.
    """
    await session.delete(await get_test(session, principal, workflow_id, test_id))


async def with_tests(
    session: AsyncSession, principal: Principal, workflow_id: str, test_ids: Sequence[str] | None
) -> tuple[Workflow, list[WorkflowTest]]:
    """A workflow, and its tests: all of them, or those with these ids.

    Raises:
        NotFound: the organization has no such workflow, or the workflow not all of these tests.
    """
    workflow = await get_workflow(session, principal, workflow_id)
    statement = select(WorkflowTest).where(WorkflowTest.workflow_id == workflow.id)
    if test_ids is not None:
        statement = statement.where(col(WorkflowTest.id).in_(test_ids))
    order = (col(WorkflowTest.created_at), col(WorkflowTest.id))
    found = list((await session.exec(statement.order_by(*order))).all())
    if test_ids is not None and len(found) < len(set(test_ids)):
        raise NotFound("test")
    return workflow, found


async def _refuse_taken_name(session: AsyncSession, row: WorkflowTest) -> None:
    same = select(WorkflowTest.id).where(WorkflowTest.workflow_id == row.workflow_id)
    same = same.where(WorkflowTest.name == row.name, WorkflowTest.id != row.id)
    if (await session.exec(same)).first():
        raise Conflict(f"There is a test named {row.name} already.", code="name_taken")
