"""One fault from start to verdict: a product, a PBX made for it, callers, the fault, and the look afterwards."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.calls import answer_ms
from bench.figures import p50_p95_max
from bench.product import Product
from bench.stage import Stage, stage
from pbxlab.provision import AsteriskRoot
from pbxlab.telephone import PhoneCall, Telephone

from . import criteria
from .caller import Caller
from .dialplan import callers_in_stasis, marked
from .faults import Fault
from .party import Party, Plan

GREETING = "Hello, how can I help?"
"""Short, so that callers soon talk."""

DEAD_AIR_S = 3.0
"""Who hears nothing for so long after the answer says "Hello?" and hangs up."""

Runs = list[dict[str, Any]]


@dataclass(frozen=True)
class Verdict:
    """What came of a fault; passed when no criterion is unmet."""

    fault: str
    unmet: criteria.Unmet
    figures: dict[str, Any]

    @property
    def has_passed(self) -> bool:
        return not self.unmet

    def line(self) -> dict[str, Any]:
        """As one JSON object."""
        return {"chaos": self.fault, "passed": self.has_passed, "missed": self.unmet, **self.figures}


async def produce(
    kind: type[Fault],
    product: Product,
    root: AsteriskRoot,
    plan: Plan,
    *,
    seed: int,
    keep: Path | None = None,
) -> Verdict:
    """Let the plan's calls arrive, strike meanwhile, and see that every call ended well.

    Args:
        product: started; the fault may kill and restart it.
        seed: of every random choice; what the machine does beside is never the same twice.
        keep: a folder for Asterisk's and the product's log.
    """
    rng = random.Random(seed)
    async with kind(plan, rng) as fault:
        party = Party(plan, fault.leaving)
        async with stage(
            product,
            root,
            name=kind.name,
            greeting=GREETING,
            files=lambda given: marked(fault.files(given, product)),
        ) as on:
            await on.becomes("connected")
            await fault.prepare(on)
            log_start = len(product.log_text)
            try:
                async with Telephone(on.asterisk.sip_address) as telephone:
                    async with asyncio.TaskGroup() as both:
                        both.create_task(party.come(telephone))
                        both.create_task(fault.strike(on, party))
                    return await _look_afterwards(on, telephone, fault, party, log_start)
            finally:
                if keep is not None:
                    _keep_logs(keep / kind.name, on)


async def _look_afterwards(
    on: Stage, telephone: Telephone, fault: Fault, party: Party, log_start: int
) -> Verdict:
    unmet, lasted = await criteria.settled(on)
    runs = await on.listed_runs()
    reached, turned_away = callers_in_stasis(on.asterisk.log_text())
    excused = {caller.number for caller in party.callers if fault.excuses(caller)}
    unmet |= criteria.one_run_a_call(runs, reached, excused)
    unmet |= criteria.every_run_says_why(runs)
    unmet |= await criteria.fresh_call(on, telephone)
    if not fault.times:
        unmet["fault_happened"] = "it never struck"
    unmet |= fault.unmet()
    figures = {
        **_plan(party.plan),
        "settled_after_ms": max(lasted.values(), default=0),
        "lasted_ms": lasted,
        "reached_the_application": len(reached),
        "turned_away_by_the_dialplan": len(turned_away),
        "excused": len(excused & (reached - {run["from"] for run in runs})),
        **_at_the_telephones(party.callers),
        **_in_the_runs(runs),
        "tracebacks_in_log": on.product.log_text[log_start:].count("Traceback"),
        "struck": fault.times,
        **fault.figures,
    }
    return Verdict(fault.name, unmet, figures)


def _plan(plan: Plan) -> dict[str, Any]:
    return {"calls": plan.calls, "rate": plan.rate, "talk_s": list(plan.talk_s), "turns": plan.turns}


def _at_the_telephones(callers: list[Caller]) -> dict[str, Any]:
    calls = [caller.call for caller in callers if caller.call is not None]
    answered = [call for call in calls if call.answered_at is not None]
    return {
        "answered": len(answered),
        "dead_air": sum(_is_dead_air(call) for call in answered),
        "greeted": sum(caller.was_greeted for caller in callers),
        "answer_ms": p50_p95_max([answer_ms(call) for call in answered]),
        "asked": sum(caller.asked for caller in callers),
        "replies": sum(caller.replies for caller in callers),
        "ends": dict(Counter(str(call.end_reason) for call in calls)),
    }


def _is_dead_air(call: PhoneCall) -> bool:
    """Whether an answered caller heard nothing in a call that lasted."""
    assert call.answered_at is not None
    lasted_s = (call.ended_at or time.time()) - call.answered_at
    return call.first_audio_at is None and lasted_s > DEAD_AIR_S


def _in_the_runs(runs: Runs) -> dict[str, Any]:
    return {
        "runs": len(runs),
        "outcomes": dict(Counter(str(run["outcome"]) for run in runs)),
        "ended_by": dict(Counter(str(run["ended_by"]) for run in runs)),
        "details": dict(Counter(run["detail"] for run in runs if run["detail"])),
    }


def _keep_logs(folder: Path, on: Stage) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "asterisk.log").write_text(on.asterisk.log_text())
    (folder / "product.log").write_text(on.product.log_text)
