"""Set-up under a burst: calls that arrive together, beside the same burst to Asterisk's own Answer and Playback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from pbxlab.telephone.call import PhoneCall
from pbxlab.telephone.telephone import Telephone

from .calls import (
    AGENT_EXTENSION,
    BASELINE_EXTENSION,
    BASELINE_IS,
    answer_ms,
    burst,
    first_rtp_ms,
    hears_first_rtp,
    quiet,
)
from .figures import p50_p95
from .stage import Stage

SIZES = (10, 25, 50)
ROUNDS = 5
TIMEOUT_S = 15.0


async def measure(on: Stage) -> AsyncIterator[dict[str, Any]]:
    """One result for each size of burst; the rounds of agent and baseline take turns."""
    async with Telephone(on.asterisk.sip_address) as telephone:
        await _burst(on, telephone, AGENT_EXTENSION, 1)  # fills caches: the greeting is rendered once
        for size in SIZES:
            ours: list[PhoneCall] = []
            baseline: list[PhoneCall] = []
            for _ in range(ROUNDS):
                baseline += await _burst(on, telephone, BASELINE_EXTENSION, size)
                ours += await _burst(on, telephone, AGENT_EXTENSION, size)
            yield _result(size, ours, baseline)


async def _burst(on: Stage, telephone: Telephone, extension: str, size: int) -> Sequence[PhoneCall]:
    calls = await burst(telephone, extension, size)
    await asyncio.gather(*(hears_first_rtp(call, TIMEOUT_S) for call in calls))
    await asyncio.gather(*(call.hang_up() for call in calls))
    await quiet(on)
    return calls


def _result(size: int, ours: Sequence[PhoneCall], baseline: Sequence[PhoneCall]) -> dict[str, Any]:
    return {
        "bench": "setup_burst",
        "unit": "ms from INVITE, of calls that arrive together",
        "calls": size,
        "rounds": ROUNDS,
        "baseline_is": BASELINE_IS,
        "to_answer": _compared(answer_ms, ours, baseline),
        "to_first_rtp": _compared(first_rtp_ms, ours, baseline),
    }


def _compared(
    measured: Callable[[PhoneCall], float], ours: Sequence[PhoneCall], baseline: Sequence[PhoneCall]
) -> dict[str, dict[str, float]]:
    agent, playback = p50_p95([measured(c) for c in ours]), p50_p95([measured(c) for c in baseline])
    return {
        "agent": agent,
        "baseline": playback,
        "difference": {name: round(agent[name] - playback[name], 1) for name in agent},
        "ratio": {name: round(agent[name] / playback[name], 2) for name in agent},
    }
