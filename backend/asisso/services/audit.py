"""The log of changes: who did what, written in the transaction of what it tells of.

One mechanism: a session that was given an actor (`record_as`) writes an entry for every row of the tables in
`AUDITED` that is made, changed or deleted in it. Values are shown only of fields that are named there, so that a
secret added later stays out by itself. What is no row, such as a sign-in, is added by `note`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import event, inspect
from sqlmodel import Session, col, insert, select
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.clock import utc_now
from asisso.db.models import (
    ActorKind,
    ApiKey,
    AuditAction,
    AuditEntry,
    Organization,
    PhoneNumber,
    TelephonyConfiguration,
    User,
    Webhook,
    Workflow,
    WorkflowTest,
)
from asisso.db.models.base import Record
from asisso.ids import new_id
from asisso.services.paging import Page, PageRequest, fetch_page
from asisso.services.principal import Principal

MAX_SHOWN_LENGTH = 200
_JOURNAL = "asisso_audit"
_INSERT = insert(AuditEntry)
_Row = dict[str, Any]
_BOOKKEEPING = frozenset(
    {
        "id",
        "organization_id",
        "created_at",
        "updated_at",
        "last_used_at",
        "last_signed_in_at",
        "agent_secrets_revision",
    }
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and from which address."""

    kind: ActorKind
    id: str | None = None
    name: str = ""
    address: str = ""


SERVER = Actor(ActorKind.SERVER)


@dataclass(frozen=True, slots=True)
class Audited:
    """A table whose changes are recorded.

    Attributes:
        name: the field by which people know a row.
        shown: fields whose values may be told. Of the others only the name of the field is.
    """

    name: str
    shown: frozenset[str]


AUDITED: Mapping[type[Record], Audited] = {
    Organization: Audited("name", frozenset({"name", "max_concurrent_calls", "monthly_minutes"})),
    User: Audited("email", frozenset({"email", "role", "is_enabled"})),
    ApiKey: Audited("name", frozenset({"name", "role", "expires_at"})),
    # By its description: an address may hold a token.
    Webhook: Audited("description", frozenset({"description", "events", "is_enabled"})),
    Workflow: Audited("name", frozenset({"name", "published_version"})),
    WorkflowTest: Audited("name", frozenset({"name", "workflow_id"})),
    PhoneNumber: Audited(
        "address",
        frozenset(
            {"address", "address_type", "label", "inbound_workflow_id", "is_active", "is_default_caller_id"}
        ),
    ),
    TelephonyConfiguration: Audited(
        "name",
        frozenset(
            {
                "name",
                "ari_endpoint",
                "app_name",
                "ari_username",
                "ws_client_name",
                "from_extensions",
                "is_default_outbound",
                "is_enabled",
                "media_format",
                "dial_template",
                "ring_timeout_s",
                "require_media_credentials",
                "on_failure",
                "channel_variables",
                "sip_headers",
            }
        ),
    ),
}


@dataclass(slots=True)
class _Journal:
    """What one unit of work did so far, one entry a row."""

    actor: Callable[[], Actor]
    entries: dict[tuple[str, str], _Row] = field(default_factory=dict)
    notes: list[_Row] = field(default_factory=list)

    def add(self, action: AuditAction, row: Record) -> None:
        audited = AUDITED.get(type(row))
        if audited is None:
            return
        changes = [] if action is AuditAction.DELETED else _changes(row, audited, action)
        if action is AuditAction.CHANGED and not changes:
            return
        kind = str(row.__tablename__)
        before = self.entries.get((kind, row.id))
        if before is not None and action is AuditAction.CHANGED:
            before["changes"] += changes
            return
        self.entries[kind, row.id] = _entry(
            organization_id=row.id if isinstance(row, Organization) else getattr(row, "organization_id"),  # noqa: B009
            action=action,
            kind=kind,
            object_id=row.id,
            name=str(getattr(row, audited.name)),
            changes=changes,
        )

    def take(self) -> list[_Row]:
        """All entries, signed by the actor, and forget them."""
        entries, self.entries, self.notes = [*self.notes, *self.entries.values()], {}, []
        actor = self.actor()
        signature = {
            "actor_kind": actor.kind,
            "actor_id": actor.id,
            "actor_name": actor.name,
            "address": actor.address,
        }
        return [entry | signature for entry in entries]


