"""Phone numbers: which workflow answers which address of a telephony configuration."""

from __future__ import annotations

from typing import Any, TypedDict

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.calls.addresses import classify, normalize
from asisso.db.engine import is_duplicate
from asisso.db.models import AddressType, PhoneNumber
from asisso.errors import Conflict, InvalidInput, NotFound, as_sentence
from asisso.services.paging import Page, PageRequest, fetch_page
from asisso.services.principal import Principal
from asisso.services.telephony_configurations import get_configuration
from asisso.services.workflows import get_workflow


class PhoneNumberFields(TypedDict, total=False):
    """What a person sets; in a change an absent key leaves the field as it is."""

    address: str
    address_type: AddressType | None
    label: str
    inbound_workflow_id: str | None
    is_active: bool
    is_default_caller_id: bool


async def create_phone_number(
    session: AsyncSession, principal: Principal, configuration_id: str, fields: PhoneNumberFields
) -> PhoneNumber:
    """Add a number to a configuration.

    Raises:
        NotFound: the organization has no such configuration.
        InvalidInput: the address has no known form, or the workflow is not the organization's.
        Conflict: the configuration has this address already.
    """
    configuration = await get_configuration(session, principal, configuration_id)
    row = PhoneNumber(
        organization_id=principal.organization_id,
        telephony_configuration_id=configuration.id,
        **_values(fields, fields["address"]),
    )
    await _save(session, principal, row)
    return row


async def list_phone_numbers(
    session: AsyncSession, principal: Principal, configuration_id: str, page: PageRequest
) -> Page[PhoneNumber]:
    """A configuration's numbers, oldest first.

    Raises:
        NotFound: the organization has no such configuration.
    """
    configuration = await get_configuration(session, principal, configuration_id)
    statement = select(PhoneNumber).where(PhoneNumber.telephony_configuration_id == configuration.id)
    return await fetch_page(session, statement, PhoneNumber, page)


async def get_phone_number(
    session: AsyncSession, principal: Principal, configuration_id: str, phone_number_id: str
) -> PhoneNumber:
    """One number of one configuration.

    Raises:
        NotFound: the organization has no such number under this configuration.
    """
    row = await session.get(PhoneNumber, phone_number_id)
    if (
        row is None
        or row.organization_id != principal.organization_id
        or row.telephony_configuration_id != configuration_id
    ):
        raise NotFound("phone number")
    return row


async def change_phone_number(
    session: AsyncSession,
    principal: Principal,
    configuration_id: str,
    phone_number_id: str,
    changes: PhoneNumberFields,
) -> PhoneNumber:
    """Change a number; the next call sees it.

    Raises:
        NotFound: the organization has no such number under this configuration.
        InvalidInput: the address has no known form, or the workflow is not the organization's.
        Conflict: the configuration has the new address already.
    """
    row = await get_phone_number(session, principal, configuration_id, phone_number_id)
    # Nothing of it is sent before it was checked.
    with session.no_autoflush:
        row.sqlmodel_update(_values(changes, row.address))
        await _save(session, principal, row)
    return row


async def delete_phone_number(
    session: AsyncSession, principal: Principal, configuration_id: str, phone_number_id: str
) -> None:
    """Delete a number; calls to it are refused from now on.

    Raises:
        NotFound: the organization has no such number under this configuration.
    """
    await session.delete(await get_phone_number(session, principal, configuration_id, phone_number_id))


def _values(fields: PhoneNumberFields, address: str) -> dict[str, Any]:
    """The columns that `fields` set.

    Args:
        address: the row's own, for a change of its type alone.

    Raises:
        InvalidInput: the address has no known form.
    """
    values: dict[str, Any] = dict(fields)
    if "address" in fields or "address_type" in fields:
        address = fields.get("address", address)
        kind = fields.get("address_type") or classify(address)
        try:
            values |= {"address_normalized": normalize(address, kind), "address_type": kind}
        except ValueError as error:
            raise InvalidInput(as_sentence(error), location=("body", "address")) from error
    return values


async def _save(session: AsyncSession, principal: Principal, row: PhoneNumber) -> None:
    await _check_workflow(session, principal, row)
    if row.is_default_caller_id and row.address_type is AddressType.PATTERN:
        raise InvalidInput(
            "A pattern stands for many numbers; choose one of them as the caller ID.",
            location=("body", "is_default_caller_id"),
        )
    session.add(row)
    await _flush(session, row.address)
    if row.is_default_caller_id:
        await session.exec(
            update(PhoneNumber)
            .where(col(PhoneNumber.telephony_configuration_id) == row.telephony_configuration_id)
            .where(col(PhoneNumber.id) != row.id)
            .values(is_default_caller_id=False)
        )


async def _check_workflow(session: AsyncSession, principal: Principal, row: PhoneNumber) -> None:
    if row.inbound_workflow_id is None:
        return
    try:
        await get_workflow(session, principal, row.inbound_workflow_id)
    except NotFound as error:
        raise InvalidInput(error.detail, location=("body", "inbound_workflow_id")) from None


async def _flush(session: AsyncSession, address: str) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        if not is_duplicate(error):
            raise
        raise Conflict(
            f"This configuration has the address {address} already.", code="address_taken"
        ) from None
