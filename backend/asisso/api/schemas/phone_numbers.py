"""Phone numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from asisso.api.schemas.base import Input, Output, omitted, strip
from asisso.calls.addresses import MAX_ADDRESS_LENGTH
from asisso.db.models import AddressType

Address = Annotated[str, Field(max_length=MAX_ADDRESS_LENGTH), AfterValidator(strip)]
Label = Annotated[str, Field(max_length=100)]


class NewPhoneNumber(Input):
    """An address; its type is told by its form where it is not given."""

    address: Address
    address_type: AddressType | None = None
    label: Label = ""
    inbound_workflow_id: str | None = None
    is_active: bool = True
    is_default_caller_id: bool = False


class PhoneNumberPatch(Input):
    """Fields left out stay as they are; null takes the workflow away."""

    address: Address = omitted()
    address_type: AddressType | None = omitted()
    label: Label = omitted()
    inbound_workflow_id: str | None = omitted()
    is_active: bool = omitted()
    is_default_caller_id: bool = omitted()


class PhoneNumberOut(Output):
    """`address` is what was typed, `address_normalized` what dialled addresses are compared with."""

    id: str
    telephony_configuration_id: str
    address: str
    address_normalized: str
    address_type: AddressType
    label: str
    inbound_workflow_id: str | None
    is_active: bool
    is_default_caller_id: bool
    created_at: datetime
    updated_at: datetime
