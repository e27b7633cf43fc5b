"""Call set-up: from the telephone's INVITE to the agent's first audio, beside Asterisk's own Answer and Playback."""

from __future__ import annotations

import statistics
from typing import Any

from pbxlab.telephone.telephone import Telephone

from .calls import AGENT_EXTENSION, BASELINE_EXTENSION, BASELINE_IS, first_rtp_ms, hears_first_rtp, quiet
from .figures import min_median_p95
from .stage import Stage

CALLS = 20


async def measure(on: Stage) -> dict[str, Any]:
    """Place calls in turn to Asterisk's playback and to the agent, and compare the times to the first RTP packet.

    The first call of each is not counted: it fills caches (the greeting is rendered once).
    """
    ours, baseline = [], []
    async with Telephone(on.asterisk.sip_address) as telephone:
        for number in range(CALLS + 1):
            playback_ms = await _first_audio_ms(on, telephone, BASELINE_EXTENSION)
            agent_ms = await _first_audio_ms(on, telephone, AGENT_EXTENSION)
            if number:
                baseline.append(playback_ms)
                ours.append(agent_ms)
    differences = [a - b for a, b in zip(ours, baseline, strict=True)]
    return {
        "bench": "call_setup",
        "unit": "ms from INVITE to the first RTP packet heard",
        "calls": CALLS,
        "agent": min_median_p95(ours),
        "baseline": min_median_p95(baseline),
        "baseline_is": BASELINE_IS,
        "difference": min_median_p95(differences),
        "ratio": round(statistics.median(ours) / statistics.median(baseline), 2),
    }


async def _first_audio_ms(on: Stage, telephone: Telephone, extension: str) -> float:
    call = await telephone.dial(extension)
    await hears_first_rtp(call)
    await call.hang_up()
    # One call at a time: the end of the last one must not share the measured time.
    await quiet(on)
    return first_rtp_ms(call)
