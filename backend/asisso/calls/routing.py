"""From a dialled extension to the workflow that answers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.db.models import Organization, PhoneNumber, TelephonyConfiguration, Workflow, WorkflowVersion
from asisso.vocabulary import AddressType, Outcome

from .addresses import pattern_matches, specificity
from .machine import CAUSE_BUSY, CAUSE_CONGESTION, CAUSE_SUBSCRIBER_ABSENT, CAUSE_UNALLOCATED

RELEASE_CAUSES = {
    Outcome.REFUSED_NO_NUMBER: CAUSE_UNALLOCATED,
    Outcome.REFUSED_NO_WORKFLOW: CAUSE_SUBSCRIBER_ABSENT,
    Outcome.REFUSED_INACTIVE: CAUSE_SUBSCRIBER_ABSENT,
    Outcome.REFUSED_QUOTA: CAUSE_BUSY,
    Outcome.REFUSED_CAPACITY: CAUSE_CONGESTION,
}
"""What a refused caller's channel is hung up with; Asterisk makes SIP 404, 480, 480, 486 and 503 of them."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A channel that entered our Stasis application.

    Attributes:
        variables: channel variables the PBX sends with its events (`channelvars` in ari.conf).
    """

    configuration_id: str
    channel_id: str
    caller_number: str
    caller_name: str
    called_number: str
    variables: dict[str, str]

    @property
    def context(self) -> dict[str, Any]:
        """The run's context: the guide's five fields first."""
        return {
            "caller_number": self.caller_number,
            "called_number": self.called_number,
            "direction": "inbound",
            "call_id": self.channel_id,
            "provider": "ari",
            "caller_name": self.caller_name,
            "telephony_configuration_id": self.configuration_id,
            "channel_variables": self.variables,
        }


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call is not served.

    Attributes:
        detail: a sentence for the administrator.
        warning: the event for the log, without the caller's data.
    """

    outcome: Outcome
    detail: str
    warning: str

    @property
    def release_cause(self) -> int:
        return RELEASE_CAUSES[self.outcome]


@dataclass(frozen=True, slots=True)
class Route:
    """What a call needs to know of the rows it came through; a snapshot, so edits never touch running calls."""

    organization: Organization
    configuration: TelephonyConfiguration
    number: PhoneNumber | None = None
    version: WorkflowVersion | None = None
    refusal: Refusal | None = None


async def find_route(session: AsyncSession, arrival: Arrival) -> Route | None:
    """Look the called extension up in this configuration's own numbers; None when the configuration is gone."""
    spellings = _spellings(arrival.called_number)
    candidate = or_(
        col(PhoneNumber.address_normalized).in_(spellings),
        col(PhoneNumber.address_type) == AddressType.PATTERN,
    )
    statement = (
        select(Organization, TelephonyConfiguration, PhoneNumber, WorkflowVersion)
        .join(TelephonyConfiguration, col(TelephonyConfiguration.organization_id) == Organization.id)
        .outerjoin(
            PhoneNumber,
            (col(PhoneNumber.telephony_configuration_id) == TelephonyConfiguration.id) & candidate,
        )
        .outerjoin(
            Workflow,
            (col(Workflow.id) == PhoneNumber.inbound_workflow_id)
            & (col(Workflow.organization_id) == TelephonyConfiguration.organization_id),
        )
        .outerjoin(
            WorkflowVersion,
            (col(WorkflowVersion.workflow_id) == Workflow.id)
            & (col(WorkflowVersion.version) == Workflow.published_version),
        )
        .where(TelephonyConfiguration.id == arrival.configuration_id)
    )
    rows = (await session.exec(statement)).all()
    if not rows:
        return None
    fitting = [row for row in rows if _fits(row[2], spellings)]
    organization, configuration = rows[0][:2]
    number, version = max(fitting, key=_rank)[2:] if fitting else (None, None)
    refusal = _refusal(arrival, configuration, number, version)
    return Route(organization, configuration, number, version, refusal)


def _spellings(called: str) -> list[str]:
    """How the dialled digits may stand in the numbers' list: as they are, or with the plus a trunk left out."""
    dialled = called.strip().lower()
    return [dialled, f"+{dialled}"] if dialled.isdigit() else [dialled]


def _fits(number: PhoneNumber | None, spellings: list[str]) -> bool:
    if number is None:
        return False
    if number.address_type is AddressType.PATTERN:
        return pattern_matches(number.address_normalized, spellings[0])
    return True


def _rank(
    row: tuple[Organization, TelephonyConfiguration, PhoneNumber, WorkflowVersion],
) -> tuple[tuple[int, int], bool]:
    """The closest address wins; of `8000` and `+8000` the one that was dialled to the letter."""
    normalized = row[2].address_normalized
    return specificity(normalized), not normalized.startswith("+")


def _refusal(
    arrival: Arrival,
    configuration: TelephonyConfiguration,
    number: PhoneNumber | None,
    version: WorkflowVersion | None,
) -> Refusal | None:
    if not configuration.is_enabled:
        return Refusal(
            Outcome.REFUSED_INACTIVE,
            f"The telephony configuration {configuration.name!r} is disabled.",
            f"a call reached the disabled config {configuration.id}",
        )
    if number is None:
        return Refusal(
            Outcome.REFUSED_NO_NUMBER,
            f"The extension {arrival.called_number!r} is not among the phone numbers of "
            f"{configuration.name!r}. Add it there, or change the dialplan.",
            f"no matching phone number registered for config {configuration.id}",
        )
    if not number.is_active:
        return Refusal(
            Outcome.REFUSED_INACTIVE,
            f"The phone number {number.address!r} is not active.",
            f"phone number {number.id} is not active",
        )
    if version is None:
        return Refusal(
            Outcome.REFUSED_NO_WORKFLOW,
            f"The phone number {number.address!r} has no inbound workflow. Choose one under Phone numbers.",
            f"phone number {number.id} has no inbound_workflow_id assigned",
        )
    return None
