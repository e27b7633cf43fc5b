"""Workflows: a draft that people change, and published versions that calls run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from sqlalchemy import ColumnElement, exists, func, or_
from sqlmodel import col, insert, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from asisso.db.models import PhoneNumber, RunState, Workflow, WorkflowRun, WorkflowVersion
from asisso.errors import Conflict, InvalidInput, NotFound
from asisso.security import SecretBox
from asisso.services.agent_secrets import DRAFT, VERSION, check_agent, readable, seal, unseal
from asisso.services.paging import Page, PageRequest, fetch_page, fetch_rows
from asisso.services.principal import Principal
from asisso.workflows.validation import Problem, has_errors, is_well_formed, validate

MAX_NAMED_USES = 3

_INSERT_VERSION = insert(WorkflowVersion)


class WorkflowFields(TypedDict, total=False):
    """What a person sets; in a change an absent key leaves the field as it is."""

    name: str
    definition: dict[str, Any]
    agent: dict[str, Any]


class InvalidWorkflow(InvalidInput):
    """A definition that cannot be published. `problems` says everything that is wrong with it."""

    code = "invalid_workflow"

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = next(problem for problem in problems if problem.severity == "error")
        super().__init__(first.message, location=("body", "definition", *first.path), kind=first.code)
        self.problems = problems


async def create_workflow(
    session: AsyncSession, principal: Principal, fields: WorkflowFields, *, secret_box: SecretBox
) -> Workflow:
    """Make a workflow and publish it as version 1.

    Raises:
        InvalidInput: the definition or the agent cannot be run.
    """
    agent = check_agent(fields["agent"])
    require_runnable(fields["definition"])
    row = Workflow(organization_id=principal.organization_id, **fields)
    agent.put_into(row, {}, secret_box)
    session.add(row)
    await session.flush()
    # Past the session's objects, since nobody changes a version.
    version = _version_of(row, number=1, secret_box=secret_box).model_dump()
    await (await session.connection()).execute(_INSERT_VERSION, version)
    return row


async def list_workflows(
    session: AsyncSession, principal: Principal, page: PageRequest
) -> tuple[Page[Workflow], set[str]]:
    """The organization's workflows, oldest first, and the ids of those `with_unpublished_changes`."""
    statement = select(Workflow, _is_written_differently()).where(
        Workflow.organization_id == principal.organization_id
    )
    found = await fetch_rows(session, statement, Workflow, page)
    differing = [row for row, is_different in found.items if is_different]
    changed = await with_unpublished_changes(session, differing) if differing else set()
    return Page([row for row, _ in found.items], found.next_cursor), changed


async def get_workflow(session: AsyncSession, principal: Principal, workflow_id: str) -> Workflow:
    """One of the organization's workflows.

    Raises:
        NotFound: it has no such workflow.
    """
    row = await session.get(Workflow, workflow_id)
    if row is None or row.organization_id != principal.organization_id:
        raise NotFound("workflow")
    return row


async def change_workflow(
    session: AsyncSession,
    principal: Principal,
    workflow_id: str,
    changes: WorkflowFields,
    *,
    secret_box: SecretBox,
) -> Workflow:
    """Change the draft. Calls see nothing of it before it is published, so it may be unfinished.
    Only its shape must be that of a definition. Secrets of the agent that are left out stay as they are.

    Raises:
        NotFound: the organization has no such workflow.
        InvalidInput: the agent cannot be run.
        InvalidWorkflow: the definition does not have the shape of one.
    """
    row = await get_workflow(session, principal, workflow_id)
    if "definition" in changes:
        _check_shape(changes["definition"])
    if "agent" in changes:
        before = readable(row.agent_secrets_encrypted, secret_box, DRAFT, row.id)
        agent = check_agent(changes["agent"], before=row.agent, secrets=before)
        agent.put_into(row, before, secret_box)
    row.sqlmodel_update({name: value for name, value in changes.items() if name != "agent"})
    session.add(row)
    await session.flush()
    return row


async def delete_workflow(session: AsyncSession, principal: Principal, workflow_id: str) -> None:
    """Delete a workflow with its versions. Its runs stay.

    Raises:
        NotFound: the organization has no such workflow.
        Conflict: phone numbers use it, or calls are running it.
    """
    row = await get_workflow(session, principal, workflow_id)
    await _refuse_while_it_answers(session, row)
    await _refuse_while_it_runs(session, row)
    await session.delete(row)


async def _refuse_while_it_answers(session: AsyncSession, row: Workflow) -> None:
    statement = select(PhoneNumber.address).where(PhoneNumber.inbound_workflow_id == row.id)
    addresses = (await session.exec(statement.order_by(PhoneNumber.address_normalized))).all()
    if not addresses:
        return
    named = ", ".join(addresses[:MAX_NAMED_USES])
    more = len(addresses) - MAX_NAMED_USES
    named += f" and {more} more" if more > 0 else ""
    noun = "phone number" if len(addresses) == 1 else "phone numbers"
    raise Conflict(
        f"{row.name} answers the {noun} {named}. Give them another workflow first.", code="workflow_in_use"
    )


