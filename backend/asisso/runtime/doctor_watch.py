"""Checks connections without being asked: when one needs a person, when a call was refused, and a little regularly.

Looks at states and at new rows; nothing has to tell it anything. One check at a time, each configuration seldom.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from asisso.asterisk.ari.errors import AriError
from asisso.clock import Clock
from asisso.db.engine import Database
from asisso.db.models import DiagnosisTrigger, Outcome, TelephonyConfiguration, WorkflowRun
from asisso.errors import AsissoError
from asisso.ids import new_id
from asisso.services.doctor import Doctor
from asisso.services.telephony import ConnectionState, Telephony

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 3.0
CHECK_AT_MOST_EVERY_S = 300.0
"""A configuration that fails again and again, or is called in vain all day, is not checked each time."""

COMPARE_EVERY_S = 300.0
MAX_NEW_REFUSALS = 200

_REFUSED = [outcome for outcome in Outcome if outcome.value.startswith("refused_")]


class DoctorWatch:
    """Watches every configuration of this process."""

    def __init__(self, database: Database, doctor: Doctor, telephony: Telephony, clock: Clock) -> None:
        self._database = database
        self._doctor = doctor
        self._telephony = telephony
        self._clock = clock
        self._newest_run = new_id()
        self._due: dict[str, DiagnosisTrigger] = {}
        self._checked_at: dict[str, float] = {}
        self._attended: dict[str, datetime] = {}
        self._compared: dict[str, tuple[datetime, float]] = {}

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except (SQLAlchemyError, OSError) as error:
                log.error("connections could not be watched", error=type(error).__name__)
            except Exception:
                # The watch's supervisor: a bug in a check must not end all further ones.
                log.exception("connections could not be watched")

    async def look(self) -> None:
        """Find what is due, and do it."""
        ids = await self._enabled()
        for configuration_id in ids:
            status = self._telephony.status(configuration_id)
            if status.state is ConnectionState.NEEDS_ATTENTION:
                if self._attended.get(configuration_id) != status.since:
                    self._attended[configuration_id] = status.since
                    self._due[configuration_id] = DiagnosisTrigger.NEEDS_ATTENTION
            elif self._due.get(configuration_id) is DiagnosisTrigger.NEEDS_ATTENTION:
                del self._due[configuration_id]
        for configuration_id in await self._refused_since():
            self._due.setdefault(configuration_id, DiagnosisTrigger.REFUSED_CALL)
        for configuration_id in ids:
            await self._check_when_due(configuration_id)
            await self._compare_when_due(configuration_id)

    async def _enabled(self) -> list[str]:
        statement = select(TelephonyConfiguration.id).where(col(TelephonyConfiguration.is_enabled))
        async with self._database.read_session() as session:
            ids = list((await session.exec(statement)).all())
        for kept in (self._due, self._checked_at, self._attended, self._compared):
            for gone in kept.keys() - set(ids):
                del kept[gone]
        return ids

    async def _refused_since(self) -> set[str]:
        """Configurations over which calls were refused since the last look. Ids of runs grow with time."""
        statement = (
            select(WorkflowRun.id, WorkflowRun.telephony_configuration_id)
            .where(WorkflowRun.id > self._newest_run)
            .where(col(WorkflowRun.outcome).in_(_REFUSED))
            .order_by(col(WorkflowRun.id).desc())
            .limit(MAX_NEW_REFUSALS)
        )
        async with self._database.read_session() as session:
            rows = (await session.exec(statement)).all()
        if rows:
            self._newest_run = rows[0][0]
        return {configuration_id for _, configuration_id in rows if configuration_id is not None}

    async def _check_when_due(self, configuration_id: str) -> None:
        now = self._clock.monotonic_s()
        if configuration_id not in self._due:
            return
        if now - self._checked_at.get(configuration_id, -CHECK_AT_MOST_EVERY_S) < CHECK_AT_MOST_EVERY_S:
            return
        trigger = self._due.pop(configuration_id)
        self._checked_at[configuration_id] = now
        try:
            diagnosis = await self._doctor.examine(configuration_id, trigger)
        except AsissoError as error:
            log.warning(
                "a connection could not be checked", configuration_id=configuration_id, error=error.detail
            )
            return
        if diagnosis is not None:
            log.info(
                "a connection was checked",
                configuration_id=configuration_id,
                trigger=trigger,
                cause=diagnosis.cause,
            )

    async def _compare_when_due(self, configuration_id: str) -> None:
        """After each new connection, since the PBX may have been restarted with other files, and every few minutes."""
        status, now = self._telephony.status(configuration_id), self._clock.monotonic_s()
        if status.state is not ConnectionState.CONNECTED:
            return
        since, compared_at = self._compared.get(configuration_id, (None, 0.0))
        if since == status.since and now - compared_at < COMPARE_EVERY_S:
            return
        self._compared[configuration_id] = (status.since, now)
        try:
            fresh = await self._doctor.compare(configuration_id)
        except (AriError, AsissoError) as error:
            log.info("a PBX could not be compared", configuration_id=configuration_id, error=str(error))
            return
        for sentence in fresh:
            log.warning("a PBX is no longer as it was", configuration_id=configuration_id, change=sentence)
