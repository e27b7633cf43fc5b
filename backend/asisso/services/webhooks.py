"""Webhooks: their rules and secrets, and looking at and repeating their deliveries."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, TypedDict

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.db.models import DeliveryStatus, Webhook, WebhookDelivery, WebhookEvent
from asisso.errors import Conflict, NotFound
from asisso.security import SecretBox
from asisso.services.paging import Page, PageRequest, fetch_page
from asisso.services.principal import Principal

TABLE = "webhook"
SECRET_PREFIX = "whsec_"  # noqa: S105 - what our secrets begin with
MAX_WEBHOOKS = 50


class WebhookFields(TypedDict, total=False):
    """What a person sets; in a change an absent key leaves the field as it is."""

    url: str
    description: str
    events: list[WebhookEvent]
    secret: str | None
    is_enabled: bool


async def create_webhook(
    session: AsyncSession, principal: Principal, fields: WebhookFields, *, secret_box: SecretBox
) -> tuple[Webhook, str]:
    """Make a webhook. Returns its row and its secret, made here when none was given, which cannot be had again.

    Raises:
        Conflict: the organization has `MAX_WEBHOOKS` already.
    """
    mine = select(Webhook.id).where(Webhook.organization_id == principal.organization_id)
    if len((await session.exec(mine)).all()) >= MAX_WEBHOOKS:
        raise Conflict(
            f"An organization has {MAX_WEBHOOKS} webhooks at most. Delete one.", code="too_many_webhooks"
        )
    secret = fields.get("secret") or SECRET_PREFIX + secrets.token_urlsafe(32)
    row = Webhook(organization_id=principal.organization_id, secret_encrypted="", **_columns(fields))
    row.secret_encrypted = _seal(secret_box, row.id, secret)
    session.add(row)
    await session.flush()
    return row, secret


async def list_webhooks(session: AsyncSession, principal: Principal, page: PageRequest) -> Page[Webhook]:
    """The organization's webhooks, oldest first."""
    statement = select(Webhook).where(Webhook.organization_id == principal.organization_id)
    return await fetch_page(session, statement, Webhook, page)


async def get_webhook(session: AsyncSession, principal: Principal, webhook_id: str) -> Webhook:
    """One of the organization's webhooks.

    Raises:
        NotFound: it has no such webhook.
    """
    row = await session.get(Webhook, webhook_id)
    if row is None or row.organization_id != principal.organization_id:
        raise NotFound("webhook")
    return row


async def change_webhook(
    session: AsyncSession,
    principal: Principal,
    webhook_id: str,
    changes: WebhookFields,
    *,
    secret_box: SecretBox,
) -> Webhook:
    """Change a webhook; without `secret` the old one stays. Enabling it, or moving it, ends its pause.

    Raises:
        NotFound: the organization has no such webhook.
    """
    row = await get_webhook(session, principal, webhook_id)
    row.sqlmodel_update(_columns(changes))
    secret = changes.get("secret")
    if secret:
        row.secret_encrypted = _seal(secret_box, row.id, secret)
    if changes.get("is_enabled") or "url" in changes:
        row.paused_at = row.pause_reason = row.failing_since = row.retry_at = None
        row.failures = 0
    session.add(row)
    await session.flush()
    return row


async def delete_webhook(session: AsyncSession, principal: Principal, webhook_id: str) -> None:
    """Delete a webhook with its deliveries.

    Raises:
        NotFound: the organization has no such webhook.
    """
    await session.delete(await get_webhook(session, principal, webhook_id))


async def list_deliveries(
    session: AsyncSession,
    principal: Principal,
    webhook_id: str,
    status: DeliveryStatus | None,
    page: PageRequest,
) -> Page[WebhookDelivery]:
    """A webhook's deliveries, newest first.

    Raises:
        NotFound: the organization has no such webhook.
    """
    webhook = await get_webhook(session, principal, webhook_id)
    statement = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook.id)
    if status is not None:
        statement = statement.where(WebhookDelivery.status == status)
    return await fetch_page(session, statement, WebhookDelivery, page, newest_first=True)


async def redeliver(
    session: AsyncSession, principal: Principal, webhook_id: str, delivery_id: str
) -> WebhookDelivery:
    """Send a delivery once more, under the id it had.

    Raises:
        NotFound: the webhook has no such delivery.
        Conflict: it waits to be sent already, or its webhook sends nothing.
    """
    webhook = await get_webhook(session, principal, webhook_id)
    row = await session.get(WebhookDelivery, delivery_id)
    if row is None or row.webhook_id != webhook.id:
        raise NotFound("delivery")
    _require_sending(webhook)
    if row.status is DeliveryStatus.PENDING:
        raise Conflict("This delivery waits to be sent already.", code="delivery_pending")
    row.status, row.attempts = DeliveryStatus.PENDING, 0
    webhook.retry_at = None
    session.add_all([row, webhook])
    await session.flush()
    return row


async def send_test(
    session: AsyncSession, principal: Principal, webhook_id: str, payload: Mapping[str, Any]
) -> WebhookDelivery:
    """Send a `webhook.test` event soon; how it went, the delivery tells.

    Raises:
        NotFound: the organization has no such webhook.
        Conflict: the webhook sends nothing.
    """
    webhook = await get_webhook(session, principal, webhook_id)
    _require_sending(webhook)
    row = WebhookDelivery(
        webhook_id=webhook.id,
        organization_id=webhook.organization_id,
        event=WebhookEvent.TEST,
        payload=dict(payload),
    )
    webhook.retry_at = None
    session.add_all([row, webhook])
    await session.flush()
    return row


def secret_of(row: Webhook, secret_box: SecretBox) -> str:
    """The secret, in clear.

    Raises:
        ConfigurationError: it was sealed with another key.
    """
    return secret_box.open(row.secret_encrypted, table=TABLE, column="secret_encrypted", row_id=row.id)


def _seal(secret_box: SecretBox, row_id: str, plaintext: str) -> str:
    return secret_box.seal(plaintext, table=TABLE, column="secret_encrypted", row_id=row_id)


def _columns(fields: WebhookFields) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "secret"}


def _require_sending(webhook: Webhook) -> None:
    if not webhook.is_enabled or webhook.paused_at is not None:
        raise Conflict("This webhook is switched off or paused. Enable it first.", code="webhook_disabled")
