"""The leg a caller is transferred to: dialled, joined, dropped, one target after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from asisso.asterisk.ari.events import ChannelDestroyed, ChannelEvent, Dial, StasisEnd, StasisStart
from asisso.asterisk.ari.rest import AriClient, Origination

from . import machine as m
from .caller_leg import CAUSE_GRACE_S, RINGING, originate
from .directory import Directory, LiveCall
from .ids import new_target_id
from .log import CallLog
from .requests import Requests


class TargetLeg:
    """Whom a call's caller is transferred to.

    Args:
        post: takes the machine's events; must not wait.
        names: variables that tell, on the PBX, whose the channels are.

    Attributes:
        channel_id: of the newest target; empty before the first transfer.
    """

    def __init__(
        self,
        call: LiveCall,
        ari: AriClient,
        app: str,
        directory: Directory,
        call_log: CallLog,
        post: Callable[[m.CallEvent], None],
        names: Mapping[str, str],
    ) -> None:
        self._names = names
        self.channel_id = ""
        self._call = call
        self._ari = ari
        self._app = app
        self._directory = directory
        self._requests = Requests(call_log)
        self._post = post
        self._has_rung = False
        self._has_answered = False
        self._dial_status = ""

    def adopt(self, channel_id: str) -> None:
        """Take over a target that an earlier process joined with the caller."""
        self.channel_id = channel_id
        self._directory.add_channel(self._call.configuration_id, channel_id, self._call)

    async def dial(self, plan: m.ToTarget, caller_id: str) -> None:
        """Call the target; its answer is an event.

        Raises:
            CannotDial: Asterisk knows no such endpoint.
            AriError: it could not.
        """
        self._has_rung, self._has_answered, self._dial_status = False, False, ""
        self.adopt(new_target_id(self._call.configuration_id))
        origination = Origination(
            channel_id=self.channel_id,
            app=self._app,
            endpoint=plan.endpoint,
            caller_id=plan.caller_id or caller_id,
            ring_timeout_s=max(1, plan.ring_timeout_ms // 1000),
            variables=self._names,
        )
        await originate(self._requests, "dial_target", self._ari, origination)

    async def add_to(self, bridge_id: str) -> None:
        await self._requests.timed("add_target", self._ari.add_to_bridge(bridge_id, [self.channel_id]))

    async def drop(self) -> None:
        """Hang the target up, if there is one."""
        if self.channel_id:
            await self._requests.quietly(self._ari.hang_up(self.channel_id))

    def on_ari(self, event: ChannelEvent) -> None:
        """An ARI event of one of the targets; only the newest one's count."""
        if event.channel.id != self.channel_id:
            return
        match event:
            case StasisStart():
                self._has_answered = True
                self._post(m.TargetEntered())
            case Dial(_, status) if status in RINGING:
                self._has_rung = True
            case Dial(_, status):
                self._dial_status = status or self._dial_status
            case ChannelDestroyed(_, cause, text, sip_status):
                self._left(m.HangupCause(cause, text, sip_status))
            case StasisEnd():
                asyncio.get_running_loop().call_later(CAUSE_GRACE_S, self._left, None)

    def _left(self, cause: m.HangupCause | None) -> None:
        if self._has_answered:
            reason = "Whoever answered has hung up."
        else:
            reason = m.why_unanswered(cause, dial_status=self._dial_status, has_rung=self._has_rung).detail
        self._post(m.TargetLeft(reason))
