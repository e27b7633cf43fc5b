"""What must be true after a fault: nothing left open anywhere, one run for each call, every run with its reason."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import httpx

from bench.calls import AGENT_EXTENSION, hears_first_rtp
from bench.product import ProductFailed
from bench.stage import Stage
from pbxlab.telephone import CallEnded, Telephone

WITHIN_S = 60.0
LOOK_EVERY_S = 0.25
FRESH_NUMBER = "299999"
FRESH_CALL_TIMEOUT_S = 10.0
EXAMPLES = 5

Unmet = dict[str, str]
"""Criteria that are missed, each with what was seen."""


async def settled(on: Stage, within_s: float = WITHIN_S) -> tuple[Unmet, dict[str, int]]:
    """Wait until nothing of any call is left.

    Returns:
        What still is after that time, and of every criterion that was not met at once how long it took, in ms.
    """
    began = time.monotonic()
    lasted: dict[str, int] = {}
    while True:
        unmet = await _left_behind(on)
        took_s = time.monotonic() - began
        lasted |= dict.fromkeys(unmet, round(took_s * 1000))
        if not unmet or took_s > within_s:
            return unmet, lasted
        await asyncio.sleep(LOOK_EVERY_S)


async def _left_behind(on: Stage) -> Unmet:
    unmet: Unmet = {}
    try:
        is_open = [run["id"] for run in await on.listed_runs() if run["state"] != "completed"]
        if is_open:
            unmet["no_run_left_open"] = f"{len(is_open)} runs are open: {_some(is_open)}"
        if live := await on.live_calls():
            unmet["no_live_call"] = f"{len(live)} calls are said to be live"
        usage = (await on.api.get("/organization"))["usage"]
        if usage["active_calls"]:
            unmet["no_slot_leaked"] = f"{usage['active_calls']} calls are counted as active"
        status = await on.status()
        if status["state"] != "connected":
            unmet["connected_again"] = f"the connection is {status['state']}: {status['reason']}"
    except (httpx.TransportError, ProductFailed) as error:
        unmet["product_answers"] = f"{type(error).__name__}: {error}"
    try:
        await on.asterisk.ari.empty(0)
    except (TimeoutError, httpx.HTTPError) as error:
        unmet["pbx_empty"] = f"{type(error).__name__}: {error}"
    return unmet


async def fresh_call(on: Stage, telephone: Telephone) -> Unmet:
    """With room for one call at a time, one is admitted: a leaked slot would take its place."""
    try:
        await on.api.patch("/organization", max_concurrent_calls=1)
        call = await telephone.dial(AGENT_EXTENSION, caller_number=FRESH_NUMBER)
        try:
            await hears_first_rtp(call, FRESH_CALL_TIMEOUT_S)
        finally:
            await call.hang_up()
            await on.api.patch("/organization", max_concurrent_calls=None)
    except (CallEnded, TimeoutError, httpx.TransportError, ProductFailed) as error:
        return {"fresh_call_admitted": f"{type(error).__name__}: {error}"}
    return {}


def one_run_a_call(
    runs: Sequence[Mapping[str, Any]], reached: Collection[str], excused: Collection[str]
) -> Unmet:
    """Every caller who reached the application has one run, nobody has two.

    Args:
        reached: numbers of the callers whom Asterisk led to the application.
        excused: those of them of whom nobody can have known.
    """
    count = Counter(run["from"] for run in runs)
    missing = sorted(set(reached) - set(excused) - set(count))
    twice = sorted(number for number, times in count.items() if times > 1)
    told = []
    if missing:
        told.append(f"{len(missing)} calls have no run: {_some(missing)}")
    if twice:
        told.append(f"{len(twice)} calls have several runs: {_some(twice)}")
    return {"one_run_a_call": "; ".join(told)} if told else {}


def every_run_says_why(runs: Sequence[Mapping[str, Any]]) -> Unmet:
    """Each has an outcome and who ended it."""
    silent = [run["id"] for run in runs if not (run["outcome"] and run["ended_by"])]
    return {"every_run_says_why": f"{len(silent)} runs don't: {_some(silent)}"} if silent else {}


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:EXAMPLES]) + (", ..." if len(names) > EXAMPLES else "")
