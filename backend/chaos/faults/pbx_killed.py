"""Asterisk dies in the middle of its calls and is started again."""

from __future__ import annotations

import asyncio
import time

from bench.stage import Stage

from ..caller import Caller
from ..party import Party
from .fault import STRIKES_AFTER, Fault

DOWN_S = 1.0
CONNECTED_TIMEOUT_S = 60.0
EVENT_ON_ITS_WAY_S = 0.5
"""A call this young may have died inside Asterisk before anybody was told of it."""


class PbxKilled(Fault):
    """SIGKILL to the PBX, and its start a second later."""

    name = "pbx-killed"
    _killed_at = 0.0

    async def strike(self, on: Stage, party: Party) -> None:
        await party.has_arrived(STRIKES_AFTER)
        self.figures["up_when_killed"] = sum(caller.is_up for caller in party.callers)
        self._killed_at = time.time()
        await on.asterisk.kill()
        self.times += 1
        await asyncio.sleep(DOWN_S)
        await on.asterisk.start()
        started_at = time.time()
        await on.becomes("connected", CONNECTED_TIMEOUT_S)
        self.figures["connected_again_ms"] = round((time.time() - started_at) * 1000)

    def excuses(self, caller: Caller) -> bool:
        call = caller.call
        return (
            call is not None
            and call.answered_at is None
            and self._killed_at - EVENT_ON_ITS_WAY_S <= call.invited_at <= self._killed_at
        )
