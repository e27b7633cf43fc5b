"""The requests this server makes to webhooks, for the API's description. None of it is served."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header

from asisso.api.schemas.webhook_bodies import WebhookRunEvent, WebhookStateEvent
from asisso.db.models import WebhookEvent
from asisso.services.webhook_rules import SIGNATURE_HEADER

router = APIRouter(tags=["webhooks"])

Signature = Annotated[
    str,
    Header(
        alias=SIGNATURE_HEADER,
        description='`t=<Unix time>,v1=<hex HMAC-SHA256 of "<t>.<body>">` with the webhook\'s secret.',
    ),
]


@router.post(WebhookEvent.RUN_STARTED, status_code=204)
async def run_started(body: WebhookRunEvent, signature: Signature) -> None:
    """A call was accepted, or is being made."""


@router.post(WebhookEvent.RUN_ANSWERED, status_code=204)
async def run_answered(body: WebhookRunEvent, signature: Signature) -> None:
    """Caller and agent talk."""


@router.post(WebhookEvent.RUN_COMPLETED, status_code=204)
async def run_completed(body: WebhookRunEvent, signature: Signature) -> None:
    """A call has ended, or was refused. With its values, its usage and where it ended in its workflow."""


@router.post(WebhookEvent.RUN_ANALYZED, status_code=204)
async def run_analyzed(body: WebhookRunEvent, signature: Signature) -> None:
    """Summary and disposition of an ended call are there, or given up: `analysis_problem` then says why."""


@router.post(WebhookEvent.CONFIGURATION_STATE_CHANGED, status_code=204)
async def telephony_configuration_state_changed(body: WebhookStateEvent, signature: Signature) -> None:
    """A connection to a PBX is in another state, and has been for some seconds."""
