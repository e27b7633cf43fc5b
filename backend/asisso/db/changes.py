"""What was changed in the database, told in this process once it is committed.

A change is a hint, not a message: whoever hears it reads the row again, and would have found the change a few seconds
later without it. Rows changed through a session's objects are noticed by themselves; statements that go past them
(`update`, `insert`) say so with `note_change`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from sqlalchemy import event
from sqlalchemy.orm import Session as SQLAlchemySession
from sqlmodel import Session

log = structlog.get_logger(__name__)

_NOTED = "asisso_changes"


@dataclass(frozen=True, slots=True)
class Change:
    """A row that is not as it was, or something of its that lives in memory only.

    Attributes:
        organization_id: None when whoever told it did not know it.
    """

    table: str
    id: str
    organization_id: str | None = None


class _HasInfo(Protocol):
    @property
    def info(self) -> Any:
        """Free for whoever uses a session."""


class Changes:
    """Hands changes to whoever listens. Listeners must not wait."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Iterable[Change]], None]] = []

    def listen(self, listener: Callable[[Iterable[Change]], None]) -> Callable[[], None]:
        """Hear of every change from now on; the result ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, *changes: Change) -> None:
        """Hand changes to every listener. One that fails costs the others nothing."""
        for listener in list(self._listeners):
            try:
                listener(changes)
            except Exception:
                log.exception("a change could not be handed on")


class NoticingSession(Session):
    """A session that notices which of its objects it writes."""


@event.listens_for(NoticingSession, "after_flush")
def _notice(session: SQLAlchemySession, _context: object) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        organization_id = getattr(row, "organization_id", None)
        if organization_id is not None:
            note_change(session, Change(row.__tablename__, row.id, organization_id))


def note_change(session: _HasInfo, change: Change) -> None:
    """Have a change told once the session is committed; it is forgotten when the work is rolled back."""
    session.info.setdefault(_NOTED, {})[(change.table, change.id)] = change


def take_changes(session: _HasInfo) -> list[Change]:
    """The changes noted in a session that was committed."""
    return list(session.info.pop(_NOTED, {}).values())
