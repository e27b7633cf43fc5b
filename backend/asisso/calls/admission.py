"""Whether a call may begin. Counting and recording it are one transaction, so a limit can't be overrun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import col, insert, select
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.clock import utc_now
from asisso.db.engine import Database
from asisso.db.models import Organization, WorkflowRun
from asisso.ids import new_id
from asisso.vocabulary import LIVE_STATES, Direction, EndedBy, Outcome, RunState

from .route import Arrival, Refusal, Route
from .routing import find_route

MS_PER_MINUTE = 60_000

_INSERT = insert(WorkflowRun)


@dataclass(frozen=True, slots=True)
class Admission:
    """A recorded call; `route.refusal` says why it may not go on."""

    run_id: str
    route: Route
    context: Mapping[str, Any]


async def admit(
    database: Database, arrival: Arrival, *, node: str, no_capacity: str | None
) -> Admission | None:
    """Find the call's route, check the limits and record its run, refused or not.

    Args:
        no_capacity: why this process can take no call now, None when it can.

    Returns:
        None when the configuration no longer exists: there is nobody the call could belong to.

    Raises:
        SQLAlchemyError, OSError: the database did not answer; nothing is recorded.
    """
    async with database.session() as session:
        route = await find_route(session, arrival)
        if route is None:
            return None
        if route.refusal is None:
            refusal = await _refusal(session, route, no_capacity)
            if refusal is not None:
                route = replace(route, refusal=refusal)
        run_id = await _record(session, _inbound_row(arrival, route.refusal), route, node)
    return Admission(run_id, route, arrival.context)


@dataclass(frozen=True, slots=True)
class OutboundCall:
    """A call somebody wants made; `channel_id` is chosen before there is a channel."""

    route: Route
    channel_id: str
    from_number: str
    to_number: str
    context: Mapping[str, Any]


async def admit_outbound(
    session: AsyncSession, wanted: OutboundCall, *, node: str, no_capacity: str | None
) -> Admission | Refusal:
    """Check the limits and record the run, both in the caller's transaction; a refused call leaves none."""
    refusal = await _refusal(session, wanted.route, no_capacity)
    if refusal is not None:
        return refusal
    run_id = await _record(session, _outbound_row(wanted), wanted.route, node)
    return Admission(run_id, wanted.route, wanted.context)


async def _refusal(session: AsyncSession, route: Route, no_capacity: str | None) -> Refusal | None:
    if no_capacity is not None:
        return Refusal(Outcome.REFUSED_CAPACITY, no_capacity, "a call was refused: no capacity")
    limits = route.limits
    if limits.max_concurrent_calls is None and limits.monthly_minutes is None:
        return None
    organization = await _locked(session, limits.organization_id)
    limit = organization.max_concurrent_calls
    if limit is not None and await active_calls(session, organization.id) >= limit:
        return Refusal(
            Outcome.REFUSED_QUOTA,
            f"All {limit} calls the organization may hold at once are in use.",
            f"organization {organization.id} has no concurrent call left",
        )
    minutes = organization.monthly_minutes
    if minutes is not None and await used_ms_this_month(session, organization.id) >= minutes * MS_PER_MINUTE:
        return Refusal(
            Outcome.REFUSED_QUOTA,
            f"The organization's {minutes} minutes of this month are used up.",
            f"organization {organization.id} has no minutes left this month",
        )
    return None


async def _locked(session: AsyncSession, organization_id: str) -> Organization:
    """The organization's row, ours alone until the run is recorded (SQLite: the whole transaction is)."""
    statement = select(Organization).where(Organization.id == organization_id).with_for_update()
    return (await session.exec(statement.execution_options(populate_existing=True))).one()


async def active_calls(session: AsyncSession, organization_id: str) -> int:
    """Calls that have begun and not ended."""
    return (
        await session.exec(
            select(func.count())
            .select_from(WorkflowRun)
            .where(WorkflowRun.organization_id == organization_id)
            .where(col(WorkflowRun.state).in_(LIVE_STATES))
        )
    ).one()


async def used_ms_this_month(session: AsyncSession, organization_id: str) -> int:
    """Talk time of the calls that ended since the first of the month (UTC), in ms."""
    now = utc_now()
    begin = datetime(now.year, now.month, 1, tzinfo=UTC)
    total = (
        await session.exec(
            select(func.coalesce(func.sum(WorkflowRun.duration_ms), 0))
            .where(WorkflowRun.organization_id == organization_id)
            .where(col(WorkflowRun.created_at) >= begin)
        )
    ).one()
    return int(total or 0)


def _inbound_row(arrival: Arrival, refusal: Refusal | None) -> dict[str, Any]:
    return {
        "direction": Direction.INBOUND,
        "state": RunState.COMPLETED if refusal else RunState.RINGING,
        "from_number": arrival.caller_number,
        "to_number": arrival.called_number,
        "channel_id": arrival.channel_id,
        "context": arrival.context,
    }


def _outbound_row(wanted: OutboundCall) -> dict[str, Any]:
    return {
        "direction": Direction.OUTBOUND,
        "state": RunState.QUEUED,
        "from_number": wanted.from_number,
        "to_number": wanted.to_number,
        "channel_id": wanted.channel_id,
        "context": dict(wanted.context),
    }


async def _record(session: AsyncSession, facts: dict[str, Any], route: Route, node: str) -> str:
    """Insert the run and give its id; a refused one is complete at once."""
    run_id, now = new_id(), utc_now()
    refusal = route.refusal
    row = {
        "id": run_id,
        "created_at": now,
        "updated_at": now,
        "organization_id": route.limits.organization_id,
        "telephony_configuration_id": route.configuration.id,
        "workflow_id": route.workflow.id if route.workflow else None,
        "workflow_version": route.workflow.version if route.workflow else None,
        "phone_number_id": route.number.id if route.number else None,
        "outcome": refusal.outcome if refusal else None,
        "ended_by": EndedBy.SYSTEM if refusal else None,
        "detail": refusal.detail if refusal else None,
        "ended_at": now if refusal else None,
        "duration_ms": 0 if refusal else None,
        "gathered": {},
        "latency": {},
        "usage": {},
        "node": node,
        **facts,
    }
    await (await session.connection()).execute(_INSERT, row)
    return run_id
