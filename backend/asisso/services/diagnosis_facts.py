"""What the database knows about a telephony configuration that is being checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.asterisk.diagnostics.subject import Dialled
from asisso.calls.admission import MS_PER_MINUTE, active_calls, used_ms_this_month
from asisso.calls.routing import Arrival, find_route
from asisso.db.models import (
    AddressType,
    Organization,
    Outcome,
    PhoneNumber,
    TelephonyConfiguration,
    Workflow,
    WorkflowRun,
    WorkflowVersion,
)
from asisso.ids import first_id_at

from .dialling import example_of
from .product_checks import NumberFacts, ProductFacts

REFUSED_WITHIN = timedelta(hours=1)
CALLED_WITHIN = timedelta(days=1)
MAX_REFUSED = 5

_DIALLED = (AddressType.EXTENSION, AddressType.PATTERN, AddressType.E164)


@dataclass(frozen=True, slots=True)
class Known:
    """A configuration's numbers, as the dialplan and as the product see them."""

    dialled: Sequence[Dialled]
    product: ProductFacts


async def what_is_known(
    session: AsyncSession,
    row: TelephonyConfiguration,
    *,
    now: datetime,
    server_url: str,
    is_server_running: bool,
    not_ready: Sequence[str],
) -> Known:
    """Numbers, workflows, refusals and limits."""
    numbers = (
        await session.exec(
            select(PhoneNumber)
            .where(PhoneNumber.telephony_configuration_id == row.id)
            .order_by(PhoneNumber.address_normalized)
        )
    ).all()
    organization = await session.get(Organization, row.organization_id)
    assert organization is not None
    used_ms = await used_ms_this_month(session, row.organization_id)
    product = ProductFacts(
        is_stored=True,
        is_enabled=row.is_enabled,
        is_server_running=is_server_running,
        server_url=server_url,
        numbers=[await _number_facts(session, number) for number in numbers],
        refused=await _refused(session, row.id, now),
        active_calls=await active_calls(session, row.organization_id),
        max_concurrent_calls=organization.max_concurrent_calls,
        minutes_used=-(-used_ms // MS_PER_MINUTE),
        monthly_minutes=organization.monthly_minutes,
        not_ready=not_ready,
    )
    dialled = [
        Dialled(n.address, example_of(n.address, n.address_type), await _was_called(session, n.id, now))
        for n in numbers
        if n.is_active and n.address_type in _DIALLED
    ]
    return Known(dialled, product)


async def _number_facts(session: AsyncSession, number: PhoneNumber) -> NumberFacts:
    published = None
    if number.inbound_workflow_id is not None:
        published = (
            await session.exec(
                select(WorkflowVersion.id)
                .join(Workflow, col(Workflow.id) == col(WorkflowVersion.workflow_id))
                .where(Workflow.id == number.inbound_workflow_id)
                .where(Workflow.organization_id == number.organization_id)
                .where(WorkflowVersion.version == Workflow.published_version)
            )
        ).first()
    return NumberFacts(
        number.address, number.is_active, number.inbound_workflow_id is not None, published is not None
    )


async def _refused(session: AsyncSession, configuration_id: str, now: datetime) -> list[str]:
    """Extensions refused lately that would be refused again."""
    called = await session.exec(
        select(WorkflowRun.to_number)
        .where(WorkflowRun.telephony_configuration_id == configuration_id)
        .where(WorkflowRun.outcome == Outcome.REFUSED_NO_NUMBER)
        .where(WorkflowRun.id >= first_id_at(now - REFUSED_WITHIN))
        .distinct()
        .limit(MAX_REFUSED)
    )
    still = []
    for number in called.all():
        route = await find_route(session, Arrival(configuration_id, "", "", "", number, {}))
        if route is not None and route.refusal and route.refusal.outcome is Outcome.REFUSED_NO_NUMBER:
            still.append(number)
    return still


async def _was_called(session: AsyncSession, phone_number_id: str, now: datetime) -> bool:
    found = await session.exec(
        select(WorkflowRun.id)
        .where(WorkflowRun.phone_number_id == phone_number_id)
        .where(WorkflowRun.id >= first_id_at(now - CALLED_WITHIN))
        .limit(1)
    )
    return found.first() is not None
