"""The baseline of the API: the same tables behind the plainest FastAPI and SQLModel can be written with.

Same rows, same checks of what comes in, same answers, one look-up of the hashed key, one session and one commit a
request, the same database with the same pragmas. No roles, no rules between rows, no guards, no telephony.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import AsyncIterator
from typing import Annotated, Any

import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.api.schemas.base import PageOut
from asisso.api.schemas.phone_numbers import NewPhoneNumber, PhoneNumberOut
from asisso.api.schemas.runs import RunOut
from asisso.api.schemas.workflows import NewWorkflow, WorkflowOut
from asisso.calls.addresses import classify, normalize
from asisso.db.engine import Database
from asisso.db.models import ApiKey, PhoneNumber, Workflow, WorkflowRun, WorkflowVersion
from asisso.security import hash_token
from asisso.workflows.validation import has_errors, validate

PAGE = 50


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.database.session() as session:
        yield session


async def get_reading_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.database.read_session() as session:
        yield session


Writing = Annotated[AsyncSession, Depends(get_session, scope="function")]
Reading = Annotated[AsyncSession, Depends(get_reading_session, scope="function")]
Key = Annotated[str, Header(alias="X-API-Key")]
router = APIRouter()


async def owner(session: AsyncSession, key: str) -> str:
    row = (await session.exec(select(ApiKey).where(ApiKey.key_hash == hash_token(key)))).first()
    if row is None:
        raise HTTPException(401)
    return row.organization_id


@router.get("/phone-numbers/{configuration_id}")
async def list_numbers(configuration_id: str, session: Reading, key: Key) -> PageOut[PhoneNumberOut]:
    organization_id = await owner(session, key)
    statement = (
        select(PhoneNumber)
        .where(PhoneNumber.organization_id == organization_id)
        .where(PhoneNumber.telephony_configuration_id == configuration_id)
        .order_by(col(PhoneNumber.created_at), col(PhoneNumber.id))
    )
    return PageOut[PhoneNumberOut].model_validate(await page_of(session, statement))


@router.post("/phone-numbers/{configuration_id}", status_code=201)
async def create_number(
    configuration_id: str, body: NewPhoneNumber, session: Writing, key: Key
) -> PhoneNumberOut:
    kind = body.address_type or classify(body.address)
    row = PhoneNumber(
        organization_id=await owner(session, key),
        telephony_configuration_id=configuration_id,
        address_normalized=normalize(body.address, kind),
        **body.model_dump(exclude={"address_type"}),
        address_type=kind,
    )
    session.add(row)
    await session.flush()
    return PhoneNumberOut.model_validate(row)


@router.get("/workflows")
async def list_workflows(session: Reading, key: Key) -> PageOut[WorkflowOut]:
    organization_id = await owner(session, key)
    statement = select(Workflow).where(Workflow.organization_id == organization_id)
    page = await page_of(session, statement.order_by(col(Workflow.created_at), col(Workflow.id)))
    return PageOut(items=[workflow_out(row) for row in page["items"]], next_cursor=page["next_cursor"])


@router.post("/workflows", status_code=201)
async def create_workflow(body: NewWorkflow, session: Writing, key: Key) -> WorkflowOut:
    if has_errors(validate(body.definition)):
        raise HTTPException(422)
    row = Workflow(organization_id=await owner(session, key), **body.model_dump())
    session.add(row)
    await session.flush()
    session.add(WorkflowVersion(workflow_id=row.id, version=1, definition=row.definition, agent=row.agent))
    await session.flush()
    return workflow_out(row)


@router.get("/runs")
async def list_runs(session: Reading, key: Key) -> PageOut[RunOut]:
    organization_id = await owner(session, key)
    statement = select(WorkflowRun).where(WorkflowRun.organization_id == organization_id)
    newest = (col(WorkflowRun.created_at).desc(), col(WorkflowRun.id).desc())
    page = await page_of(session, statement.order_by(*newest))
    return PageOut(items=[run_out(row) for row in page["items"]], next_cursor=page["next_cursor"])


async def page_of(session: AsyncSession, statement: Any) -> dict[str, Any]:
    """The first page, by limit."""
    rows = (await session.exec(statement.limit(PAGE + 1))).all()
    return {"items": rows[:PAGE], "next_cursor": secrets.token_urlsafe(8) if len(rows) > PAGE else None}


def workflow_out(row: Workflow) -> WorkflowOut:
    return WorkflowOut(**row.model_dump(exclude={"organization_id"}), has_unpublished_changes=False)


def run_out(row: WorkflowRun) -> RunOut:
    fields = row.model_dump(include=set(RunOut.model_fields))
    unknown = ("workflow_name", "telephony_configuration_name", "recording_url", "live_state")
    return RunOut(**fields, **dict.fromkeys(unknown))


def create_app(database: Database) -> FastAPI:
    """The baseline on a database."""
    app = FastAPI()
    app.include_router(router)
    app.state.database = database
    return app


def main() -> None:
    """Serve a database: `python -m bench.bare_api URL PORT`."""
    url, port = sys.argv[1:]
    uvicorn.run(
        create_app(Database(url)), host="127.0.0.1", port=int(port), log_config=None, access_log=False
    )


if __name__ == "__main__":
    main()
