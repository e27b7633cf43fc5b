"""Webhooks: addresses of other programs that are told of events, and the deliveries to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from asisso.db.models.base import Record
from asisso.db.types import JsonDocument, UtcDateTime, text_enum
from asisso.vocabulary import DeliveryStatus


class Webhook(Record, table=True):
    """Who is told, of what, and how that goes.

    Attributes:
        secret_encrypted: sealed by `security.SecretBox`, bound to this row; signs what is sent.
        paused_at, pause_reason: set by the server when the address has failed for too long; nothing more is written
            down for it until somebody enables it again.
        failing_since: the first failure since the last success.
        failures: of the delivery that is tried now.
        retry_at: not before this is anything sent.
        claimed_by, claimed_until: the process that sends now, and until when the others leave it alone.
    """

    __table_args__ = (Index(None, "organization_id", "created_at", "id"),)

    organization_id: str = Field(foreign_key="organization.id", ondelete="CASCADE")
    url: str = Field(max_length=2000)
    description: str = Field(default="", max_length=200)
    events: list[str] = Field(default_factory=list, sa_type=JsonDocument)
    secret_encrypted: str
    is_enabled: bool = True
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    pause_reason: str | None = None
    failing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failures: int = 0
    retry_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    claimed_by: str | None = Field(default=None, max_length=100)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WebhookDelivery(Record, table=True):
    """One event for one webhook: the outbox. Its id is the same at every attempt, and after a redelivery.

    Attributes:
        event: a `WebhookEvent`.
        payload: the event's data, as it was when it happened.
        response_excerpt: the beginning of the last answer's body, or why there was none.
    """

    __table_args__ = (
        # The oldest waiting one of each webhook, and which webhooks have any.
        Index(None, "webhook_id", "status", "id"),
        Index(None, "webhook_id", "created_at", "id"),
        Index(None, "status", "created_at"),
    )

    webhook_id: str = Field(foreign_key="webhook.id", ondelete="CASCADE")
    organization_id: str = Field(foreign_key="organization.id", ondelete="CASCADE")
    event: str = Field(max_length=64)
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDocument)
    status: DeliveryStatus = Field(default=DeliveryStatus.PENDING, sa_type=text_enum(DeliveryStatus))
    attempts: int = 0
    last_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    response_status: int | None = None
    response_excerpt: str | None = Field(default=None, max_length=1000)
    duration_ms: int | None = None
