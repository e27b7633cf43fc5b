"""Call set-up: from the telephone's INVITE to the agent's first audio, beside Asterisk's own Answer and Playback."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from pbxlab.telephone.telephone import Telephone

from .stage import Stage

CALLS = 20
BASELINE_EXTENSION = "606"
"""Answer() and Playback() of a prompt, in the bench's own dialplan."""


async def measure(on: Stage) -> dict[str, Any]:
    """Place calls in turn to Asterisk's playback and to the agent, and compare the times to the first RTP packet.

    The first call of each is not counted: it fills caches (the greeting is rendered once).
    """
    ours, baseline = [], []
    async with Telephone(on.asterisk.sip_address) as telephone:
        for number in range(CALLS + 1):
            playback_ms = await _first_audio_ms(on, telephone, BASELINE_EXTENSION)
            agent_ms = await _first_audio_ms(on, telephone, "8000")
            if number:
                baseline.append(playback_ms)
                ours.append(agent_ms)
    differences = [a - b for a, b in zip(ours, baseline, strict=True)]
    return {
        "bench": "call_setup",
        "unit": "ms from INVITE to the first RTP packet heard",
        "calls": CALLS,
        "agent": _summary(ours),
        "baseline": _summary(baseline),
        "baseline_is": "Answer() and Playback() inside the same Asterisk",
        "difference": _summary(differences),
        "ratio": round(statistics.median(ours) / statistics.median(baseline), 2),
    }


async def _first_audio_ms(on: Stage, telephone: Telephone, extension: str) -> float:
    call = await telephone.dial(extension)
    await call.answered()
    await call.until(lambda: call.first_rtp_at is not None, "the first RTP packet", 5)
    await call.hang_up()
    # One call at a time: the end of the last one must not share the measured time.
    await on.asterisk.ari.empty()
    await on.finished_runs(0)
    assert call.first_rtp_at is not None
    return (call.first_rtp_at - call.invited_at) * 1000


def _summary(values: Sequence[float]) -> dict[str, float]:
    return {
        "min": round(min(values), 1),
        "median": round(statistics.median(values), 1),
        "p95": round(sorted(values)[int(len(values) * 0.95)], 1),
    }
