"""Phone numbers: the addresses callers dial, each under one telephony configuration."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from asisso.db.models.base import Record
from asisso.db.types import text_enum
from asisso.vocabulary import AddressType


class PhoneNumber(Record, table=True):
    """An address and the workflow that answers it.

    Attributes:
        address: as a person wrote it.
        address_normalized: what a dialled address is compared with (`calls.addresses`).
    """

    __table_args__ = (
        UniqueConstraint("telephony_configuration_id", "address_normalized"),
        Index(None, "telephony_configuration_id", "created_at", "id"),
    )

    organization_id: str = Field(foreign_key="organization.id", ondelete="CASCADE", index=True)
    telephony_configuration_id: str = Field(foreign_key="telephony_configuration.id", ondelete="CASCADE")
    address: str = Field(max_length=200)
    address_normalized: str = Field(max_length=200)
    address_type: AddressType = Field(sa_type=text_enum(AddressType))
    label: str = Field(default="", max_length=100)
    inbound_workflow_id: str | None = Field(
        default=None, foreign_key="workflow.id", ondelete="SET NULL", index=True
    )
    is_active: bool = True
    is_default_caller_id: bool = False
