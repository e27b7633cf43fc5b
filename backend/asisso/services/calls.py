"""Live calls: making one, and what can be asked of one that is up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.agents.control import ControlFailed, Destination, ToDialplan
from asisso.calls.admission import OutboundCall, admit_outbound
from asisso.calls.caller_leg import DialOrder
from asisso.calls.control import CallControls
from asisso.calls.dialing import caller_id_of, endpoint_for
from asisso.calls.ids import RUN_ID_VARIABLE, new_outbound_id
from asisso.calls.route import Refusal, Route
from asisso.calls.routing import find_version
from asisso.db.engine import after_commit
from asisso.db.models import (
    Direction,
    EndedBy,
    Outcome,
    PhoneNumber,
    RunState,
    TelephonyConfiguration,
    WorkflowRun,
)
from asisso.errors import Conflict, InvalidInput, NotFound, TooManyRequests, Unavailable, as_sentence
from asisso.logs import request_id
from asisso.metrics import CALLS_REFUSED
from asisso.services.principal import Principal
from asisso.services.runs import get_run
from asisso.services.telephony import ConnectionState, Telephony
from asisso.services.telephony_configurations import get_configuration
from asisso.services.workflows import get_workflow

RETRY_AFTER_S = 30
REQUEST_ID_VARIABLE = "ASISSO_REQUEST_ID"
"""Set on the channel of an outbound call: the API request that asked for it."""


@dataclass(frozen=True, slots=True)
class CallWish:
    """The call somebody wants made.

    Attributes:
        to: a number for the configuration's dial template, or an endpoint such as `PJSIP/6001`.
        from_number: the caller id; None takes the configuration's default.
        context: what the workflow gets beside the call's own facts.
    """

    workflow_id: str
    to: str
    telephony_configuration_id: str | None = None
    from_number: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    ring_timeout_s: int | None = None


async def start_call(
    session: AsyncSession, principal: Principal, wish: CallWish, *, telephony: Telephony
) -> WorkflowRun:
    """Admit an outbound call and have it made once that is committed; the run tells how it goes.

    Raises:
        NotFound: the organization has no such workflow or configuration.
        InvalidInput: `to` can't be dialled.
        Conflict: there is no configuration to call through, or it is not connected.
        TooManyRequests: the organization's calls or minutes are used up.
        Unavailable: this server takes no further call now.
    """
    await get_workflow(session, principal, wish.workflow_id)
    configuration = await _configuration(session, principal, wish.telephony_configuration_id)
    _require_connection(configuration, telephony)
    endpoint = _endpoint(wish.to, configuration)
    route = await find_version(session, configuration.id, wish.workflow_id)
    if route is None:
        raise NotFound("workflow")
    caller_id = await _caller_id(session, configuration, wish.from_number)
    wanted = _wanted(wish, route, configuration, caller_id)
    admitted = await admit_outbound(session, wanted, node=telephony.node, no_capacity=telephony.no_capacity())
    if isinstance(admitted, Refusal):
        CALLS_REFUSED.labels(Direction.OUTBOUND, admitted.reason).inc()
        raise _refused(admitted)
    order = DialOrder(
        endpoint=endpoint,
        caller_id=caller_id,
        ring_timeout_s=wish.ring_timeout_s or configuration.ring_timeout_s,
        variables={RUN_ID_VARIABLE: admitted.run_id, REQUEST_ID_VARIABLE: request_id()},
    )
    after_commit(session, lambda: telephony.place_call(admitted, wanted.channel_id, order))
    run = await session.get(WorkflowRun, admitted.run_id)
    assert run is not None
    return run


def _wanted(
    wish: CallWish, route: Route, configuration: TelephonyConfiguration, caller_id: str
) -> OutboundCall:
    channel_id = new_outbound_id(configuration.id)
    facts = {
        "caller_number": caller_id,
        "called_number": wish.to.strip(),
        "direction": Direction.OUTBOUND.value,
        "call_id": channel_id,
        "provider": configuration.provider.value,
        "caller_name": "",
        "telephony_configuration_id": configuration.id,
        "channel_variables": {},
        "dialplan_arguments": [],
        "sip_headers": {},
    }
    # The call's own facts win: nobody may pretend to have been called by somebody else.
    return OutboundCall(route, channel_id, caller_id, wish.to.strip(), {**wish.context, **facts})


async def _configuration(
    session: AsyncSession, principal: Principal, configuration_id: str | None
) -> TelephonyConfiguration:
    """The chosen configuration, or the default one for outbound calls, or else the oldest that is enabled."""
    if configuration_id is not None:
        return await get_configuration(session, principal, configuration_id)
    statement = (
        select(TelephonyConfiguration)
        .where(TelephonyConfiguration.organization_id == principal.organization_id)
        .where(col(TelephonyConfiguration.is_enabled))
        .order_by(
            col(TelephonyConfiguration.is_default_outbound).desc(), col(TelephonyConfiguration.created_at)
        )
    )
    found = (await session.exec(statement.limit(1))).first()
    if found is None:
        raise Conflict(
            "There is no enabled telephony configuration to call through. Add one under Telephony.",
            code="no_telephony_configuration",
        )
    return found


def _require_connection(configuration: TelephonyConfiguration, telephony: Telephony) -> None:
    if not configuration.is_enabled:
        raise Conflict(
            f"{configuration.name} is disabled. Enable it, or call through another one.",
            code="telephony_configuration_disabled",
        )
    status = telephony.status(configuration.id)
    if status.state is not ConnectionState.CONNECTED:
        reason = f" {status.reason}" if status.reason else ""
        raise Conflict(
            f"{configuration.name} is not connected to its PBX at the moment.{reason}",
            code="telephony_configuration_not_connected",
        )


def _endpoint(to: str, configuration: TelephonyConfiguration) -> str:
    try:
        return endpoint_for(to, configuration.dial_template)
    except ValueError as error:
        raise InvalidInput(as_sentence(error), location=("body", "to")) from None


async def _caller_id(session: AsyncSession, configuration: TelephonyConfiguration, wanted: str | None) -> str:
    """What the telephone shows: as asked, the number marked as default, or the first From Extension."""
    if wanted:
        return caller_id_of(wanted)
    statement = (
        select(PhoneNumber.address)
        .where(PhoneNumber.telephony_configuration_id == configuration.id)
        .where(col(PhoneNumber.is_default_caller_id), col(PhoneNumber.is_active))
    )
    default = (await session.exec(statement)).first()
    return caller_id_of(default or next(iter(configuration.from_extensions), ""))


def _refused(refusal: Refusal) -> TooManyRequests | Unavailable:
    if refusal.outcome is Outcome.REFUSED_QUOTA:
        return TooManyRequests(refusal.detail, code="quota_exceeded", retry_after_s=RETRY_AFTER_S)
    return Unavailable(refusal.detail, code="no_capacity")


async def live_call(
    session: AsyncSession, principal: Principal, run_id: str, *, telephony: Telephony
) -> tuple[WorkflowRun, CallControls]:
    """A live call and what may be asked of it.

    Raises:
        NotFound: the organization has no such call.
        Conflict: the call has ended, or has not begun.
    """
    run = await get_run(session, principal, run_id)
    if run.state is RunState.COMPLETED:
        raise Conflict("This call has ended already.", code="call_ended")
    controls = telephony.controls(run.id, EndedBy.OPERATOR)
    if controls is None:
        raise Conflict("This call is just beginning or ending. Look again in a moment.", code="call_not_live")
    return run, controls


async def send_digits(controls: CallControls, digits: str) -> None:
    """Press keys towards the caller.

    Raises:
        Conflict: this is no moment for it, or the PBX refused.
    """
    try:
        await controls.send_digits(digits)
    except ControlFailed as failed:
        raise _conflict(failed) from None


async def hold(controls: CallControls, *, is_held: bool) -> None:
    """Send the caller to the music, or bring the caller back.

    Raises:
        Conflict: this is no moment for it.
    """
    try:
        await (controls.hold() if is_held else controls.resume())
    except ControlFailed as failed:
        raise _conflict(failed) from None


def transfer(controls: CallControls, destination: Destination) -> None:
    """Begin to send the caller to somebody else; the run's timeline tells how it went.

    Raises:
        InvalidInput: the destination can't be dialled.
        Conflict: this is no moment for it.
    """
    try:
        controls.begin_transfer(destination)
    except ControlFailed as failed:
        if failed.code == "bad_destination":
            field = "context" if isinstance(destination, ToDialplan) else "to"
            raise InvalidInput(str(failed), location=("body", field)) from None
        raise _conflict(failed) from None


def _conflict(failed: ControlFailed) -> Conflict:
    return Conflict(str(failed), code=failed.code)