async def _refuse_while_it_runs(session: AsyncSession, row: Workflow) -> None:
    statement = select(func.count()).select_from(WorkflowRun).where(WorkflowRun.workflow_id == row.id)
    live = (await session.exec(statement.where(WorkflowRun.state != RunState.COMPLETED))).one()
    if live:
        calls = "1 call is" if live == 1 else f"{live} calls are"
        raise Conflict(
            f"{calls} running {row.name}. Wait for the end, or hang up first.", code="workflow_in_use"
        )


async def publish_workflow(
    session: AsyncSession,
    principal: Principal,
    workflow_id: str,
    *,
    secret_box: SecretBox,
    tested: Mapping[str, Any] | None = None,
) -> WorkflowVersion:
    """Make the draft the version that calls run from now on; an unchanged draft keeps its version.

    Args:
        tested: the definition that passed its tests; None publishes one that was not tested.

    Raises:
        NotFound: the organization has no such workflow.
        InvalidWorkflow: the draft cannot be run.
        Conflict: the draft was changed after it was tested.
    """
    row = await get_workflow(session, principal, workflow_id)
    if tested is not None and row.definition != tested:
        raise Conflict("Somebody changed the draft while it was tested. Look at it, and publish again.")
    require_runnable(row.definition)
    current = await _published(session, row)
    if is_published(row, current):
        return current
    version = _version_of(row, number=row.published_version + 1, secret_box=secret_box)
    row.published_version = version.version
    session.add_all([row, version])
    await session.flush()
    return version


async def list_versions(
    session: AsyncSession, principal: Principal, workflow_id: str, page: PageRequest
) -> Page[WorkflowVersion]:
    """A workflow's published versions, newest first.

    Raises:
        NotFound: the organization has no such workflow.
    """
    row = await get_workflow(session, principal, workflow_id)
    statement = select(WorkflowVersion).where(WorkflowVersion.workflow_id == row.id)
    return await fetch_page(session, statement, WorkflowVersion, page, newest_first=True)


async def published_versions(
    session: AsyncSession, workflows: Sequence[Workflow]
) -> Mapping[str, WorkflowVersion]:
    """The version that calls run, of each of these workflows."""
    return await _versions(session, _published_of(workflows))


async def with_unpublished_changes(session: AsyncSession, workflows: Sequence[Workflow]) -> set[str]:
    """The ids of those whose draft is not what calls run."""
    versions = await published_versions(session, workflows)
    return {row.id for row in workflows if not is_published(row, versions[row.id])}


def is_published(row: Workflow, version: WorkflowVersion) -> bool:
    """Whether a draft is the same as a version."""
    return (
        row.definition == version.definition
        and row.agent == version.agent
        and row.agent_secrets_revision == version.agent_secrets_revision
    )


def _is_written_differently() -> ColumnElement[bool]:
    """Whether a draft and its version differ to the letter: few do, and of those some in the order of names only."""
    return exists().where(
        col(WorkflowVersion.workflow_id) == Workflow.id,
        col(WorkflowVersion.version) == Workflow.published_version,
        or_(
            col(WorkflowVersion.definition) != Workflow.definition,
            col(WorkflowVersion.agent) != Workflow.agent,
            col(WorkflowVersion.agent_secrets_revision) != Workflow.agent_secrets_revision,
        ),
    )


def _published_of(workflows: Sequence[Workflow]) -> SelectOfScalar[WorkflowVersion]:
    return (
        select(WorkflowVersion)
        .join(
            Workflow,
            (col(Workflow.id) == WorkflowVersion.workflow_id)
            & (col(Workflow.published_version) == WorkflowVersion.version),
        )
        .where(col(WorkflowVersion.workflow_id).in_([row.id for row in workflows]))
    )


async def _versions(
    session: AsyncSession, statement: SelectOfScalar[WorkflowVersion]
) -> Mapping[str, WorkflowVersion]:
    return {version.workflow_id: version for version in (await session.exec(statement)).all()}


async def _published(session: AsyncSession, row: Workflow) -> WorkflowVersion:
    return (await published_versions(session, [row]))[row.id]


def _version_of(row: Workflow, *, number: int, secret_box: SecretBox) -> WorkflowVersion:
    version = WorkflowVersion(
        workflow_id=row.id,
        version=number,
        definition=row.definition,
        agent=row.agent,
        agent_secrets_revision=row.agent_secrets_revision,
    )
    secrets = unseal(row.agent_secrets_encrypted, secret_box, DRAFT, row.id)
    version.agent_secrets_encrypted = seal(secrets, secret_box, VERSION, version.id)
    return version


def require_runnable(definition: Mapping[str, Any]) -> None:
    """Refuse what no call could run.

    Raises:
        InvalidWorkflow: the definition has errors.
    """
    problems = validate(definition)
    if has_errors(problems):
        raise InvalidWorkflow(problems)


def _check_shape(definition: Mapping[str, Any]) -> None:
    """Let an unfinished graph pass, but nothing that no editor could show."""
    if not is_well_formed(definition):
        raise InvalidWorkflow(validate(definition))
