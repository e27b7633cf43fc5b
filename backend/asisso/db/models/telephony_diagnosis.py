"""What the last check of a telephony configuration found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from asisso.db.models.base import Record
from asisso.db.types import JsonDocument, UtcDateTime, text_enum
from asisso.vocabulary import DiagnosisTrigger


class TelephonyDiagnosis(Record, table=True):
    """One row for each configuration, replaced by every check. Holds no secret.

    Attributes:
        trigger: None while only the regular comparison has run.
        steps: as the API shows them.
        facts: what was read back from Asterisk last, by name, to notice what changes.
        drift: sentences about what no longer is as it should be, or changed since the look before.
    """

    telephony_configuration_id: str = Field(
        foreign_key="telephony_configuration.id", ondelete="CASCADE", unique=True
    )
    trigger: DiagnosisTrigger | None = Field(default=None, sa_type=text_enum(DiagnosisTrigger))
    verdict: str = ""
    steps: list[dict[str, Any]] = Field(default_factory=list, sa_type=JsonDocument)
    checked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    duration_ms: int = 0
    facts: dict[str, str] = Field(default_factory=dict, sa_type=JsonDocument)
    drift: list[str] = Field(default_factory=list, sa_type=JsonDocument)
    compared_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
