"""Phone numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StrictBool

from asisso.api.schemas.base import Id, Input, Output, omitted, strip
from asisso.api.schemas.text import AT_MOST_ONE_LINE, ONE_LINE
from asisso.calls.addresses import MAX_ADDRESS_LENGTH
from asisso.db.models import AddressType

_FORMS = (
    r"^\s*(\+?[0-9\s().\-/]+|[0-9A-Za-z*#_.\-]+|[Ss][Ii][Pp][Ss]?:[^\s\x00-\x1f\x7f-\x9f]+"
    r"|_[0-9A-Za-z*#+\[\].!\-]+)\s*$"
)
Address = Annotated[
    str,
    Field(max_length=MAX_ADDRESS_LENGTH, examples=["8000"], json_schema_extra={"pattern": _FORMS}),
    ONE_LINE,
    AfterValidator(strip),
]
Label = Annotated[str, Field(max_length=100, examples=["Reception"]), AT_MOST_ONE_LINE]


class NewPhoneNumber(Input):
    """An address; its type is told by its form where it is not given."""

    address: Address
    address_type: AddressType | None = None
    label: Label = ""
    inbound_workflow_id: Id | None = None
    is_active: StrictBool = True
    is_default_caller_id: StrictBool = False


class PhoneNumberPatch(Input):
    """Fields left out stay as they are; null takes the workflow away."""

    address: Address = omitted()
    address_type: AddressType | None = omitted()
    label: Label = omitted()
    inbound_workflow_id: Id | None = omitted()
    is_active: StrictBool = omitted()
    is_default_caller_id: StrictBool = omitted()


class PhoneNumberOut(Output):
    """A number of a telephony configuration, and the workflow that answers it.

    `address` is what was typed, `address_normalized` what dialled addresses are compared with.
    """

    id: str
    telephony_configuration_id: str
    address: str = Field(examples=["8000"])
    address_normalized: str = Field(examples=["8000"])
    address_type: AddressType
    label: str = Field(examples=["Reception"])
    inbound_workflow_id: str | None
    is_active: bool
    is_default_caller_id: bool
    created_at: datetime
    updated_at: datetime
