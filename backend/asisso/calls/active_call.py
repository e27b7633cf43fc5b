"""An admitted call while it lives: does what the machine decides, and closes everything that was opened for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

from asisso.agents.agent import AgentError
from asisso.asterisk.ari.errors import AriError, AriStatusError
from asisso.asterisk.ari.events import ChannelEvent
from asisso.asterisk.ari.rest import AriClient, ExternalMedia
from asisso.asterisk.media.protocol import MediaEvent
from asisso.audio.frame import MediaFormat
from asisso.vocabulary import EndedBy, Outcome

from . import machine as m
from .admission import Admission
from .announcer import Announcer
from .caller_leg import CallerLeg, DialOrder
from .control import CallControls, TransferWaiters
from .directory import LiveCall
from .effects import Effects
from .line import CallLine, MediaSocket
from .log import CallLog
from .media_legs import MediaLegs
from .plan import AgentPlan, CallServices
from .recorder import Recorder, recording_path
from .requests import NotPossible, Requests
from .runs import RunEnd, RunWriter
from .silence import Silence, SilenceWatch
from .target_leg import TargetLeg

TICK_S = 0.1
TICKS_PER_RECORDING_WRITE = 10
TICKS_PER_LOG_WRITE = 20
LEAVING_GRACE_S = 0.3
"""A request that fails because the caller is just leaving is followed by the event that says so within this time."""

DEAF_AFTER_MS = 5_000
"""An answered call that has brought no frame at all by then may be deaf on one side; its media is made anew once."""


class ActiveCall:
    """The call's parts and the steps that connect them. Its methods return at once, except `close`.

    Args:
        call: the machine, looked at and never changed here.
        order: whom an outbound call dials.
        is_resumed: an earlier process carried this call.

    Attributes:
        legs: the media side.
        target: whom the caller is transferred to.
    """

    def __init__(
        self,
        session: LiveCall,
        call: m.Call,
        caller: CallerLeg,
        services: CallServices,
        ari: AriClient,
        app: str,
        admission: Admission,
        plan: AgentPlan,
        writer: RunWriter,
        call_log: CallLog,
        *,
        order: DialOrder | None,
        is_resumed: bool,
    ) -> None:
        configuration = admission.route.configuration
        media_format = MediaFormat(configuration.media_format)
        self._session = session
        self._call = call
        self._caller = caller
        self._order = order
        self._ari = ari
        self._plan = plan
        self._agent = plan.agent
        self._writer = writer
        self._log = call_log
        self._requests = Requests(call_log)
        self._caller_number = str(admission.context.get("caller_number", ""))
        self._dial_template = configuration.dial_template
        self._transfers = TransferWaiters()
        self._recording = recording_path(admission.route.limits.organization_id, admission.run_id)
        path = services.recordings / self._recording
        self._recorder = (
            Recorder(path, media_format.sample_rate, services.disk, resumes=is_resumed)
            if plan.is_recorded
            else None
        )
        self._line = CallLine(
            media_format,
            plan.agent,
            call_log,
            self._recorder,
            silence=SilenceWatch(plan.silence_timeout_s * 1000),
            control=self.controls(EndedBy.AGENT),
            on_key=lambda digit: session.post(m.KeyPressed(digit)),
        )
        self._announcer = Announcer(self._line, caller, plan.phrases, plan.speak, call_log)
        self.legs = MediaLegs(self, ari, app, services.directory, configuration, session.post)
        self.target = TargetLeg(session, ari, app, services.directory, call_log, session.post)
        self._conversation: asyncio.Task[None] | None = None
        self._effects = Effects(self._on_bug)
        self._effects.every(TICK_S, self._tick)
        self._ticks = 0
        self._answer_ms: int | None = None
        self._was_deaf = False

    def controls(self, by: EndedBy) -> CallControls:
        """What may be asked of this call."""
        return CallControls(
            self._call, self._caller, self._session.post, self._dial_template, self._transfers, by
        )

    def on_ari(self, event: ChannelEvent) -> None:
        """An ARI event of one of the channels that are not the caller's."""
        self.legs.on_ari(event)
        self.target.on_ari(event)

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
        bridge, post, caller = self._session.bridge_id, self._session.post, self._caller
        match command:
            case m.PrepareAgent():
                self._effects.work(self._prepare_agent())
            case m.CreateBridge():
                creating = self._requests.timed("bridge", self._ari.create_bridge(bridge))
                self._request(m.Request.BRIDGE, creating, m.BridgeReady())
            case m.CreateMedia(attempt):
                self._effects.request(self._create_media(attempt, self.legs.register(attempt)))
            case m.DropMedia(attempt):
                if self.legs.release(attempt):
                    self._line.disconnect()
                hanging_up = self._ari.hang_up(self.legs.channel_id(attempt))
                self._effects.request(self._requests.quietly(hanging_up))
            case m.Dial() if self._order is not None:
                self._request(m.Request.DIAL, caller.dial(self._order))
            case m.ShowRinging():
                self._log.note("ringing")
                self._effects.request(self._writer.ringing())
            case m.AddToBridge(attempt, with_caller):
                self._add_to_bridge(attempt, with_caller=with_caller)
            case m.Answer():
                self._request(m.Request.ANSWER, caller.answer(), m.Answered())
            case m.StartConversation():
                self._start_conversation()
            case m.ResumeConversation():
                self._connect_line()
            case m.DismissAgent(leaves_line):
                self._dismiss_agent(leaves_line=leaves_line)
            case m.Say(phrase):
                self._effects.work(self._say(phrase))
            case m.StartTimer(timer, delay_ms, attempt):
                self._effects.later(delay_ms / 1000, lambda: post(m.TimeUp(timer, attempt)))
            case _:
                self._do_transfer(command)

    def _do_transfer(self, command: m.Command) -> None:
        bridge, caller, target = self._session.bridge_id, self._caller, self.target
        match command:
            case m.Park():
                self._log.note("parked")
                self._line.park()
                self._request(m.Request.PARK, caller.park(bridge))
            case m.Unpark():
                self._request(m.Request.UNPARK, self._unpark())
            case m.DialTarget(plan):
                self._log.note("transfer", pii_to=plan.endpoint, is_attended=bool(plan.briefing))
                self._request(m.Request.DIAL_TARGET, target.dial(plan, self._caller_number))
            case m.AddTarget():
                self._request(m.Request.ADD_TARGET, target.add_to(bridge), m.TargetAdded())
            case m.Brief(text):
                self._effects.work(self._brief(text))
            case m.JoinTarget():
                joining = caller.join(bridge, [target.channel_id])
                self._request(m.Request.JOIN_TARGET, joining, m.TargetJoined())
            case m.DropTarget():
                self._effects.request(target.drop())
            case m.HandOver(place):
                self._log.note("transfer", context=place.context, pii_to=place.extension)
                self._request(m.Request.HAND_OVER, caller.hand_over(place), m.HandedOver())
            case m.Refer(plan):
                self._log.note("transfer", pii_to=plan.endpoint, is_referral=True)
                self._request(m.Request.REFER, caller.refer(plan.endpoint))
            case m.EndTransfer(reason):
                self._log.note("transfer_failed" if reason else "transferred", reason=reason)
                self._transfers.tell(reason)

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
            connection_id = await self._requests.timed("external_media", self.legs.request(attempt, media))
        except AriError:
            return  # the machine knows
        if not media.websocket_client:
            self._effects.work(self.legs.dial(attempt, connection_id))

    def _add_to_bridge(self, attempt: int, *, with_caller: bool) -> None:
        channels = [self._caller.channel_id] if with_caller else []
        adding = self._ari.add_to_bridge(self._session.bridge_id, [*channels, self.legs.channel_id(attempt)])
        self._request(m.Request.ADD, self._requests.timed("add", adding), m.Bridged(attempt))

    def _start_conversation(self) -> None:
        self._answer_ms = self._log.now_ms
        self._log.note("answered")
        self._line.open_ears()
        self._connect_line()
        self._conversation = self._effects.work(self._converse())
        self._effects.request(self._writer.answered())
        self._effects.request(self._caller.ask_for_the_cause())

    def _connect_line(self) -> None:
        if self.legs.socket is not None:
            self._line.connect(self.legs.socket)

    async def _converse(self) -> None:
        await asyncio.sleep(self._plan.greeting_delay_ms / 1000)
        try:
            end = await self._agent.converse(self._line)
        except AgentError as error:
            self._session.post(m.AgentBroke(f"The agent could not go on: {error}"))
        else:
            self._log.note("agent_left", outcome=end.outcome)
            self._session.post(m.AgentLeft(Outcome(end.outcome)))

    def _dismiss_agent(self, *, leaves_line: bool) -> None:
        if self._conversation is not None:
            self._conversation.cancel()
        if leaves_line:
            self._line.hang_up()
        else:
            self._line.interrupt()

    async def _say(self, phrase: m.Phrase) -> None:
        await self._announcer.say(phrase)
        self._session.post(m.Said())

    async def _brief(self, text: str) -> None:
        await self._announcer.brief(text)
        self._session.post(m.Briefed())

    async def _unpark(self) -> None:
        await self._caller.unpark(self._session.bridge_id)
        self._log.note("unparked")
        self._line.unpark()

    # requests

    def _request(self, request: m.Request, doing: Awaitable[None], done: m.CallEvent | None = None) -> None:
        self._effects.request(self._follow_request(request, doing, done))

    async def _follow_request(
        self, request: m.Request, doing: Awaitable[None], done: m.CallEvent | None
    ) -> None:
        try:
            await doing
        except NotPossible as error:
            self._session.post(m.RequestFailed(request, str(error)))
        except AriError as error:
            if isinstance(error, AriStatusError):
                await asyncio.sleep(LEAVING_GRACE_S)
            what = request.name.lower().replace("_", " ")
            self._session.post(m.RequestFailed(request, f"Asterisk could not {what} the call: {error}."))
        else:
            if done is not None:
                self._session.post(done)

    # time and the end

    def _tick(self) -> None:
        self._ticks += 1
        match self._line.tick():
            case Silence.PROMPT:
                self._effects.work(self._announcer.say(m.Phrase.SILENCE_PROMPT))
            case Silence.CALLER:
                self._session.post(m.CallerSilent())
            case Silence.AGENT:
                self._session.post(m.AgentBroke("The agent did not answer in time."))
        self._mend_deafness()
        if self._ticks % TICKS_PER_RECORDING_WRITE == 0:
            self._line.write_recording()
        if self._ticks % TICKS_PER_LOG_WRITE == 0:
            self._effects.request(self._writer.write())

    def _mend_deafness(self) -> None:
        """New media once, when nothing at all was heard of the caller; a telephone may also just send no silence."""
        if self._was_deaf or self._line.deaf_ms < DEAF_AFTER_MS or self._line.is_speaking:
            return
        self._was_deaf = True
        reason = "Asterisk sent no sound of the caller."
        self._log.note("no_audio_from_caller", reason=reason)
        if self._call.can_be_controlled:
            self._session.post(m.MediaLost(self._call.attempt, reason))

    def _on_bug(self) -> None:
        self._session.post(
            m.AgentBroke("An internal error ended the call; the server's log has the details.")
        )

    async def close(self, finish: m.Finish) -> None:
        """End the call in every ending. Each step is bounded; the run is finished whatever fails before."""
        self._log.note("ended", outcome=finish.outcome, ended_by=finish.ended_by, reason=finish.detail)
        try:
            await self._effects.close()
            await self._leave_the_pbx(finish)
            await self._line.close()
            await self._agent.close()
        finally:
            self._transfers.tell("The call has ended.")
            await self._writer.finish(self._end(finish))

    async def _leave_the_pbx(self, finish: m.Finish) -> None:
        removing = [self._requests.quietly(self._ari.hang_up(i)) for i in self.legs.channel_ids]
        if not finish.leaves_bridge:
            removing.append(self.target.drop())
            removing.append(self._requests.quietly(self._ari.delete_bridge(self._session.bridge_id)))
        if finish.release_cause is not None:
            leave = self._caller.fall_back if finish.falls_back else self._caller.release
            removing.append(leave(finish.release_cause))
        await asyncio.gather(*removing)
        self.legs.release_all()

    def _end(self, finish: m.Finish) -> RunEnd:
        has_recording = self._recorder is not None and self._recorder.has_sound
        return RunEnd(
            replace(finish, cause=finish.cause or self._caller.cause),
            latency={
                "answer_ms": self._answer_ms,
                "first_audio_ms": self._line.first_audio_ms,
                "turns": self._log.turn_latencies,
            },
            usage={"media_attempts": len(self.legs.channel_ids)},
            recording_path=self._recording if has_recording else None,
        )
