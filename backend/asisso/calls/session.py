"""The task that owns one call, from its first moment to its finished run.

Events of ARI and wishes of people come through `post` and `on_ari`, which never wait; nothing else changes the call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from itertools import count
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from asisso.agents.agent import AgentError
from asisso.asterisk.ari.events import ChannelEvent
from asisso.asterisk.ari.rest import AriClient
from asisso.db.changes import Change
from asisso.db.models import WorkflowRun
from asisso.logs import request_id
from asisso.metrics import CALLS_ENDED, CALLS_REFUSED
from asisso.vocabulary import Direction, EndedBy, LiveState, OnFailure, Outcome

from . import machine as m
from .active_call import ActiveCall
from .admission import Admission, admit
from .caller_leg import CallerLeg
from .control import CallControls
from .details import with_details
from .ids import new_bridge_id
from .log import CallLog
from .plan import AgentPlan, CallServices
from .route import Arrival, Configuration, Refusal
from .runs import RunEnd, RunWriter
from .start import CallStart, Inbound, Outbound, Resumed

log = structlog.get_logger(__name__)

MAX_INBOX = 1_000
ADMISSION_TRIES = 3
"""Before a caller is refused because the run can't be recorded: some 15 s where SQLite's lock is what is waited for."""

RECORDING_TRIES = 12
"""Before it is given up to record a call that was refused so."""

ADMISSION_RETRY_S = 0.3
MAX_ADMISSION_RETRY_S = 5.0

OUR_ERROR = m.Finish(
    Outcome.FAILED,
    EndedBy.SYSTEM,
    m.CAUSE_CONGESTION,
    "An internal error ended the call; the server's log has the details.",
)
STOPPED = m.Finish(Outcome.FAILED, EndedBy.SYSTEM, m.CAUSE_NORMAL, "The server was stopped during the call.")


class CallSession:
    """One call.

    Attributes:
        configuration_id: of the telephony configuration it goes through.
        channel_id: of the person on the line.
        bridge_id: chosen before there is a bridge.
    """

    def __init__(self, services: CallServices, ari: AriClient, app: str, start: CallStart) -> None:
        self.configuration_id = start.configuration_id
        self.channel_id = start.channel_id
        is_resumed = isinstance(start, Resumed)
        self.bridge_id = (start.bridge_id if isinstance(start, Resumed) else "") or new_bridge_id(
            start.configuration_id
        )
        self._services = services
        self._ari = ari
        self._app = app
        self._start = start
        self._log = start.run.new_log() if isinstance(start, Resumed) else CallLog()
        self._caller = CallerLeg(start.channel_id, ari, app, self._log, self.post)
        self._inbox: asyncio.Queue[m.CallEvent] = asyncio.Queue(MAX_INBOX)
        self._active: ActiveCall | None = None
        self._call: m.Call | None = None
        self._writer: RunWriter | None = None
        self._has_been_seen = False
        if is_resumed:
            self._log.note("resumed", reason="The process that carried the call had died.")
        if isinstance(start, Outbound):
            self._log.note("asked", what="call", request_id=request_id() or None)
        services.directory.add_channel(self.configuration_id, self.channel_id, self)

    def post(self, event: m.CallEvent) -> None:
        """Hand an event to the call. Its inbox only fills up when the call's own task hangs."""
        try:
            self._inbox.put_nowait(event)
        except asyncio.QueueFull:
            log.error("a call does not take its events", channel_id=self.channel_id)

    @property
    def is_on_the_pbx(self) -> bool:
        """Whether the caller's channel must exist by now; that of an outbound call is made in its course."""
        return not isinstance(self._start, Outbound) or self._has_been_seen

    @property
    def live_state(self) -> LiveState:
        """What happens in the call at this moment."""
        return self._call.live_state if self._call is not None else LiveState.SETTING_UP

    def controls(self, by: EndedBy) -> CallControls | None:
        """What may be asked of the call; None before it has an agent."""
        return self._active.controls(by) if self._active is not None else None

    def on_ari(self, event: ChannelEvent) -> None:
        """An ARI event of one of this call's channels."""
        leg = self._leg_of(event.channel.id)
        self._log.note("ari", type=type(event).__name__, leg=leg, state=event.channel.state or None)
        if leg == "caller":
            self._has_been_seen = True
            self._caller.on_ari(event)
        elif self._active is not None:
            self._active.on_ari(event)

    def _leg_of(self, channel_id: str) -> str:
        if channel_id == self.channel_id:
            return "caller"
        is_target = self._active is not None and channel_id == self._active.target.channel_id
        return "transfer" if is_target else "media"

    async def run(self) -> None:
        """Serve the call to its end. Never raises, except when it is cancelled."""
        names = {"configuration_id": self.configuration_id, "channel_id": self.channel_id}
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
        await self._caller.release(m.CAUSE_CONGESTION)
        if self._writer is not None and not self._writer.is_finished:
            await self._writer.finish(RunEnd(OUR_ERROR))

    async def _run(self) -> None:
        admission = await self._admission()
        if admission is None:
            log.warning("a call reached a config that no longer exists")
            await self._caller.release(m.CAUSE_CONGESTION)
            return
        answered_at = self._start.run.answered_at if isinstance(self._start, Resumed) else None
        writer = RunWriter(self._services.database, admission.run_id, self._log, answered_at=answered_at)
        with structlog.contextvars.bound_contextvars(run_id=admission.run_id):
            if admission.route.refusal is not None:
                await self._refuse(admission, admission.route.refusal, writer)
            else:
                self._writer = writer
                await self._serve(admission, writer)

    @property
    def _direction(self) -> Direction:
        match self._start:
            case Outbound():
                return Direction.OUTBOUND
            case Resumed(run) if run.is_outbound:
                return Direction.OUTBOUND
        return Direction.INBOUND

    async def _admission(self) -> Admission | None:
        match self._start:
            case Inbound(arrival):
                return await self._admit(arrival)
            case Outbound(admission):
                return admission
            case Resumed(run):
                return run.admission

    async def _admit(self, arrival: Arrival) -> Admission | None:
        """Admit the call; while the database is away for a moment, the caller rings longer.

        Raises:
            SQLAlchemyError, OSError: it stayed away; the caller was refused and the run can't be recorded.
        """
        services = self._services
        no_capacity = services.no_capacity()
        for attempt in count(1):
            try:
                admission = await admit(
                    services.database, arrival, node=services.node, no_capacity=no_capacity
                )
            except (SQLAlchemyError, OSError) as error:
                self._log.note("admission_delayed", error=type(error).__name__)
                log.warning("a call could not be recorded", attempt=attempt, error=type(error).__name__)
                if attempt == ADMISSION_TRIES:
                    no_capacity = "The database did not answer when the call came."
                    await self._caller.release(m.CAUSE_CONGESTION)
                elif attempt == RECORDING_TRIES:
                    raise
                await asyncio.sleep(min(ADMISSION_RETRY_S * attempt, MAX_ADMISSION_RETRY_S))
            else:
                self._log.note("admitted", duration_ms=self._log.now_ms)
                return admission
        raise AssertionError("counting never ends")

    async def _refuse(self, admission: Admission, refusal: Refusal, writer: RunWriter) -> None:
        log.warning(refusal.warning, pii_called_number=admission.context.get("called_number", ""))
        self._log.note("refused", outcome=refusal.outcome, reason=refusal.detail)
        CALLS_REFUSED.labels(self._direction, refusal.reason).inc()
        await self._turn_away(admission, refusal.release_cause)
        await writer.write()

    async def _turn_away(self, admission: Admission, cause: int) -> None:
        may_fall_back = isinstance(self._start, Inbound)
        if may_fall_back and admission.route.configuration.on_failure is OnFailure.DIALPLAN:
            await self._caller.fall_back(cause)
        else:
            await self._caller.release(cause)

    async def _serve(self, admission: Admission, writer: RunWriter) -> None:
        services = self._services
        services.directory.add_run(admission.run_id, self)
        admission = await self._with_details(admission, writer)
        left_off = self._start.run.conversation if isinstance(self._start, Resumed) else None
        try:
            plan = services.plan_agent(admission, left_off)
        except AgentError as error:
            finish = m.Finish(Outcome.FAILED, EndedBy.SYSTEM, m.CAUSE_CONGESTION, str(error))
            await self._turn_away(admission, m.CAUSE_CONGESTION)
            CALLS_ENDED.labels(self._direction, finish.outcome).inc()
            await writer.finish(RunEnd(finish))
            return
        call = self._call = m.Call(self._setting(plan, admission.route.configuration))
        active = self._active = ActiveCall(
            self,
            call,
            self._caller,
            services,
            self._ari,
            self._app,
            admission,
            plan,
            writer,
            self._log,
            order=self._start.order if isinstance(self._start, Outbound) else None,
            is_resumed=isinstance(self._start, Resumed),
            standing=self._start.run.standing if isinstance(self._start, Resumed) else None,
        )
        if isinstance(self._start, Resumed) and self._start.target_id:
            active.target.adopt(self._start.target_id)
        finish = OUR_ERROR
        try:
            finish = await self._follow(call, active, admission)
        except asyncio.CancelledError:
            finish = STOPPED
            raise
        finally:
            await _uninterrupted(active.close(finish))
            CALLS_ENDED.labels(self._direction, finish.outcome).inc()
            log.info("a call ended", outcome=finish.outcome, ended_by=finish.ended_by, reason=finish.detail)

    async def _with_details(self, admission: Admission, writer: RunWriter) -> Admission:
        """With what the configuration wants to know of the caller's channel."""
        if not isinstance(self._start, Inbound):
            return admission
        configuration = admission.route.configuration
        context = await with_details(admission.context, configuration, self._ari, self.channel_id)
        if context is admission.context:
            return admission
        writer.change(context=context)
        return replace(admission, context=context)

    def _setting(self, plan: AgentPlan, configuration: Configuration) -> m.Setting:
        setting = m.Setting(
            max_duration_ms=plan.max_duration_s * 1000,
            can_fall_back=configuration.on_failure is OnFailure.DIALPLAN,
        )
        match self._start:
            case Inbound(_, is_answered):
                return replace(setting, is_answered=is_answered)
            case Outbound(order=order):
                return replace(setting, ring_timeout_ms=order.ring_timeout_s * 1000, can_fall_back=False)
            case Resumed(run, is_answered, _, target_id):
                left_ms = setting.max_duration_ms - run.talked_ms
                return replace(
                    setting,
                    is_answered=is_answered,
                    is_transferred=bool(target_id),
                    max_duration_ms=max(0, left_ms),
                    can_fall_back=setting.can_fall_back and not run.is_outbound,
                    agent_timeout_ms=m.RESUMED_AGENT_TIMEOUT_MS,
                )

    def _show(self, admission: Admission) -> None:
        """Tell whoever looks that the call is not as it was, and with it its connection."""
        self._services.database.changes.tell(
            Change(WorkflowRun.__tablename__, admission.run_id, admission.route.limits.organization_id),
        )

    async def _follow(self, call: m.Call, active: ActiveCall, admission: Admission) -> m.Finish:
        commands = call.begin()
        context = admission.context
        log.info(
            "a call begins",
            pii_from=context.get("caller_number", ""),
            pii_to=context.get("called_number", ""),
        )
        while True:
            for command in commands:
                if isinstance(command, m.Finish):
                    return command
                active.do(command)
            shown = call.live_state
            commands = call.handle(await self._inbox.get())
            if call.live_state is not shown:
                self._show(admission)


async def _uninterrupted(closing: Coroutine[Any, Any, None]) -> None:
    """Finish closing even when the call's task is cancelled meanwhile; the cancellation comes after it."""
    task = asyncio.create_task(closing)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
