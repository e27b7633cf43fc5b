"""Who holds a Stasis application: what a check needs to know of the running telephony."""

from __future__ import annotations

import asyncio
import time

from asisso.asterisk.ari.failures import APPLICATION_TAKEN
from asisso.asterisk.diagnostics.subject import Holder, Holding

from .telephony import ConnectionState, Telephony

CONNECT_PATIENCE_S = 2.5
POLL_S = 0.05


async def settled(telephony: Telephony, configuration_id: str, *, is_enabled: bool) -> Holding:
    """Who holds the application; a connection that waits for its next attempt makes it now, and is awaited briefly."""
    if not is_enabled:
        return Holding(Holder.NOBODY_OF_US, "The configuration is switched off.")
    status = telephony.status(configuration_id)
    if status.code == APPLICATION_TAKEN:
        return Holding(Holder.LOST_TO_ANOTHER, status.reason or "")
    if status.state in (ConnectionState.RETRYING, ConnectionState.NEEDS_ATTENTION):
        telephony.reconnect(configuration_id)
    give_up_at = time.monotonic() + CONNECT_PATIENCE_S
    while status.state is not ConnectionState.CONNECTED:
        if time.monotonic() > give_up_at:
            return Holding(Holder.CONNECTING, status.reason or "")
        await asyncio.sleep(POLL_S)
        status = telephony.status(configuration_id)
    return Holding(Holder.US)