def _entry(
    *,
    organization_id: str,
    action: AuditAction,
    kind: str,
    object_id: str,
    name: str,
    changes: list[dict[str, Any]],
) -> _Row:
    now = utc_now()
    return {
        "id": new_id(),
        "created_at": now,
        "updated_at": now,
        "organization_id": organization_id,
        "action": action,
        "object_kind": kind,
        "object_id": object_id,
        "object_name": name,
        "changes": changes,
    }


def record_as(session: AsyncSession, actor: Callable[[], Actor]) -> None:
    """Have everything that is changed in this session recorded; `actor` is asked when it is committed."""
    session.info[_JOURNAL] = _Journal(actor)


def note(
    session: AsyncSession,
    action: AuditAction,
    principal: Principal,
    *,
    kind: str,
    object_id: str,
    name: str = "",
    changes: Sequence[dict[str, Any]] = (),
) -> None:
    """Record what changes no row of an audited table. Does nothing in a session that records nothing."""
    journal: _Journal | None = session.info.get(_JOURNAL)
    if journal is not None:
        journal.notes.append(
            _entry(
                organization_id=principal.organization_id,
                action=action,
                kind=kind,
                object_id=object_id,
                name=name,
                changes=list(changes),
            )
        )


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries; None takes all."""

    action: AuditAction | None = None
    actor_id: str | None = None
    object_kind: str | None = None
    object_id: str | None = None
    after: datetime | None = None
    before: datetime | None = None


async def list_entries(
    session: AsyncSession, principal: Principal, wanted: AuditFilter, page: PageRequest
) -> Page[AuditEntry]:
    """The organization's log, newest first."""
    statement = select(AuditEntry).where(AuditEntry.organization_id == principal.organization_id)
    for name in ("action", "actor_id", "object_kind", "object_id"):
        value = getattr(wanted, name)
        if value is not None:
            statement = statement.where(getattr(AuditEntry, name) == value)
    if wanted.after is not None:
        statement = statement.where(col(AuditEntry.created_at) >= wanted.after)
    if wanted.before is not None:
        statement = statement.where(col(AuditEntry.created_at) < wanted.before)
    return await fetch_page(session, statement, AuditEntry, page, newest_first=True)


def _changes(row: Record, audited: Audited, action: AuditAction) -> list[dict[str, Any]]:
    if action is AuditAction.CREATED:
        return [
            _change(name, None, value, is_shown=name in audited.shown)
            for name in _fields(type(row))
            if (value := row.__dict__.get(name)) is not None
        ]
    changes = []
    for attribute in inspect(row).attrs:
        name, history = attribute.key, attribute.history
        if name in _BOOKKEEPING or not history.has_changes():
            continue
        after, before = next(iter(history.added), None), next(iter(history.deleted), None)
        if after != before:
            changes.append(_change(name, before, after, is_shown=name in audited.shown))
    return changes


@lru_cache
def _fields(model: type[Record]) -> tuple[str, ...]:
    """What a table has to tell, in the order of its columns."""
    names = (column.key for column in inspect(model).column_attrs)
    return tuple(name for name in names if name not in _BOOKKEEPING)


def _change(name: str, before: object, after: object, *, is_shown: bool) -> dict[str, Any]:
    return {
        "field": name.removesuffix("_encrypted").removesuffix("_hash"),
        "before": _shown(before) if is_shown else None,
        "after": _shown(after) if is_shown else None,
        "is_hidden": not is_shown,
    }


def _shown(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.isoformat()
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    if isinstance(value, StrEnum):
        text = value.value
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    return text if len(text) <= MAX_SHOWN_LENGTH else f"{text[:MAX_SHOWN_LENGTH]}…"


@event.listens_for(Session, "before_flush")
def _collect(session: Session, _context: object, _instances: object) -> None:
    journal: _Journal | None = session.info.get(_JOURNAL)
    if journal is None:
        return
    for action, rows in (
        (AuditAction.CREATED, session.new),
        (AuditAction.CHANGED, session.dirty),
        (AuditAction.DELETED, session.deleted),
    ):
        for row in rows:
            if isinstance(row, Record):
                journal.add(action, row)


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    journal: _Journal | None = session.info.get(_JOURNAL)
    if journal is not None:
        session.flush()
        if entries := journal.take():
            # Past the session's objects: nobody changes an entry, and minding one costs more than writing it.
            session.connection().execute(_INSERT, entries)
