"""Organizations: the owners of everything else."""

from __future__ import annotations

from sqlmodel import Field

from asisso.db.models.base import Record


class Organization(Record, table=True):
    """A tenant. Its limits are None when there is no limit."""

    name: str = Field(max_length=200)
    max_concurrent_calls: int | None = None
    monthly_minutes: int | None = None
