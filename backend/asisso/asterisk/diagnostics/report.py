"""The checks in their order: cheapest and most basic first, so that the first failure is the cause."""

from __future__ import annotations

from . import ari, media, modules, routing, timing, websocket_client

ACCESS_CHECKS = (*ari.CHECKS, *modules.CHECKS[:2], *ari.AFTER_MODULES, *modules.CHECKS[2:])
"""Whether the ARI can be used at all."""

AUDIO_CHECKS = (websocket_client.EXISTS, *media.ADDRESS_CHECKS, *websocket_client.CHECKS, *media.CHECKS)
"""Whether calls have audio."""

CALL_CHECKS = (*routing.DIALPLAN_CHECKS, *routing.ENDPOINT_CHECKS, *timing.CHECKS)
"""Whether calls come and go as they should."""

APPLICATION_CHECKS = routing.APPLICATION_CHECKS
"""Whether the application's calls are ours."""
