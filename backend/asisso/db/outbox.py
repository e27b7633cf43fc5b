"""Writes what other programs are to be told of, in the transaction of the change itself.

A delivery is there exactly when its event has happened; `runtime/webhooks` sends it. Where no webhook wants the event
this is one query that finds nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlmodel import col, insert, select
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.clock import utc_now
from asisso.db.changes import Change, note_change
from asisso.db.models import Webhook, WebhookDelivery, WebhookEvent, WorkflowRun
from asisso.ids import new_id
from asisso.vocabulary import USAGE_KINDS

RUN_FIELDS = (
    "id",
    "direction",
    "state",
    "outcome",
    "ended_by",
    "detail",
    "from_number",
    "to_number",
    "telephony_configuration_id",
    "phone_number_id",
    "workflow_id",
    "workflow_version",
    "channel_id",
    "context",
    "node_id",
    "gathered",
    "summary",
    "disposition",
    "analysis",
    "analysis_problem",
    "usage",
    "recording_problem",
    "created_at",
    "answered_at",
    "ended_at",
    "duration_ms",
)
"""What a webhook is told of a run, as `api/schemas/webhook_bodies` describes it.

`from_number` and `to_number` go out as `from` and `to`, as in the API. The transcript does not go out: deliveries are
kept, and seen by whoever sees them, for longer than that should be.
"""


async def announce_runs(session: AsyncSession, events: Mapping[str, Collection[WebhookEvent]]) -> None:
    """Write deliveries for what has happened to runs, as they are in this transaction.

    Args:
        events: by run id, in the order in which they happened.
    """
    wanted = {run_id: list(kinds) for run_id, kinds in events.items() if kinds}
    if not wanted:
        return
    statement = (
        select(Webhook.id, Webhook.events, WorkflowRun.id)
        .join(WorkflowRun, col(WorkflowRun.organization_id) == col(Webhook.organization_id))
        .where(col(WorkflowRun.id).in_(wanted), col(Webhook.is_enabled), col(Webhook.paused_at).is_(None))
    )
    found = [
        (webhook_id, run_id, kind)
        for webhook_id, subscribed, run_id in (await session.exec(statement)).all()
        for kind in wanted[run_id]
        if kind in subscribed
    ]
    if found:
        runs = await _runs(session, {run_id for _, run_id, _ in found})
        await _add(
            session,
            [
                (runs[run_id].organization_id, webhook_id, kind, {"run": _payload(runs[run_id])})
                for webhook_id, run_id, kind in found
            ],
        )


async def announce(
    session: AsyncSession, organization_id: str, event: WebhookEvent, payload: Mapping[str, Any]
) -> None:
    """Write deliveries of an event for every webhook of the organization that wants it."""
    statement = select(Webhook.id, Webhook.events).where(
        Webhook.organization_id == organization_id,
        col(Webhook.is_enabled),
        col(Webhook.paused_at).is_(None),
    )
    rows = (await session.exec(statement)).all()
    await _add(session, [(organization_id, i, event, payload) for i, wanted in rows if event in wanted])


async def _runs(session: AsyncSession, run_ids: Collection[str]) -> dict[str, Row[Any]]:
    columns = [getattr(WorkflowRun, name) for name in ("organization_id", "recording_path", *RUN_FIELDS)]
    connection = await session.connection()
    rows = await connection.execute(select(*columns).where(col(WorkflowRun.id).in_(run_ids)))
    return {row.id: row for row in rows.all()}


def _payload(run: Row[Any]) -> dict[str, Any]:
    names = {"from_number": "from", "to_number": "to"}
    told = {names.get(name, name): _plain(getattr(run, name)) for name in RUN_FIELDS}
    told["usage"] = {**dict.fromkeys(USAGE_KINDS, 0), "media_attempts": 0, **told["usage"]}
    told["recording_url"] = f"/api/v1/runs/{run.id}/recording" if run.recording_path else None
    return told


def _plain(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


async def _add(
    session: AsyncSession, deliveries: Sequence[tuple[str, str, WebhookEvent, Mapping[str, Any]]]
) -> None:
    now = utc_now()
    rows = [
        {
            "id": new_id(),
            "created_at": now,
            "updated_at": now,
            "organization_id": organization_id,
            "webhook_id": webhook_id,
            "event": event,
            "payload": dict(payload),
        }
        for organization_id, webhook_id, event, payload in deliveries
    ]
    if rows:
        await (await session.connection()).execute(insert(WebhookDelivery), rows)
        # One is enough to have the outbox looked at.
        note_change(session, Change(str(WebhookDelivery.__tablename__), str(rows[0]["id"])))
