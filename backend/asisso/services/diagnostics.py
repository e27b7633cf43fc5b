"""The kept results of checks: one for each telephony configuration, the newest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.asterisk.diagnostics.steps import Step, StepState, verdict_of
from asisso.db.models import DiagnosisTrigger, TelephonyConfiguration, TelephonyDiagnosis
from asisso.services.principal import Principal
from asisso.services.telephony_configurations import get_configuration

NOT_CHECKED = "This connection has not been checked yet."


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A result as it is shown; `steps` are plain data, so that a kept one and a fresh one are alike.

    Attributes:
        trigger, checked_at: None when nothing was checked yet.
        drift: what is no longer as it should be, or changed, by the regular comparison.
    """

    steps: Sequence[Mapping[str, Any]]
    verdict: str
    trigger: DiagnosisTrigger | None
    checked_at: datetime | None
    duration_ms: int
    drift: Sequence[str] = ()
    compared_at: datetime | None = None

    @property
    def cause(self) -> str | None:
        """The id of the first check that failed."""
        return next((str(step["id"]) for step in self.steps if step["state"] == StepState.FAILED), None)


def diagnosis_of(
    steps: Sequence[Step], trigger: DiagnosisTrigger, checked_at: datetime, duration_ms: int
) -> Diagnosis:
    """A fresh result."""
    return Diagnosis([_plain(step) for step in steps], verdict_of(steps), trigger, checked_at, duration_ms)


def _plain(step: Step) -> dict[str, Any]:
    finding = step.finding
    return {
        "id": step.id,
        "title": step.title,
        "state": finding.state.value,
        "detail": finding.detail,
        "fix": finding.fix,
        "commands": list(finding.commands),
        "edit": asdict(finding.edit) | {"lines": list(finding.edit.lines)} if finding.edit else None,
    }


async def kept_diagnosis(session: AsyncSession, principal: Principal, configuration_id: str) -> Diagnosis:
    """The last result.

    Raises:
        NotFound: the organization has no such configuration.
    """
    await get_configuration(session, principal, configuration_id)
    row = await _row(session, configuration_id)
    if row is None:
        return Diagnosis([], NOT_CHECKED, None, None, 0)
    verdict = row.verdict or NOT_CHECKED
    return Diagnosis(
        row.steps, verdict, row.trigger, row.checked_at, row.duration_ms, row.drift, row.compared_at
    )


async def keep_diagnosis(
    session: AsyncSession, configuration_id: str, diagnosis: Diagnosis, facts: Mapping[str, str]
) -> None:
    """Put a result in the place of the last one, unless the configuration is gone.

    Args:
        facts: what was read back; what changes from now on is drift. Empty when nothing could be read.
    """
    row = await _row_for(session, configuration_id)
    if row is None:
        return
    row.trigger, row.verdict, row.steps = (
        diagnosis.trigger,
        diagnosis.verdict,
        list(map(dict, diagnosis.steps)),
    )
    row.checked_at, row.duration_ms = diagnosis.checked_at, diagnosis.duration_ms
    row.drift = []
    if facts:
        row.facts = dict(facts)
    session.add(row)


async def compare_facts(
    session: AsyncSession,
    configuration_id: str,
    facts: Mapping[str, str],
    faults: Sequence[str],
    now: datetime,
) -> list[str]:
    """Note what was read back regularly; gives the sentences that are new."""
    row = await _row_for(session, configuration_id)
    if row is None:
        return []
    drift = [*faults, *(_changes(row.facts, facts) if row.facts else ())]
    fresh = [sentence for sentence in drift if sentence not in row.drift]
    if not row.facts:
        row.facts = dict(facts)
    row.drift, row.compared_at = drift, now
    session.add(row)
    return fresh


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [
        f"Changed: {name}, from {before[name] or 'nothing'} to {now[name] or 'nothing'}."
        for name in before
        if name in now and before[name] != now[name]
    ]


async def _row(session: AsyncSession, configuration_id: str) -> TelephonyDiagnosis | None:
    statement = select(TelephonyDiagnosis).where(
        TelephonyDiagnosis.telephony_configuration_id == configuration_id
    )
    return (await session.exec(statement)).first()


async def _row_for(session: AsyncSession, configuration_id: str) -> TelephonyDiagnosis | None:
    """The row, made when missing; the configuration's own row is locked so that two nodes do not both make it."""
    statement = select(TelephonyConfiguration).where(TelephonyConfiguration.id == configuration_id)
    if (await session.exec(statement.with_for_update())).first() is None:
        return None
    return await _row(session, configuration_id) or TelephonyDiagnosis(
        telephony_configuration_id=configuration_id
    )
