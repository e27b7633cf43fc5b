"""Webhooks and their deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StrictBool

from asisso.api.schemas.base import Input, Output, Secret, omitted, strip
from asisso.db.models import DeliveryStatus, WebhookEvent


def _checked_url(value: str) -> str:
    parts = urlsplit(value)
    try:
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or not value.isascii() or any(character.isspace() for character in value):
        raise ValueError("must be http://host[:port]/path or https://host[:port]/path")
    if parts.username or parts.password:
        raise ValueError("must hold no user name or password; check the signature instead")
    if parts.fragment:
        raise ValueError("must have no part after #")
    return value


WebhookUrl = Annotated[
    str,
    Field(max_length=2000, examples=["https://crm.example.com/asisso"]),
    AfterValidator(strip),
    AfterValidator(_checked_url),
]
Subscribable = Literal[
    WebhookEvent.RUN_STARTED,
    WebhookEvent.RUN_ANSWERED,
    WebhookEvent.RUN_COMPLETED,
    WebhookEvent.RUN_ANALYZED,
    WebhookEvent.CONFIGURATION_STATE_CHANGED,
]


def _each_once(events: list[Subscribable]) -> list[Subscribable]:
    return list(dict.fromkeys(events))


Events = Annotated[list[Subscribable], Field(min_length=1, max_length=20), AfterValidator(_each_once)]
WebhookSecret = Annotated[Secret, Field(min_length=16, examples=["your_webhook_secret"])]
Description = Annotated[str, Field(max_length=200, examples=["CRM"])]


class NewWebhook(Input):
    """An address that is told of events by POST. Left out, the secret is made here and shown once."""

    url: WebhookUrl
    events: Events
    secret: WebhookSecret | None = Field(None, description="Signs what is sent; 16 characters at least.")
    description: Description = ""
    is_enabled: StrictBool = True


class WebhookPatch(Input):
    """Fields left out stay as they are, `secret` too. Enabling ends a pause."""

    url: WebhookUrl = omitted()
    events: Events = omitted()
    secret: WebhookSecret = omitted()
    description: Description = omitted()
    is_enabled: StrictBool = omitted()


class WebhookOut(Output):
    """A webhook without its secret. `paused_at` and `pause_reason` are set by the server when the address fails for
    long; `failing_since` tells of failures before that."""

    id: str
    url: str = Field(examples=["https://crm.example.com/asisso"])
    description: str = Field(examples=["CRM"])
    events: list[WebhookEvent]
    is_enabled: bool
    paused_at: datetime | None = Field(examples=[None])
    pause_reason: str | None = Field(examples=[None])
    failing_since: datetime | None = Field(examples=[None])
    retry_at: datetime | None = Field(examples=[None])
    created_at: datetime
    updated_at: datetime


class CreatedWebhook(WebhookOut):
    """A new webhook with its secret, which is in this answer only."""

    secret: str = Field(examples=["your_webhook_secret"])


class WebhookDeliveryOut(Output):
    """One event sent, or to be sent, to one webhook. `response_excerpt` begins the last answer or says why there was
    none."""

    id: str
    event: WebhookEvent
    status: DeliveryStatus
    attempts: int
    payload: dict[str, Any] = Field(
        description="The body that is sent: what happened, when, and the object as it was."
    )
    last_attempt_at: datetime | None
    response_status: int | None = Field(examples=[200])
    response_excerpt: str | None = Field(examples=["ok"])
    duration_ms: int | None = Field(examples=[41])
    created_at: datetime
