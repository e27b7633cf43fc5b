"""What a configuration wants to know of a caller's channel beyond what every event says: variables and SIP headers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from asisso.asterisk.ari.errors import AriError
from asisso.asterisk.ari.rest import AriClient

from .route import Configuration

log = structlog.get_logger(__name__)

MAX_VALUE_LENGTH = 1_000


async def with_details(
    context: Mapping[str, Any], configuration: Configuration, ari: AriClient, channel_id: str
) -> Mapping[str, Any]:
    """The context with the chosen variables and headers; what the channel does not have is left out.

    Costs one round trip, and nothing where nothing was chosen. A PBX that does not answer costs the details only.
    """
    variables, headers = configuration.channel_variables, configuration.sip_headers
    if not variables and not headers:
        return context
    asked = [*variables, *(f"PJSIP_HEADER(read,{name})" for name in headers)]
    try:
        values = await asyncio.gather(*(ari.variable(channel_id, name) for name in asked))
    except AriError as error:
        log.warning("a call's channel variables could not be read", error=str(error))
        return context
    named = zip([*variables, *headers], values, strict=True)
    found = [None if value is None else (name, value[:MAX_VALUE_LENGTH]) for name, value in named]
    return {
        **context,
        "channel_variables": {
            **context["channel_variables"],
            **dict(f for f in found[: len(variables)] if f),
        },
        "sip_headers": dict(f for f in found[len(variables) :] if f),
    }
