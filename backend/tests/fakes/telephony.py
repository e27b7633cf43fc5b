"""Telephony that connects to nothing and remembers what it was told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from asisso.api.state import AppState
from asisso.services.telephony import ConnectionState, ConnectionStatus

SINCE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class FakeTelephony:
    """What a test sets it to is what the product is told."""

    statuses: dict[str, ConnectionStatus] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    live_runs: set[str] = field(default_factory=set)
    changed: list[str] = field(default_factory=list)
    reconnected: list[str] = field(default_factory=list)

    def status(self, configuration_id: str) -> ConnectionStatus:
        return self.statuses.get(configuration_id, connection_status(ConnectionState.CONNECTING))

    def configuration_changed(self, configuration_id: str) -> None:
        self.changed.append(configuration_id)

    def reconnect(self, configuration_id: str) -> None:
        self.reconnected.append(configuration_id)

    async def hang_up(self, run_id: str) -> bool:
        if run_id not in self.live_runs:
            return False
        self.live_runs.remove(run_id)
        return True

    def readiness(self) -> list[str]:
        return list(self.reasons)

    @asynccontextmanager
    async def running(self, _state: AppState) -> AsyncIterator[FakeTelephony]:
        """In the place of the real telephony's context."""
        yield self


def connection_status(state: ConnectionState, *, reason: str | None = None) -> ConnectionStatus:
    """A status without a past."""
    return ConnectionStatus(
        state=state,
        since=SINCE,
        reason=reason,
        hint=None,
        asterisk_version=None,
        last_event_at=None,
        round_trip_ms=None,
        active_calls=0,
        node="test",
        next_attempt_at=None,
    )
