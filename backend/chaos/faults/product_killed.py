"""The product dies in the middle of its calls (SIGKILL) and is started again on the same data."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from bench.figures import p50_p95_max
from bench.stage import Stage
from pbxlab.telephone import CallEnded

from ..caller import Caller
from ..party import Party
from .fault import STRIKES_AFTER, Fault

DOWN_S = 1.0
HEARD_WITHIN_S = 5.0
HEARD_SHARE = 0.95
EVENT_ON_ITS_WAY_S = 0.5
"""A call this close to the kill may never have been told to anybody."""

CONNECTED_TIMEOUT_S = 60.0
PATIENCE_S = 20.0
"""How long a survivor waits in silence, counted from the restart."""


class ProductKilled(Fault):
    """Whoever was on the line when the process was killed stays there and listens for the agent.

    Times count from the moment the new process is started to the first audible packet at the telephone. Nothing of
    the old process can be heard then: Asterisk drops a media channel, and what it holds, with its socket.
    """

    name = "product-killed"
    _killed_at = 0.0
    _back_at = float("inf")

    async def strike(self, on: Stage, party: Party) -> None:
        await party.has_arrived(STRIKES_AFTER)
        on.product.kill()
        self._killed_at = time.time()
        survivors = [caller for caller in party.callers if caller.is_up]
        ringing = [caller for caller in party.callers if caller.is_ringing]
        for caller in survivors + ringing:
            caller.may_hang_up.clear()
        self.times += 1
        try:
            await asyncio.sleep(DOWN_S)
            restarted_at = time.time()
            starting = asyncio.create_task(self._start(on))
            heard = await asyncio.gather(
                *(_heard_again(caller, restarted_at) for caller in survivors + ringing)
            )
            connected_at = await starting
        finally:
            for caller in survivors + ringing:
                caller.may_hang_up.set()
        self.figures |= recovery(survivors, heard[: len(survivors)], restarted_at)
        self.figures["connected_after_restart_ms"] = round((connected_at - restarted_at) * 1000)
        self.figures["ringing"] = len(ringing)
        self.figures["ringing_served"] = sum(at is not None for at in heard[len(survivors) :])

    def excuses(self, caller: Caller) -> bool:
        """Who came in the moment of the kill, unanswered, and left before the restart, was seen by no product.

        Later ones are turned away by Asterisk, until the new process takes the application: then they are its.
        """
        call = caller.call
        return (
            call is not None
            and call.answered_at is None
            and abs(call.invited_at - self._killed_at) <= EVENT_ON_ITS_WAY_S
            and call.ended_at is not None
            and call.ended_at <= self._back_at
        )

    async def _start(self, on: Stage) -> float:
        """Start the product anew; gives the time when it is connected to the PBX."""
        await asyncio.to_thread(on.product.start)
        self._back_at = time.time()
        await on.becomes("connected", CONNECTED_TIMEOUT_S)
        return time.time()

    def unmet(self) -> dict[str, str]:
        survivors, share = self.figures["survivors"], self.figures["heard_in_time_share"]
        if survivors and share >= HEARD_SHARE:
            return {}
        return {
            "agent_heard_again": f"{share:.0%} of {survivors} callers heard the agent within "
            f"{HEARD_WITHIN_S:g} s of the restart; at least {HEARD_SHARE:.0%} must"
        }


async def _heard_again(caller: Caller, restarted_at: float) -> float | None:
    """When the caller hears the agent, who may go then; None when that never happens."""
    assert caller.call is not None
    patience_s = restarted_at + PATIENCE_S - time.time()
    try:
        return await caller.call.hears_audio(patience_s, since=restarted_at)
    except (CallEnded, TimeoutError):
        return None
    finally:
        caller.may_hang_up.set()


def recovery(survivors: list[Caller], heard: list[float | None], restarted_at: float) -> dict[str, object]:
    """The figures of those who were up when the process died; of those who never heard it, how it ended."""
    times_s = [at - restarted_at for at in heard if at is not None]
    in_time = sum(seconds <= HEARD_WITHIN_S for seconds in times_s)
    lost = [caller for caller, at in zip(survivors, heard, strict=True) if at is None]
    return {
        "survivors": len(survivors),
        "heard_again": len(times_s),
        "heard_in_time_share": round(in_time / len(survivors), 3) if survivors else 0.0,
        "heard_again_ms": p50_p95_max([seconds * 1000 for seconds in times_s]),
        "not_heard_because": dict(Counter(_why_not(caller) for caller in lost)),
        "lost_after_restart_ms": p50_p95_max(
            [
                (caller.call.ended_at - restarted_at) * 1000
                for caller in lost
                if caller.call is not None and caller.call.ended_at is not None
            ]
        ),
    }


def _why_not(caller: Caller) -> str:
    assert caller.call is not None
    return str(caller.call.end_reason or f"silence for {PATIENCE_S:g} s")
