"""The task that owns one inbound call, from the StasisStart of its caller to its finished run.

Events of ARI and wishes of people come through `post` and `on_ari`, which never wait; nothing else changes the call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from asisso.agents.agent import AgentError
from asisso.asterisk.ari.errors import AriError
from asisso.asterisk.ari.events import (
    ChannelDestroyed,
    ChannelEvent,
    ChannelHangupRequest,
    StasisEnd,
)
from asisso.asterisk.ari.rest import AriClient
from asisso.vocabulary import EndedBy, Outcome

from . import machine as m
from .active_call import ActiveCall
from .admission import Admission, admit
from .ids import new_bridge_id
from .log import CallLog
from .plan import CallServices
from .routing import Arrival, Refusal
from .runs import RunEnd, RunWriter

log = structlog.get_logger(__name__)

MAX_INBOX = 1_000
CAUSE_GRACE_S = 0.15
"""How long after StasisEnd the hang-up cause, which we subscribe to, may take to come."""


class CallSession:
    """One inbound call.

    Attributes:
        arrival: the caller's channel.
        bridge_id: chosen before there is a bridge.
        cause: why the caller's channel ended, as far as Asterisk has told.
    """

    def __init__(
        self, services: CallServices, ari: AriClient, app: str, arrival: Arrival, *, is_answered: bool
    ) -> None:
        self.arrival = arrival
        self.bridge_id = new_bridge_id(arrival.configuration_id)
        self.cause: m.HangupCause | None = None
        self._services = services
        self._ari = ari
        self._app = app
        self._is_answered = is_answered
        self._log = CallLog()
        self._inbox: asyncio.Queue[m.CallEvent] = asyncio.Queue(MAX_INBOX)
        self._active: ActiveCall | None = None
        self._writer: RunWriter | None = None
        services.directory.add_channel(arrival.configuration_id, arrival.channel_id, self)

    def post(self, event: m.CallEvent) -> None:
        """Hand an event to the call. Its inbox only fills up when the call's own task hangs."""
        try:
            self._inbox.put_nowait(event)
        except asyncio.QueueFull:
            log.error("a call does not take its events", channel_id=self.arrival.channel_id)

    def on_ari(self, event: ChannelEvent) -> None:
        """An ARI event of one of this call's channels."""
        is_caller = event.channel.id == self.arrival.channel_id
        self._log.note("ari", type=type(event).__name__, leg="caller" if is_caller else "media")
        if is_caller:
            self._on_caller(event)
        elif self._active is not None:
            self._active.legs.on_ari(event)

    def _on_caller(self, event: ChannelEvent) -> None:
        match event:
            case ChannelHangupRequest(_, cause, sip_status) if cause is not None:
                self.cause = m.HangupCause(cause, "", sip_status)
            case ChannelDestroyed(_, cause, text, sip_status):
                self.cause = m.HangupCause(cause, text, sip_status)
                self.post(m.CallerLeft(self.cause))
            case StasisEnd():
                loop = asyncio.get_running_loop()
                loop.call_later(CAUSE_GRACE_S, lambda: self.post(m.CallerLeft(self.cause)))

    async def run(self) -> None:
        """Serve the call to its end. Never raises, except when it is cancelled."""
        names = {"configuration_id": self.arrival.configuration_id, "channel_id": self.arrival.channel_id}
        with structlog.contextvars.bound_contextvars(**names):
            try:
                await self._run()
            except Exception:
                # The call's supervisor: a bug ends this call, not the process.
                log.exception("a call ended by an error of ours")
                await self._give_up()
            finally:
                self._services.directory.remove(self)

    async def _give_up(self) -> None:
        finish = m.Finish(
            Outcome.FAILED,
            EndedBy.SYSTEM,
            m.CAUSE_CONGESTION,
            "An internal error ended the call; the server's log has the details.",
        )
        await self._release(finish.release_cause)
        if self._writer is not None and not self._writer.is_finished:
            await self._writer.finish(RunEnd(finish))

    async def _run(self) -> None:
        services = self._services
        admission = await admit(
            services.database, self.arrival, node=services.node, no_capacity=services.no_capacity()
        )
        if admission is None:
            log.warning("a call reached a config that no longer exists")
            await self._release(m.CAUSE_CONGESTION)
            return
        self._log.note("admitted", duration_ms=self._log.now_ms)
        writer = RunWriter(services.database, admission.run_id, self._log)
        with structlog.contextvars.bound_contextvars(run_id=admission.run_id):
            if admission.route.refusal is not None:
                await self._refuse(admission.route.refusal, writer)
            else:
                self._writer = writer
                await self._serve(admission, writer)

    async def _refuse(self, refusal: Refusal, writer: RunWriter) -> None:
        log.warning(refusal.warning, pii_called_number=self.arrival.called_number)
        self._log.note("refused", outcome=refusal.outcome, reason=refusal.detail)
        await self._release(refusal.release_cause)
        await writer.write()

    async def _serve(self, admission: Admission, writer: RunWriter) -> None:
        services = self._services
        services.directory.add_run(admission.run_id, self)
        try:
            plan = services.plan_agent(admission)
        except AgentError as error:
            finish = m.Finish(Outcome.FAILED, EndedBy.SYSTEM, m.CAUSE_CONGESTION, str(error))
            await self._release(finish.release_cause)
            await writer.finish(RunEnd(finish))
            return
        self._active = ActiveCall(self, services, self._ari, self._app, admission, plan, writer, self._log)
        call = m.InboundCall(is_answered=self._is_answered, max_duration_ms=plan.max_duration_s * 1000)
        finish = m.Finish(
            Outcome.FAILED, EndedBy.SYSTEM, m.CAUSE_NORMAL, "The server was stopped during the call."
        )
        try:
            finish = await self._follow(call, self._active)
        finally:
            await _uninterrupted(self._active.close(finish))
            log.info("a call ended", outcome=finish.outcome, ended_by=finish.ended_by, reason=finish.detail)

    async def _follow(self, call: m.InboundCall, active: ActiveCall) -> m.Finish:
        commands = call.begin()
        log.info("a call begins", pii_from=self.arrival.caller_number, pii_to=self.arrival.called_number)
        while True:
            for command in commands:
                if isinstance(command, m.Finish):
                    return command
                active.do(command)
            commands = call.handle(await self._inbox.get())

    async def _release(self, cause: int | None) -> None:
        try:
            await self._ari.hang_up(self.arrival.channel_id, cause=cause)
        except AriError as error:
            self._log.note("request_failed", reason=str(error))


async def _uninterrupted(closing: Coroutine[Any, Any, None]) -> None:
    """Finish closing even when the call's task is cancelled meanwhile; the cancellation comes after it."""
    task = asyncio.create_task(closing)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
