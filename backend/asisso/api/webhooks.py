"""Webhooks: who is told of what, and how that went."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Query

from asisso.api.deps import Admin, Paging, ReadSession, State, WriteSession
from asisso.api.errors import errors
from asisso.api.schemas.base import PageOut
from asisso.api.schemas.webhooks import (
    CreatedWebhook,
    NewWebhook,
    WebhookDeliveryOut,
    WebhookOut,
    WebhookPatch,
)
from asisso.db.models import DeliveryStatus
from asisso.services import webhooks
from asisso.services.webhooks import WebhookFields

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


@router.get("", responses=errors(401, 403, 422))
async def list_webhooks(session: ReadSession, principal: Admin, paging: Paging) -> PageOut[WebhookOut]:
    """The organization's webhooks."""
    return PageOut[WebhookOut].model_validate(await webhooks.list_webhooks(session, principal, paging))


@router.post("", status_code=201, responses=errors(401, 403, 409, 422))
async def create_webhook(
    body: NewWebhook, state: State, session: WriteSession, principal: Admin
) -> CreatedWebhook:
    """Have an address told of events. Its secret is in this answer only."""
    fields = cast("WebhookFields", body.model_dump())
    row, secret = await webhooks.create_webhook(session, principal, fields, secret_box=state.secrets)
    return CreatedWebhook(**WebhookOut.model_validate(row).model_dump(), secret=secret)


@router.get("/{webhook_id}", responses=errors(401, 403, 404, 422))
async def get_webhook(webhook_id: str, session: ReadSession, principal: Admin) -> WebhookOut:
    """One webhook."""
    return WebhookOut.model_validate(await webhooks.get_webhook(session, principal, webhook_id))


@router.patch("/{webhook_id}", responses=errors(401, 403, 404, 409, 422))
async def update_webhook(
    webhook_id: str, body: WebhookPatch, state: State, session: WriteSession, principal: Admin
) -> WebhookOut:
    """Change a webhook, or enable it again after a pause."""
    changes = cast("WebhookFields", body.model_dump(exclude_unset=True))
    row = await webhooks.change_webhook(session, principal, webhook_id, changes, secret_box=state.secrets)
    return WebhookOut.model_validate(row)


@router.delete("/{webhook_id}", status_code=204, responses=errors(401, 403, 404, 422))
async def delete_webhook(webhook_id: str, session: WriteSession, principal: Admin) -> None:
    """Delete a webhook with its deliveries; nothing more is sent."""
    await webhooks.delete_webhook(session, principal, webhook_id)


@router.post("/{webhook_id}/test", status_code=202, responses=errors(401, 403, 404, 409, 422))
async def test_webhook(webhook_id: str, session: WriteSession, principal: Admin) -> WebhookDeliveryOut:
    """Send a `webhook.test` event now; the delivery tells how it went."""
    payload = {"message": "A test of this webhook.", "webhook_id": webhook_id}
    row = await webhooks.send_test(session, principal, webhook_id, payload)
    return WebhookDeliveryOut.model_validate(row)


@router.get("/{webhook_id}/deliveries", responses=errors(401, 403, 404, 422))
async def list_webhook_deliveries(
    webhook_id: str,
    session: ReadSession,
    principal: Admin,
    paging: Paging,
    status: Annotated[DeliveryStatus | None, Query(description="Only these.")] = None,
) -> PageOut[WebhookDeliveryOut]:
    """What was sent and what waits, newest first; kept for 30 days."""
    page = await webhooks.list_deliveries(session, principal, webhook_id, status, paging)
    return PageOut[WebhookDeliveryOut].model_validate(page)


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redeliver",
    status_code=202,
    responses=errors(401, 403, 404, 409, 422),
)
async def redeliver_webhook_delivery(
    webhook_id: str, delivery_id: str, session: WriteSession, principal: Admin
) -> WebhookDeliveryOut:
    """Send a delivery once more, under the id it had."""
    row = await webhooks.redeliver(session, principal, webhook_id, delivery_id)
    return WebhookDeliveryOut.model_validate(row)
