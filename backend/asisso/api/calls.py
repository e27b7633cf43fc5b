"""Live calls: listing them, making one, and what can be asked of one that is up."""

from __future__ import annotations

from fastapi import APIRouter
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.api.deps import Operator, Paging, ReadSession, State, Viewer, WriteSession
from asisso.api.errors import errors
from asisso.api.runs import runs_page
from asisso.api.schemas.base import PageOut
from asisso.api.schemas.calls import Digits, NewCall, Transfer
from asisso.api.schemas.runs import RunEnvelope, RunOut, run_out
from asisso.db.models import AuditAction, WorkflowRun
from asisso.services import audit, calls, runs
from asisso.services.principal import Principal

router = APIRouter(prefix="/calls", tags=["calls"])


@router.get("", responses=errors(401, 422))
async def list_calls(session: ReadSession, principal: Viewer, paging: Paging) -> PageOut[RunOut]:
    """The live calls, newest first."""
    return await runs_page(session, await runs.list_live_calls(session, principal, paging))


@router.post("", status_code=202, responses=errors(401, 403, 404, 409, 422, 429, 503))
async def start_call(body: NewCall, state: State, session: WriteSession, principal: Operator) -> RunEnvelope:
    """Call somebody and let the workflow's agent talk; the run tells how it goes."""
    state.asker_calls_throttle.attempt(principal.id)
    state.organization_calls_throttle.attempt(principal.organization_id)
    run = await calls.start_call(session, principal, body.wish(), telephony=state.telephony)
    _note(session, AuditAction.CALL_STARTED, principal, run)
    return await _envelope(session, run)


@router.post("/{run_id}/hangup", status_code=202, responses=errors(401, 403, 404, 409, 422))
async def hang_up_call(run_id: str, state: State, session: WriteSession, principal: Operator) -> RunEnvelope:
    """End a live call. Its run is completed a moment later."""
    run, controls = await calls.live_call(session, principal, run_id, telephony=state.telephony)
    controls.hang_up()
    _note(session, AuditAction.CALL_HUNG_UP, principal, run)
    return await _envelope(session, run)


@router.post("/{run_id}/transfer", status_code=202, responses=errors(401, 403, 404, 409, 422))
async def transfer_call(
    run_id: str, body: Transfer, state: State, session: WriteSession, principal: Operator
) -> RunEnvelope:
    """Send the caller to somebody else. A caller who is not taken comes back to the agent; the timeline tells why."""
    run, controls = await calls.live_call(session, principal, run_id, telephony=state.telephony)
    calls.transfer(controls, body.destination())
    _note(session, AuditAction.CALL_TRANSFERRED, principal, run)
    return await _envelope(session, run)


@router.post("/{run_id}/dtmf", status_code=202, responses=errors(401, 403, 404, 409, 422))
async def send_digits(
    run_id: str, body: Digits, state: State, session: ReadSession, principal: Operator
) -> RunEnvelope:
    """Press keys towards the caller's telephone."""
    run, controls = await calls.live_call(session, principal, run_id, telephony=state.telephony)
    await calls.send_digits(controls, body.digits)
    return await _envelope(session, run)


@router.post("/{run_id}/hold", status_code=202, responses=errors(401, 403, 404, 409, 422))
async def hold_call(run_id: str, state: State, session: ReadSession, principal: Operator) -> RunEnvelope:
    """Let the caller hear music on hold; the agent waits."""
    run, controls = await calls.live_call(session, principal, run_id, telephony=state.telephony)
    await calls.hold(controls, is_held=True)
    return await _envelope(session, run)


@router.post("/{run_id}/resume", status_code=202, responses=errors(401, 403, 404, 409, 422))
async def resume_call(run_id: str, state: State, session: ReadSession, principal: Operator) -> RunEnvelope:
    """Bring the caller back from hold."""
    run, controls = await calls.live_call(session, principal, run_id, telephony=state.telephony)
    await calls.hold(controls, is_held=False)
    return await _envelope(session, run)


async def _envelope(session: AsyncSession, run: WorkflowRun) -> RunEnvelope:
    names = await runs.names_of(session, [run])
    return RunEnvelope(run=run_out(run, names[run.id]))


def _note(session: AsyncSession, action: AuditAction, principal: Principal, run: WorkflowRun) -> None:
    audit.note(session, action, principal, kind="call", object_id=run.id)
