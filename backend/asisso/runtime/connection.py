"""What is known of one PBX connection right now; `ari_worker` changes it, the API shows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from asisso.asterisk.ari.failures import Verdict
from asisso.clock import utc_now
from asisso.services.telephony import ConnectionState, ConnectionStatus

log = structlog.get_logger(__name__)


class Connection:
    """The visible state of one configuration's connection.

    Args:
        changed: called when there is something new to see; must not wait.
    """

    def __init__(self, configuration_id: str, node: str, changed: Callable[[], None]) -> None:
        self.changed = changed
        self.configuration_id = configuration_id
        self.asterisk_version: str | None = None
        self._node = node
        self._state = ConnectionState.CONNECTING
        self._since = utc_now()
        self._reason: str | None = None
        self._hint: str | None = None
        self._code: str | None = None
        self._next_attempt_at: datetime | None = None
        self._last_event_at: datetime | None = None
        self._round_trip_ms: int | None = None

    @property
    def is_connected(self) -> bool:
        return self._state is ConnectionState.CONNECTED

    def connecting(self) -> None:
        """An attempt begins; what was wrong stays visible until it succeeds."""
        if self._state is not ConnectionState.NEEDS_ATTENTION:
            self._enter(ConnectionState.CONNECTING, self._reason, self._hint)

    def connected(self) -> None:
        self._enter(ConnectionState.CONNECTED, None, None)

    def failed(self, verdict: Verdict, next_attempt_in_s: float | None) -> None:
        """An attempt failed or the connection broke."""
        state = ConnectionState.NEEDS_ATTENTION if verdict.needs_attention else ConnectionState.RETRYING
        self._enter(state, verdict.reason, verdict.hint)
        self._code = verdict.code
        if next_attempt_in_s is not None:
            self._next_attempt_at = utc_now() + timedelta(seconds=next_attempt_in_s)

    def saw_event(self) -> None:
        self._last_event_at = utc_now()

    def measured(self, round_trip_ms: float) -> None:
        self._round_trip_ms = round(round_trip_ms)

    def status(self, active_calls: int) -> ConnectionStatus:
        return ConnectionStatus(
            state=self._state,
            since=self._since,
            reason=self._reason,
            hint=self._hint,
            asterisk_version=self.asterisk_version,
            last_event_at=self._last_event_at,
            round_trip_ms=self._round_trip_ms,
            active_calls=active_calls,
            node=self._node,
            next_attempt_at=self._next_attempt_at,
            code=None if self.is_connected else self._code,
        )

    def _enter(self, state: ConnectionState, reason: str | None, hint: str | None) -> None:
        if state is not self._state:
            self._since = utc_now()
            log.info(
                "telephony configuration changed its state",
                configuration_id=self.configuration_id,
                state=state,
                reason=reason,
            )
        self._state, self._reason, self._hint = state, reason, hint
        self._next_attempt_at = None
        self.changed()
