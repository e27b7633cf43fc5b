"""The organization, its limits and what it uses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from asisso.api.schemas.base import Input, Name, Output, omitted
from asisso.whole_number import WHOLE

Limit = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000, examples=[20]), WHOLE]


class UsageOut(Output):
    """What is used of the limits now."""

    active_calls: int
    minutes_this_month: int


class OrganizationOut(Output):
    """Limits are null where there is none."""

    id: str
    name: str = Field(examples=["Acme"])
    max_concurrent_calls: int | None = Field(examples=[20])
    monthly_minutes: int | None = Field(examples=[None])
    usage: UsageOut
    created_at: datetime


class OrganizationPatch(Input):
    """Fields left out stay as they are; null in a limit takes it away."""

    name: Annotated[Name, Field(examples=["Acme"])] = omitted()
    max_concurrent_calls: Limit | None = omitted()
    monthly_minutes: Limit | None = omitted()
