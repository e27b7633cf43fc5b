"""Tells webhooks when a connection's state has changed. A state that does not last is not told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from asisso.db.changes import Change
from asisso.db.engine import Database
from asisso.db.models import TelephonyConfiguration, WebhookEvent
from asisso.db.outbox import announce
from asisso.services.telephony import ConnectionState, Telephony

log = structlog.get_logger(__name__)

SETTLES_AFTER_S = 3.0
"""A connection that is being made anew passes through several states."""


class StateAnnouncer:
    """Watches the connections of this process."""

    def __init__(self, database: Database, telephony: Telephony) -> None:
        self._database = database
        self._telephony = telephony
        self._told: dict[str, ConnectionState] = {}
        self._wake = asyncio.Event()

    def hear(self, changes: Iterable[Change]) -> None:
        """Look soon when it may have been a connection."""
        if any(change.table == TelephonyConfiguration.__tablename__ for change in changes):
            self._wake.set()

    async def run(self) -> None:
        """Announce until cancelled."""
        forget = self._database.changes.listen(self.hear)
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await asyncio.sleep(SETTLES_AFTER_S)
                try:
                    await self.look()
                except (SQLAlchemyError, OSError) as error:
                    log.warning("a state could not be announced", error=type(error).__name__)
                    self._wake.set()
                except Exception:
                    log.exception("a state could not be announced")
        finally:
            forget()

    async def look(self) -> None:
        """Announce every connection that is in another settled state than it was announced in last.

        Raises:
            SQLAlchemyError, OSError: the database did not answer; it is tried again.
        """
        statuses = self._telephony.all_statuses()
        for configuration_id, status in statuses.items():
            before = self._told.get(configuration_id)
            if status.state in (before, ConnectionState.CONNECTING):
                continue
            await self._announce(configuration_id, before, status.state, status.reason)
            self._told[configuration_id] = status.state
        for gone in self._told.keys() - statuses.keys():
            if self._told[gone] is not ConnectionState.DISABLED:
                await self._announce(gone, self._told[gone], ConnectionState.DISABLED, None)
            del self._told[gone]

    async def _announce(
        self,
        configuration_id: str,
        before: ConnectionState | None,
        state: ConnectionState,
        reason: str | None,
    ) -> None:
        async with self._database.session() as session:
            row = await session.get(TelephonyConfiguration, configuration_id)
            if row is None:
                return
            told = {
                "id": row.id,
                "name": row.name,
                "state": state,
                "previous_state": before,
                "reason": reason,
            }
            payload = {"telephony_configuration": told}
            await announce(session, row.organization_id, WebhookEvent.CONFIGURATION_STATE_CHANGED, payload)
