"""From a dialled extension to the workflow that answers it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, or_, select
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

import asisso.db.models  # noqa: F401 - defines the tables
from asisso.vocabulary import AddressType, Outcome

from .addresses import pattern_matches, specificity
from .route import Arrival, Configuration, Limits, Number, PublishedWorkflow, Refusal, Route

_configuration = SQLModel.metadata.tables["telephony_configuration"]
_organization = SQLModel.metadata.tables["organization"]
_number = SQLModel.metadata.tables["phone_number"]
_workflow = SQLModel.metadata.tables["workflow"]
_version = SQLModel.metadata.tables["workflow_version"]

_OF_VERSION = ("workflow_id", "version", "definition", "agent", "id", "agent_secrets_encrypted")
"""In the order of `PublishedWorkflow`'s fields."""

_PARTS: tuple[tuple[type, tuple[Any, ...]], ...] = (
    (Limits, (_organization.c.id, _organization.c.max_concurrent_calls, _organization.c.monthly_minutes)),
    (Configuration, tuple(_configuration.c[name] for name in Configuration.__slots__)),
    (Number, tuple(_number.c[name] for name in Number.__slots__)),
    (PublishedWorkflow, tuple(_version.c[name] for name in _OF_VERSION)),
)
"""Which columns make up which part. Columns instead of rows: loading objects would double what admission costs."""


def _candidates() -> Select[Any]:
    """The numbers that may fit, each with its published workflow; one row without a number when none may."""
    may_fit = or_(
        _number.c.address_normalized.in_(bindparam("spellings", expanding=True)),
        _number.c.address_type == AddressType.PATTERN,
    )
    tables = (
        _configuration.join(_organization, _configuration.c.organization_id == _organization.c.id)
        .outerjoin(_number, (_number.c.telephony_configuration_id == _configuration.c.id) & may_fit)
        .outerjoin(
            _workflow,
            (_workflow.c.id == _number.c.inbound_workflow_id)
            & (_workflow.c.organization_id == _configuration.c.organization_id),
        )
        .outerjoin(
            _version,
            (_version.c.workflow_id == _workflow.c.id)
            & (_version.c.version == _workflow.c.published_version),
        )
    )
    columns = [column for _, part in _PARTS for column in part]
    return select(*columns).select_from(tables).where(_configuration.c.id == bindparam("configuration_id"))


_CANDIDATES = _candidates()
"""Made once: building it anew for each call would cost more than running it."""


async def find_route(session: AsyncSession, arrival: Arrival) -> Route | None:
    """Look the called extension up in this configuration's own numbers; None when the configuration is gone."""
    spellings = _spellings(arrival.called_number)
    connection = await session.connection()
    rows = (
        await connection.execute(
            _CANDIDATES, {"configuration_id": arrival.configuration_id, "spellings": spellings}
        )
    ).all()
    if not rows:
        return None
    limits, configuration, *_ = _parts_of(rows[0])
    number, workflow = None, None
    for row in rows:
        candidate, its_workflow = _parts_of(row)[2:]
        if _fits(candidate, spellings) and (number is None or _rank(candidate) > _rank(number)):
            number, workflow = candidate, its_workflow
    refusal = _refusal(arrival, configuration, number, workflow)
    return Route(limits, configuration, number, workflow, refusal)


def _version_of_configuration() -> Select[Any]:
    columns = [column for kind, part in _PARTS if kind is not Number for column in part]
    return (
        select(*columns)
        .select_from(
            _configuration.join(_organization, _configuration.c.organization_id == _organization.c.id)
            .join(_workflow, _workflow.c.organization_id == _configuration.c.organization_id)
            .join(_version, _version.c.workflow_id == _workflow.c.id)
        )
        .where(
            _configuration.c.id == bindparam("configuration_id"),
            _workflow.c.id == bindparam("workflow_id"),
            _version.c.version
            == func.coalesce(bindparam("version", type_=Integer), _workflow.c.published_version),
        )
    )


