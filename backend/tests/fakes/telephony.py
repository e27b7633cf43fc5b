"""Telephony that connects to nothing and remembers what it was told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from asisso.agents.control import ControlFailed, Destination
from asisso.agents.dialogue import FetchFailed
from asisso.agents.typed import TypedParts
from asisso.api.state import AppState
from asisso.calls.admission import Admission
from asisso.calls.caller_leg import DialOrder
from asisso.calls.control import CallControls
from asisso.services.telephony import ConnectionState, ConnectionStatus
from asisso.vocabulary import EndedBy
from asisso.workflows.definition import HttpData
from asisso.workflows.steps import Choice

SINCE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
"""What a conversation in writing takes the time to be: a Monday."""


@dataclass
class FakeControls:
    """The controls of a call that lives in a test's mind only."""

    asked: list[str] = field(default_factory=list)
    destinations: list[Destination] = field(default_factory=list)
    failure: ControlFailed | None = None

    def hang_up(self) -> None:
        self.asked.append("hang_up")

    async def send_digits(self, digits: str) -> None:
        self._ask(digits)

    async def hold(self) -> None:
        self._ask("hold")

    async def resume(self) -> None:
        self._ask("resume")

    def begin_transfer(self, destination: Destination) -> None:
        self._ask("transfer")
        self.destinations.append(destination)

    def _ask(self, what: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.asked.append(what)


@dataclass
class FakeTelephony:
    """What a test sets it to is what the product is told."""

    statuses: dict[str, ConnectionStatus] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    live_runs: dict[str, FakeControls] = field(default_factory=dict)
    placed: list[tuple[Admission, str, DialOrder]] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    reconnected: list[str] = field(default_factory=list)
    typing_problem: str | None = None
    fetched: list[HttpData] = field(default_factory=list)
    answer: Mapping[str, object] | None = None

    def status(self, configuration_id: str) -> ConnectionStatus:
        return self.statuses.get(configuration_id, connection_status(ConnectionState.CONNECTING))

    def all_statuses(self) -> Mapping[str, ConnectionStatus]:
        return self.statuses

    def configuration_changed(self, configuration_id: str) -> None:
        self.changed.append(configuration_id)

    def reconnect(self, configuration_id: str) -> None:
        self.reconnected.append(configuration_id)

    @property
    def node(self) -> str:
        return "test"

    def no_capacity(self) -> str | None:
        return next(iter(self.reasons), None)

    def place_call(self, admission: Admission, channel_id: str, order: DialOrder) -> None:
        self.placed.append((admission, channel_id, order))

    def controls(self, run_id: str, by: EndedBy) -> CallControls | None:
        return cast("CallControls", self.live_runs.get(run_id))

    def typed_parts(self) -> TypedParts:
        return TypedParts(
            likeness=shared_words, fetch=self._fetch, now=lambda: NOW, problem=self.typing_problem
        )

    async def _fetch(self, request: HttpData) -> Mapping[str, object]:
        self.fetched.append(request)
        if self.answer is None:
            raise FetchFailed("The server answered 500.")
        return self.answer

    def readiness(self) -> list[str]:
        return list(self.reasons)

    @asynccontextmanager
    async def running(self, _state: AppState) -> AsyncIterator[FakeTelephony]:
        """In the place of the real telephony's context."""
        yield self


async def shared_words(text: str, choices: Sequence[Choice]) -> Mapping[str, float]:
    """In the place of a model of meaning: how many of its words a text has in common with the best example."""
    return {
        choice.edge_id: max(_in_common(text, example) for example in choice.examples)
        for choice in choices
        if choice.examples
    }


def _in_common(one: str, other: str) -> float:
    first, second = set(one.lower().split()), set(other.lower().split())
    return len(first & second) / len(first | second)


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
