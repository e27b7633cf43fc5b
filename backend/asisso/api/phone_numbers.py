"""The phone numbers of a telephony configuration."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter

from asisso.api.deps import Operator, Paging, ReadSession, Viewer, WriteSession
from asisso.api.errors import errors
from asisso.api.schemas.base import PageOut
from asisso.api.schemas.phone_numbers import NewPhoneNumber, PhoneNumberOut, PhoneNumberPatch
from asisso.services import phone_numbers
from asisso.services.phone_numbers import PhoneNumberFields

router = APIRouter(
    prefix="/telephony-configurations/{configuration_id}/phone-numbers", tags=["phone-numbers"]
)


@router.get("", responses=errors(401, 404, 422))
async def list_phone_numbers(
    configuration_id: str, session: ReadSession, principal: Viewer, paging: Paging
) -> PageOut[PhoneNumberOut]:
    """The configuration's numbers."""
    page = await phone_numbers.list_phone_numbers(session, principal, configuration_id, paging)
    return PageOut[PhoneNumberOut].model_validate(page)


@router.post("", status_code=201, responses=errors(401, 403, 404, 409, 422))
async def create_phone_number(
    configuration_id: str, body: NewPhoneNumber, session: WriteSession, principal: Operator
) -> PhoneNumberOut:
    """Add a number, and say which workflow answers it."""
    fields = cast("PhoneNumberFields", body.model_dump())
    row = await phone_numbers.create_phone_number(session, principal, configuration_id, fields)
    return PhoneNumberOut.model_validate(row)


@router.get("/{phone_number_id}", responses=errors(401, 404, 422))
async def get_phone_number(
    configuration_id: str, phone_number_id: str, session: ReadSession, principal: Viewer
) -> PhoneNumberOut:
    """One number."""
    row = await phone_numbers.get_phone_number(session, principal, configuration_id, phone_number_id)
    return PhoneNumberOut.model_validate(row)


@router.patch("/{phone_number_id}", responses=errors(401, 403, 404, 409, 422))
async def update_phone_number(
    configuration_id: str,
    phone_number_id: str,
    body: PhoneNumberPatch,
    session: WriteSession,
    principal: Operator,
) -> PhoneNumberOut:
    """Change a number; the next call sees it."""
    changes = cast("PhoneNumberFields", body.model_dump(exclude_unset=True))
    row = await phone_numbers.change_phone_number(
        session, principal, configuration_id, phone_number_id, changes
    )
    return PhoneNumberOut.model_validate(row)


@router.delete("/{phone_number_id}", status_code=204, responses=errors(401, 403, 404, 422))
async def delete_phone_number(
    configuration_id: str, phone_number_id: str, session: WriteSession, principal: Operator
) -> None:
    """Delete a number; calls to it are refused from now on."""
    await phone_numbers.delete_phone_number(session, principal, configuration_id, phone_number_id)
