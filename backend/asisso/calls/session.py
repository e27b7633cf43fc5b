"""The task that owns one inbound call: it does what the machine decides and closes everything it opened.

Nothing else changes the call. Events of ARI, of the media socket and of people come through `post` and the
`on_*` methods, which never wait.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from asisso.agents.agent import Agent, AgentError
from asisso.asterisk.ari.errors import AriError, AriNotFound, AriStatusError, AriUnprocessable
from asisso.asterisk.ari.events import (
    AriEvent,
    Channel,
    ChannelDestroyed,
    ChannelHangupRequest,
    StasisEnd,
    StasisStart,
)
from asisso.asterisk.ari.rest import AriClient, ExternalMedia
from asisso.asterisk.media.protocol import MediaEvent
from asisso.audio.frame import MediaFormat
from asisso.db.engine import Database
from asisso.db.models.enums import EndedBy, Outcome

from . import machine as m
from .admission import Admission, admit
from .directory import SECRET_VARIABLE, Directory
from .effects import Effects
from .ids import new_bridge_id, new_media_id
from .line import CallLine, MediaSocket
from .log import CallLog
from .recorder import Recorder
from .routing import Arrival
from .runs import RunEnd, RunWriter

log = structlog.get_logger(__name__)

TICK_S = 0.1
TICKS_PER_RECORDING_WRITE = 10
TICKS_PER_LOG_WRITE = 20
MAX_INBOX = 1_000
LEAVING_GRACE_S = 0.3
"""A request that fails because the caller is just leaving is followed by the event that says so within this time."""

CAUSE_GRACE_S = 0.15
"""How long after StasisEnd the hang-up cause of a subscribed channel may take to come."""

CAUSE_NO_ROUTE = 3
"""Q.850 cause of a media channel whose WebSocket never came up."""


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """An agent for one call, and the workflow settings the call itself obeys."""

    agent: Agent
    max_duration_s: int
    is_recorded: bool


PlanAgent = Callable[[Admission], AgentPlan]
"""Makes the agent of an admitted call; raises AgentError when the workflow's agent can't be made."""


@dataclass(frozen=True, slots=True)
class CallServices:
    """What every call of this process uses.

    Attributes:
        no_capacity: says why no call can be taken now, None when one can.
    """

    database: Database
    directory: Directory
    plan_agent: PlanAgent
    recordings: Path
    disk: Executor
    node: str
    no_capacity: Callable[[], str | None]


class CallSession:
    """One inbound call, from the StasisStart of its caller to its finished run."""

    def __init__(
        self, services: CallServices, ari: AriClient, app: str, arrival: Arrival, *, is_answered: bool
    ) -> None:
        self.arrival = arrival
        self.run_id: str | None = None
        self._services = services
        self._ari = ari
        self._app = app
        self._is_answered = is_answered
        self._log = CallLog()
        self._inbox: asyncio.Queue[m.CallEvent] = asyncio.Queue(MAX_INBOX)
        self.bridge_id = new_bridge_id(arrival.configuration_id)
        self._media_ids: dict[int, str] = {}
        self._socket: MediaSocket | None = None
        self._socket_attempt = 0
        self._effects = Effects(self._on_bug)
        self._cause: m.HangupCause | None = None
        self._is_subscribed = False
        self._answer_ms: int | None = None
        self._agent: Agent
        self._line: CallLine
        self._recorder: Recorder | None = None
        self._writer: RunWriter
        self._admission: Admission
        self._ticks = 0
        services.directory.add_channel(arrival.configuration_id, arrival.channel_id, self)

    # what happens; none of these waits

    @property
    def has_media(self) -> bool:
        return self._socket is not None

    def post(self, event: m.CallEvent) -> None:
        """Hand an event to the call; a call that is flooded beyond `MAX_INBOX` is ended."""
        try:
            self._inbox.put_nowait(event)
        except asyncio.QueueFull:
            log.error("a call's inbox is full", run_id=self.run_id)

    def on_ari(self, event: AriEvent) -> None:
        """An ARI event of one of this call's channels."""
        channel: Channel | None = getattr(event, "channel", None)
        if channel is None:
            return
        self._log.note("ari", type=type(event).__name__, leg=self._leg(channel.id))
        if channel.id == self.arrival.channel_id:
            self._on_caller(event)
            return
        attempt = next((n for n, i in self._media_ids.items() if i == channel.id), None)
        if attempt is None:
            return
        match event:
            case StasisStart():
                self.post(m.MediaEntered(attempt))
            case ChannelDestroyed(_, cause, text):
                self.post(m.MediaLost(attempt, self._why_media_ended(cause, text)))

    def _on_caller(self, event: AriEvent) -> None:
        match event:
            case ChannelHangupRequest(_, cause, sip_status) if cause is not None:
                self._cause = m.HangupCause(cause, "", sip_status)
            case ChannelDestroyed(_, cause, text, sip_status):
                self._cause = m.HangupCause(cause, text, sip_status)
                self.post(m.CallerLeft(self._cause))
            case StasisEnd():
                wait_s = CAUSE_GRACE_S if self._is_subscribed else 0.0
                self._effects.later(wait_s, lambda: self.post(m.CallerLeft(self._cause)))

    def on_media_connected(self, attempt: int, socket: MediaSocket) -> None:
        """A media socket showed this call's secret; its audio flows once caller and media are bridged."""
        self._socket, self._socket_attempt = socket, attempt
        self._log.note("media_connected", attempt=attempt)
        self.post(m.MediaConnected(attempt))

    def on_media_audio(self, payload: bytes) -> None:
        self._line.receive_audio(payload)

    def on_media_event(self, event: MediaEvent) -> None:
        self._line.receive_event(event)

    def on_media_closed(self, attempt: int, code: int) -> None:
        """The media socket of an attempt is gone."""
        self._log.note("media_closed", attempt=attempt, code=code)
        if attempt == self._socket_attempt:
            self._socket = None
            self._line.disconnect()
        self.post(m.MediaLost(attempt, "The media connection broke off during the call."))

    def _on_bug(self) -> None:
        self.post(m.AgentBroke("An internal error ended the call; the server's log has the details."))

    # the call

    async def run(self) -> None:
        """Serve the call to its end. Never raises, except when it is cancelled."""
        with structlog.contextvars.bound_contextvars(
            configuration_id=self.arrival.configuration_id, channel_id=self.arrival.channel_id
        ):
            try:
                await self._run()
            except Exception:
                log.exception("a call ended by an error of ours", run_id=self.run_id)
                await self._quietly(self._ari.hang_up(self.arrival.channel_id))
            finally:
                self._services.directory.remove(self)

    async def _run(self) -> None:
        services = self._services
        admission = await admit(
            services.database, self.arrival, node=services.node, no_capacity=services.no_capacity()
        )
        if admission is None:
            log.warning("a call reached a config that no longer exists")
            await self._release(m.CAUSE_CONGESTION)
            return
        self.run_id = admission.run_id
        self._admission = admission
        self._writer = RunWriter(services.database, admission.run_id)
        refusal = admission.route.refusal
        if refusal is not None:
            log.warning(refusal.warning, run_id=self.run_id, pii_called_number=self.arrival.called_number)
            self._log.note("refused", outcome=refusal.outcome, reason=refusal.detail)
            await self._release(refusal.release_cause)
            await self._writer.write(self._log)
            return
        services.directory.add_run(admission.run_id, self)
        with structlog.contextvars.bound_contextvars(run_id=admission.run_id):
            log.info("a call begins", pii_from=self.arrival.caller_number, pii_to=self.arrival.called_number)
            await self._serve(admission)

    async def _serve(self, admission: Admission) -> None:
        finish = m.Finish(Outcome.FAILED, EndedBy.SYSTEM, m.CAUSE_CONGESTION, "The call could not be set up.")
        try:
            plan = self._services.plan_agent(admission)
        except AgentError as error:
            self._log.note("agent_unavailable", reason=str(error))
            await self._release(m.CAUSE_CONGESTION)
            await self._write_end(m.Finish(Outcome.FAILED, EndedBy.SYSTEM, None, str(error)))
            return
        self._agent = plan.agent
        media_format = MediaFormat(admission.route.configuration.media_format)
        if plan.is_recorded:
            path = self._services.recordings / self._recording_name
            self._recorder = Recorder(path, media_format.sample_rate, self._services.disk)
        self._line = CallLine(media_format, plan.agent, self._log, self._recorder)
        call = m.InboundCall(is_answered=self._is_answered, max_duration_ms=plan.max_duration_s * 1000)
        self._effects.every(TICK_S, self._tick)
        try:
            finish = await self._follow(call)
        except asyncio.CancelledError:
            finish = m.Finish(
                Outcome.FAILED, EndedBy.SYSTEM, m.CAUSE_NORMAL, "The server was stopped during the call."
            )
            raise
        finally:
            await _uninterrupted(self._tear_down(finish))

    async def _follow(self, call: m.InboundCall) -> m.Finish:
        commands = call.begin()
        while True:
            for command in commands:
                if isinstance(command, m.Finish):
                    return command
                self._do(command)
            commands = call.handle(await self._inbox.get())

    # doing what the machine says

    def _do(self, command: m.Command) -> None:
        match command:
            case m.PrepareAgent():
                self._effects.work(self._prepare_agent())
            case m.CreateBridge():
                self._effects.request(
                    self._request(m.Request.BRIDGE, self._ari.create_bridge(self.bridge_id), m.BridgeReady())
                )
            case m.CreateMedia(attempt):
                self._create_media(attempt)
            case m.DropMedia(attempt):
                self._effects.request(self._drop_media(attempt))
            case m.AddToBridge(attempt):
                channels = [self.arrival.channel_id, self._media_ids[attempt]]
                adding = self._ari.add_to_bridge(self.bridge_id, channels)
                self._effects.request(self._request(m.Request.ADD, adding, m.Bridged(attempt)))
            case m.Answer():
                answering = self._ari.answer(self.arrival.channel_id)
                self._effects.request(self._request(m.Request.ANSWER, answering, m.Answered()))
            case m.StartConversation():
                self._start_conversation()
            case m.ResumeConversation():
                self._connect_line()
            case m.StartTimer(timer, delay_ms, attempt):
                self._effects.later(delay_ms / 1000, lambda: self.post(m.TimeUp(timer, attempt)))

    async def _prepare_agent(self) -> None:
        started_ms = self._log.now_ms
        try:
            await self._agent.prepare()
        except AgentError as error:
            self.post(m.AgentUnready(str(error)))
        else:
            self._log.note("agent_ready", duration_ms=self._log.now_ms - started_ms)
            self.post(m.AgentReady())

    def _create_media(self, attempt: int) -> None:
        configuration = self._admission.route.configuration
        channel_id = self._media_ids[attempt] = new_media_id(configuration.id)
        directory = self._services.directory
        directory.add_channel(configuration.id, channel_id, self)
        secret = directory.issue_ticket(
            self,
            attempt,
            channel_id,
            media_username=configuration.media_username,
            requires_credentials=configuration.require_media_credentials,
        )
        media = ExternalMedia(
            channel_id=channel_id,
            app=self._app,
            websocket_client=configuration.ws_client_name,
            format=configuration.media_format,
            variables={SECRET_VARIABLE: secret},
        )
        self._effects.request(self._request_media(attempt, media))

    async def _request_media(self, attempt: int, media: ExternalMedia) -> None:
        try:
            await self._timed("external_media", self._ari.create_external_media(media))
        except AriUnprocessable as error:
            self.post(
                m.MediaLost(
                    attempt,
                    f"Asterisk refused the media channel ({error.reason}). Check that websocket_client.conf has a "
                    f"section [{media.websocket_client}] and that chan_websocket is loaded.",
                    can_retry=False,
                )
            )
        except AriError as error:
            self.post(m.MediaLost(attempt, f"The media channel could not be made: {error}.", error.retryable))

    async def _drop_media(self, attempt: int) -> None:
        channel_id = self._media_ids[attempt]
        self._services.directory.revoke_ticket(channel_id)
        if attempt == self._socket_attempt and self._socket is not None:
            socket, self._socket = self._socket, None
            self._line.disconnect()
            socket.close(1000)
        await self._quietly(self._timed("drop_media", self._ari.hang_up(channel_id)))

    def _start_conversation(self) -> None:
        self._answer_ms = self._log.now_ms
        self._log.note("answered")
        self._line.open_ears()
        self._connect_line()
        self._effects.work(self._converse())
        self._effects.request(self._note_answer())

    def _connect_line(self) -> None:
        if self._socket is not None:
            self._line.connect(self._socket)

    async def _converse(self) -> None:
        try:
            end = await self._agent.converse(self._line)
        except AgentError as error:
            self.post(m.AgentBroke(f"The agent could not go on: {error}"))
        else:
            self._log.note("agent_left", outcome=end.outcome)
            self.post(m.AgentLeft(Outcome(end.outcome)))

    async def _note_answer(self) -> None:
        await self._writer.answered()
        await self._ari.subscribe_to_channel(self._app, self.arrival.channel_id)
        self._is_subscribed = True

    async def _request(self, request: m.Request, doing: Awaitable[None], done: m.CallEvent) -> None:
        try:
            await self._timed(request.name.lower(), doing)
        except AriError as error:
            if isinstance(error, AriStatusError):
                await asyncio.sleep(LEAVING_GRACE_S)
            self.post(
                m.RequestFailed(request, f"Asterisk could not {request.name.lower()} the call: {error}.")
            )
        else:
            self.post(done)

    async def _timed(self, what: str, doing: Awaitable[None]) -> None:
        started, result = time.perf_counter(), "ok"
        try:
            await doing
        except AriError as error:
            result = str(error)
            raise
        finally:
            duration_ms = round((time.perf_counter() - started) * 1000, 1)
            self._log.note("request", what=what, result=result, duration_ms=duration_ms)

    def _tick(self) -> None:
        self._ticks += 1
        self._line.tick()
        if self._ticks % TICKS_PER_RECORDING_WRITE == 0:
            self._line.write_recording()
        if self._ticks % TICKS_PER_LOG_WRITE == 0:
            self._effects.request(self._writer.write(self._log))

    # the end

    async def _tear_down(self, finish: m.Finish) -> None:
        """Close everything, in every ending. Each step is bounded and none stops the next."""
        self._log.note("ended", outcome=finish.outcome, ended_by=finish.ended_by, reason=finish.detail)
        await self._effects.close()
        for channel_id in self._media_ids.values():
            self._services.directory.revoke_ticket(channel_id)
        self._socket = None
        await asyncio.gather(
            self._release(finish.release_cause),
            *(self._quietly(self._ari.hang_up(i)) for i in self._media_ids.values()),
            self._quietly(self._ari.delete_bridge(self.bridge_id)),
        )
        await self._line.close()
        await self._agent.close()
        await self._write_end(finish, first_audio_ms=self._line.first_audio_ms)
        log.info("a call ended", outcome=finish.outcome, ended_by=finish.ended_by, reason=finish.detail)

    async def _write_end(self, finish: m.Finish, *, first_audio_ms: int | None = None) -> None:
        has_recording = self._recorder is not None and self._recorder.has_sound
        await self._writer.finish(
            self._log,
            RunEnd(
                finish=finish,
                latency={
                    "answer_ms": self._answer_ms,
                    "first_audio_ms": first_audio_ms,
                    "turns": self._log.turn_latencies,
                },
                usage={"media_attempts": len(self._media_ids)},
                recording_path=self._recording_name if has_recording else None,
            ),
        )

    @property
    def _recording_name(self) -> str:
        return f"{self._admission.route.organization.id}/{self.run_id}.wav"

    async def _release(self, cause: int | None) -> None:
        """Hang the caller up; None when there is nobody any more."""
        if cause is not None:
            await self._quietly(self._ari.hang_up(self.arrival.channel_id, cause=cause))

    async def _quietly(self, doing: Awaitable[None]) -> None:
        """Do what may already be done: a missing object is fine, any other failure is left to the housekeeper."""
        try:
            await doing
        except AriNotFound:
            return
        except AriError as error:
            self._log.note("request_failed", reason=str(error))

    def _why_media_ended(self, cause: int, text: str) -> str:
        if cause == CAUSE_NO_ROUTE:
            client = self._admission.route.configuration.ws_client_name
            return (
                f"Asterisk could not connect to the media address in [{client}] of websocket_client.conf: wrong "
                "host, port, path, TLS or credentials, or a firewall between Asterisk and this server."
            )
        return f"The media channel ended ({text or 'no cause given'}, {cause})."

    def _leg(self, channel_id: str) -> str:
        return "caller" if channel_id == self.arrival.channel_id else "media"


async def _uninterrupted(work: Coroutine[Any, Any, None]) -> None:
    """Finish `work` even when the call's task is cancelled meanwhile; the cancellation comes after it."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
