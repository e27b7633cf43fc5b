"""An admitted call while it lives: does what the machine decides, and closes everything that was opened for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import replace
from typing import TypeVar

from asisso.agents.agent import AgentError
from asisso.asterisk.ari.errors import AriError, AriNotFound, AriStatusError
from asisso.asterisk.ari.rest import AriClient, ExternalMedia
from asisso.asterisk.media.protocol import MediaEvent
from asisso.audio.frame import MediaFormat
from asisso.vocabulary import Outcome

from . import machine as m
from .admission import Admission
from .directory import LiveCall
from .effects import Effects
from .line import CallLine, MediaSocket
from .log import CallLog
from .media_legs import MediaLegs
from .plan import AgentPlan, CallServices
from .recorder import Recorder, recording_path
from .runs import RunEnd, RunWriter

T = TypeVar("T")

TICK_S = 0.1
TICKS_PER_RECORDING_WRITE = 10
TICKS_PER_LOG_WRITE = 20
LEAVING_GRACE_S = 0.3
"""A request that fails because the caller is just leaving is followed by the event that says so within this time."""


class ActiveCall:
    """The call's parts and the steps that connect them. Its methods return at once, except `close`.

    Attributes:
        legs: the media side.
    """

    def __init__(
        self,
        session: LiveCall,
        services: CallServices,
        ari: AriClient,
        app: str,
        admission: Admission,
        plan: AgentPlan,
        writer: RunWriter,
        call_log: CallLog,
    ) -> None:
        configuration = admission.route.configuration
        media_format = MediaFormat(configuration.media_format)
        self._session = session
        self._ari = ari
        self._app = app
        self._agent = plan.agent
        self._writer = writer
        self._log = call_log
        self._recording = recording_path(admission.route.limits.organization_id, admission.run_id)
        self._recorder = (
            Recorder(services.recordings / self._recording, media_format.sample_rate, services.disk)
            if plan.is_recorded
            else None
        )
        self._line = CallLine(media_format, plan.agent, call_log, self._recorder)
        self.legs = MediaLegs(self, ari, app, services.directory, configuration, session.post)
        self._effects = Effects(self._on_bug)
        self._effects.every(TICK_S, self._tick)
        self._ticks = 0
        self._answer_ms: int | None = None

    # what the media socket tells

    @property
    def session(self) -> LiveCall:
        """The call this belongs to."""
        return self._session

    @property
    def has_media(self) -> bool:
        """Whether a media socket is connected."""
        return self.legs.socket is not None

    def on_media_connected(self, attempt: int, socket: MediaSocket) -> None:
        """A media socket belongs to this call; its audio flows once caller and media are bridged."""
        self._log.note("media_connected", attempt=attempt)
        self.legs.connected(attempt, socket)

    def on_media_audio(self, payload: bytes) -> None:
        self._line.receive_audio(payload)

    def on_media_event(self, event: MediaEvent) -> None:
        self._line.receive_event(event)

    def on_media_closed(self, attempt: int, code: int) -> None:
        """The media socket of an attempt is gone."""
        self._log.note("media_closed", attempt=attempt, code=code)
        if self.legs.closed(attempt):
            self._line.disconnect()

    # what the machine decides

    def do(self, command: m.Command) -> None:
        """Begin one of the machine's commands; how it went comes back as an event."""
        caller, bridge, post = self._session.arrival.channel_id, self._session.bridge_id, self._session.post
        match command:
            case m.PrepareAgent():
                self._effects.work(self._prepare_agent())
            case m.CreateBridge():
                self._request(m.Request.BRIDGE, self._ari.create_bridge(bridge), m.BridgeReady())
            case m.CreateMedia(attempt):
                self._effects.request(self._create_media(attempt, self.legs.register(attempt)))
            case m.DropMedia(attempt):
                if self.legs.release(attempt):
                    self._line.disconnect()
                self._effects.request(self._remove(self._ari.hang_up(self.legs.channel_id(attempt))))
            case m.AddToBridge(attempt):
                adding = self._ari.add_to_bridge(bridge, [caller, self.legs.channel_id(attempt)])
                self._request(m.Request.ADD, adding, m.Bridged(attempt))
            case m.Answer():
                self._request(m.Request.ANSWER, self._ari.answer(caller), m.Answered())
            case m.StartConversation():
                self._start_conversation()
            case m.ResumeConversation():
                self._connect_line()
            case m.StartTimer(timer, delay_ms, attempt):
                self._effects.later(delay_ms / 1000, lambda: post(m.TimeUp(timer, attempt)))

    async def _prepare_agent(self) -> None:
        started_ms = self._log.now_ms
        try:
            await self._agent.prepare()
        except AgentError as error:
            self._session.post(m.AgentUnready(str(error)))
        else:
            self._log.note("agent_ready", duration_ms=self._log.now_ms - started_ms)
            self._session.post(m.AgentReady())

    async def _create_media(self, attempt: int, media: ExternalMedia) -> None:
        try:
            connection_id = await self._timed("external_media", self.legs.request(attempt, media))
        except AriError:
            return  # the machine knows
        if not media.websocket_client:
            self._effects.work(self.legs.dial(attempt, connection_id))

    def _start_conversation(self) -> None:
        self._answer_ms = self._log.now_ms
        self._log.note("answered")
        self._line.open_ears()
        self._connect_line()
        self._effects.work(self._converse())
        self._effects.request(self._writer.answered())
        self._effects.request(self._ask_for_the_cause())

    def _connect_line(self) -> None:
        if self.legs.socket is not None:
            self._line.connect(self.legs.socket)

    async def _converse(self) -> None:
        try:
            end = await self._agent.converse(self._line)
        except AgentError as error:
            self._session.post(m.AgentBroke(f"The agent could not go on: {error}"))
        else:
            self._log.note("agent_left", outcome=end.outcome)
            self._session.post(m.AgentLeft(Outcome(end.outcome)))

    async def _ask_for_the_cause(self) -> None:
        await self._remove(self._ari.subscribe_to_channel(self._app, self._session.arrival.channel_id))

    # requests

    def _request(self, request: m.Request, doing: Awaitable[None], done: m.CallEvent) -> None:
        self._effects.request(self._follow_request(request, doing, done))

    async def _follow_request(self, request: m.Request, doing: Awaitable[None], done: m.CallEvent) -> None:
        name = request.name.lower()
        try:
            await self._timed(name, doing)
        except AriError as error:
            if isinstance(error, AriStatusError):
                await asyncio.sleep(LEAVING_GRACE_S)
            self._session.post(m.RequestFailed(request, f"Asterisk could not {name} the call: {error}."))
        else:
            self._session.post(done)

    async def _timed(self, what: str, doing: Awaitable[T]) -> T:
        started, result = time.perf_counter(), "ok"
        try:
            return await doing
        except AriError as error:
            result = str(error)
            raise
        finally:
            duration_ms = round((time.perf_counter() - started) * 1000, 1)
            self._log.note("request", what=what, result=result, duration_ms=duration_ms)

    async def _remove(self, doing: Awaitable[None]) -> None:
        """Do what may already be done: a missing object is fine, the rest is left to the housekeeper."""
        try:
            await doing
        except AriNotFound:
            return
        except AriError as error:
            self._log.note("request_failed", reason=str(error))

    # time and the end

    def _tick(self) -> None:
        self._ticks += 1
        self._line.tick()
        if self._ticks % TICKS_PER_RECORDING_WRITE == 0:
            self._line.write_recording()
        if self._ticks % TICKS_PER_LOG_WRITE == 0:
            self._effects.request(self._writer.write())

    def _on_bug(self) -> None:
        self._session.post(
            m.AgentBroke("An internal error ended the call; the server's log has the details.")
        )

    async def close(self, finish: m.Finish) -> None:
        """End the call in every ending. Each step is bounded; the run is finished whatever fails before."""
        self._log.note("ended", outcome=finish.outcome, ended_by=finish.ended_by, reason=finish.detail)
        try:
            await self._effects.close()
            await self._leave_the_pbx(finish.release_cause)
            await self._line.close()
            await self._agent.close()
        finally:
            await self._writer.finish(self._end(finish))

    async def _leave_the_pbx(self, release_cause: int | None) -> None:
        removing = [self._remove(self._ari.hang_up(i)) for i in self.legs.channel_ids]
        removing.append(self._remove(self._ari.delete_bridge(self._session.bridge_id)))
        if release_cause is not None:
            caller = self._session.arrival.channel_id
            removing.append(self._remove(self._ari.hang_up(caller, cause=release_cause)))
        await asyncio.gather(*removing)
        self.legs.release_all()

    def _end(self, finish: m.Finish) -> RunEnd:
        has_recording = self._recorder is not None and self._recorder.has_sound
        return RunEnd(
            replace(finish, cause=finish.cause or self._session.cause),
            latency={
                "answer_ms": self._answer_ms,
                "first_audio_ms": self._line.first_audio_ms,
                "turns": self._log.turn_latencies,
            },
            usage={"media_attempts": len(self.legs.channel_ids)},
            recording_path=self._recording if has_recording else None,
        )