_VERSION_OF_CONFIGURATION = _version_of_configuration()


async def find_version(
    session: AsyncSession, configuration_id: str, workflow_id: str, version: int | None = None
) -> Route | None:
    """The way of a call that needs no looking up of a number: an outbound one, or one that goes on.

    Args:
        version: of the workflow; None takes the published one.

    Returns:
        None when configuration, workflow or version is gone, or they belong to different organizations.
    """
    connection = await session.connection()
    given = {"configuration_id": configuration_id, "workflow_id": workflow_id, "version": version}
    row = (await connection.execute(_VERSION_OF_CONFIGURATION, given)).first()
    if row is None:
        return None
    parts: list[Any] = []
    at = 0
    for kind, columns in _PARTS:
        if kind is not Number:
            parts.append(kind(*row[at : at + len(columns)]))
            at += len(columns)
    limits, configuration, workflow = parts
    return Route(limits, configuration, workflow=workflow)


async def find_workflow(session: AsyncSession, workflow_id: str, version: int) -> PublishedWorkflow | None:
    """What a call ran, or None when it was deleted since."""
    wanted = select(*(_version.c[name] for name in _OF_VERSION)).where(
        _version.c.workflow_id == workflow_id, _version.c.version == version
    )
    row = (await (await session.connection()).execute(wanted)).first()
    return None if row is None else PublishedWorkflow(*row)


_IN_SERVICE = (
    select(*(_version.c[name] for name in _OF_VERSION))
    .select_from(
        _number.join(_configuration, _configuration.c.id == _number.c.telephony_configuration_id)
        .join(_workflow, _workflow.c.id == _number.c.inbound_workflow_id)
        .join(
            _version,
            (_version.c.workflow_id == _workflow.c.id)
            & (_version.c.version == _workflow.c.published_version),
        )
    )
    .where(_configuration.c.is_enabled, _number.c.is_active)
)


async def workflows_in_service(session: AsyncSession) -> list[PublishedWorkflow]:
    """Every published workflow a call could reach now, once for each number that leads to it."""
    connection = await session.connection()
    return [PublishedWorkflow(*row) for row in (await connection.execute(_IN_SERVICE)).all()]


def _parts_of(row: Sequence[Any]) -> tuple[Limits, Configuration, Number | None, PublishedWorkflow | None]:
    """Cut a row into its parts; a part whose first column is NULL was not there."""
    parts: list[Any] = []
    at = 0
    for kind, columns in _PARTS:
        values = row[at : at + len(columns)]
        at += len(columns)
        parts.append(kind(*values) if values[0] is not None else None)
    limits, configuration, number, workflow = parts
    return limits, configuration, number, workflow


def _spellings(called: str) -> list[str]:
    """How the dialled digits may stand in the numbers' list: as they are, or with the plus a trunk left out."""
    dialled = called.strip().lower()
    return [dialled, f"+{dialled}"] if dialled.isdigit() else [dialled]


def _fits(number: Number | None, spellings: list[str]) -> bool:
    if number is None:
        return False
    if number.address_type is AddressType.PATTERN:
        return pattern_matches(number.address_normalized, spellings[0])
    return True


def _rank(number: Number | None) -> tuple[tuple[int, tuple[int, ...]], bool]:
    """The closest address wins; of `8000` and `+8000` the one that was dialled to the letter."""
    assert number is not None
    return specificity(number.address_normalized), not number.address_normalized.startswith("+")


def _refusal(
    arrival: Arrival,
    configuration: Configuration,
    number: Number | None,
    workflow: PublishedWorkflow | None,
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
    if workflow is None:
        return Refusal(
            Outcome.REFUSED_NO_WORKFLOW,
            f"The phone number {number.address!r} has no inbound workflow. Choose one under Phone numbers.",
            f"phone number {number.id} has no inbound_workflow_id assigned",
        )
    return None
