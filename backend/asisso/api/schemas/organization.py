"""The organization, its limits and what it uses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StrictInt

from asisso.api.schemas.base import Input, Name, Output, omitted

Limit = Annotated[StrictInt, Field(ge=0, le=1_000_000_000)]


class UsageOut(Output):
    active_calls: int
    minutes_this_month: int


class OrganizationOut(Output):
    """Limits are null where there is none."""

    id: str
    name: str
    max_concurrent_calls: int | None
    monthly_minutes: int | None
    usage: UsageOut
    created_at: datetime


class OrganizationPatch(Input):
    """Fields left out stay as they are; null in a limit takes it away."""

    name: Name = omitted()
    max_concurrent_calls: Limit | None = omitted()
    monthly_minutes: Limit | None = omitted()
