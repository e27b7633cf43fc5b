"""Churn: how many whole calls a second go through, beside the same churn to Asterisk's own Answer and Playback.

A whole call is dialled, answered, heard and hung up, and its run is completed.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from pbxlab.telephone import CallEnded
from pbxlab.telephone.telephone import Telephone

from .calls import AGENT_EXTENSION, BASELINE_EXTENSION, BASELINE_IS, hears_first_rtp, quiet
from .stage import Stage

CALLERS = 16
"""Callers who call again as soon as they have hung up; halved until no call fails."""

SECONDS = 20.0


@dataclass
class Churn:
    """What came of one extension."""

    callers: int
    calls: int = 0
    failures: int = 0
    elapsed_s: float = 0.0

    @property
    def per_second(self) -> float:
        return self.calls / self.elapsed_s

    def figures(self) -> dict[str, float]:
        return {"calls_per_s": round(self.per_second, 1), "calls": self.calls, "callers": self.callers}


async def measure(on: Stage) -> dict[str, Any]:
    """As many callers as are served without a single failure for the whole time, and the baseline with as many.

    Raises:
        AssertionError: even one caller at a time is failed.
    """
    callers, tried = CALLERS, 0
    while (ours := await _churn(on, AGENT_EXTENSION, callers)).failures:
        tried += ours.failures
        callers //= 2
        assert callers, f"{tried} calls failed, even one at a time"
    baseline = await _churn(on, BASELINE_EXTENSION, callers)
    return {
        "bench": "churn",
        "unit": "whole calls a second, sustained without a failure",
        "seconds": SECONDS,
        "agent": ours.figures(),
        "failures_with_more_callers": tried,
        "baseline": baseline.figures() | {"failures": baseline.failures},
        "baseline_is": BASELINE_IS,
        "ratio": round(ours.per_second / baseline.per_second, 2),
    }


async def _churn(on: Stage, extension: str, callers: int) -> Churn:
    """The time counts until the last run is completed: work that was only put off is not churn."""
    result = Churn(callers)
    runs_before = len(await on.listed_runs())
    started = time.monotonic()
    async with Telephone(on.asterisk.sip_address) as telephone:
        until = started + SECONDS
        await asyncio.gather(
            *(_call_again_and_again(telephone, extension, until, result) for _ in range(callers))
        )
        await quiet(on)
        result.elapsed_s = time.monotonic() - started
    if extension == AGENT_EXTENSION:
        runs = (await on.listed_runs())[runs_before:]
        served = sum(run["outcome"] == "caller_hung_up" for run in runs)
        result.failures += abs(result.calls - served)
    return result


async def _call_again_and_again(telephone: Telephone, extension: str, until: float, result: Churn) -> None:
    while time.monotonic() < until:
        call = await telephone.dial(extension)
        try:
            await hears_first_rtp(call)
        except (CallEnded, TimeoutError):
            result.failures += 1
        else:
            result.calls += 1
        await call.hang_up()
