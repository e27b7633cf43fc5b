"""An admitted call while it lives: does what the machine decides, and closes everything that was opened for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

from asisso.asterisk.ari.errors import AriError, AriStatusError
from asisso.asterisk.ari.events import ChannelEvent
from asisso.asterisk.ari.rest import AriClient, ExternalMedia
from asisso.asterisk.media.protocol import MediaEvent
from asisso.metrics import CALL_SETUP
from asisso.vocabulary import Direction, EndedBy

from . import machine as m
from .admission import Admission
from .caller_leg import CallerLeg, DialOrder
from .caller_sound import CallerSound
from .control import CallControls, TransferWaiters
from .conversation import Conversation
from .directory import LiveCall
from .effects import Effects
from .ids import RUN_ID_VARIABLE
from .line import MediaSocket
from .log import CallLog
from .media_legs import MediaLegs
from .plan import AgentPlan, CallServices
from .progress import Progress, Standing
from .requests import NotPossible, Requests
from .rtp_watch import RtpWatch
from .runs import RunEnd, RunWriter
from .target_leg import TargetLeg

TICKS_PER_RECORDING_WRITE = 20
"""Two seconds: what a killed process may lose of a recording, beside what is not settled yet."""
LEAVING_GRACE_S = 0.3
"""A request that fails because the caller is just leaving is followed by the event that says so within this time."""


class ActiveCall:
    """The call's parts and the steps that connect them. Its methods return at once, except `close`.

    Args:
        call: the machine, looked at and never changed here.
        order: whom an outbound call dials.
        is_resumed: an earlier process carried this call.
        standing: how far the conversation had come there.

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
        standing: Standing | None,
    ) -> None:
        configuration = admission.route.configuration
        self._session = session
        self._call = call
        self._caller = caller
        self._order = order
        self._is_resumed = is_resumed
        self._ari = ari
        self._writer = writer
        self._journal = services.journal
        self._journal.add(writer)
        self._log = call_log
        self._requests = Requests(call_log)
        self._direction = Direction.INBOUND if order is None else Direction.OUTBOUND
        self._caller_number = str(admission.context.get("caller_number", ""))
        self._dial_template = configuration.dial_template
        self._transfers = TransferWaiters()
        self._is_analyzed = plan.is_analyzed
        self._progress = Progress(writer.change, call_log, standing)
        self._effects = Effects(self._on_bug)
        self._conversation = Conversation(
            plan,
            admission,
            services,
            caller,
            self._effects,
            self.controls(EndedBy.AGENT),
            session.post,
            call_log,
            self._progress,
            is_resumed=is_resumed,
        )
        self._line = self._conversation.line
        self._rtp = RtpWatch(ari, caller.channel_id)
        names = {RUN_ID_VARIABLE: admission.run_id}
        self.legs = MediaLegs(self, ari, app, services.directory, configuration, session.post, names)
        self.target = TargetLeg(session, ari, app, services.directory, call_log, session.post, names)
        self._leave_the_beat = services.beat.join(self._tick)
        self._ticks = 0

    def controls(self, by: EndedBy) -> CallControls:
        """What may be asked of this call."""
        return CallControls(
            self._call,
            self._caller,
            self._session.post,
            self._dial_template,
            self._transfers,
            by,
            self._log,
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

    @property
    def caller_sound(self) -> CallerSound:
        """Where the caller's frames may go without a word to anybody here."""
        return self._line.sound

    def on_media_audio(self, payload: bytes) -> None:
        self._line.sound.take(payload)

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
                self._effects.work(self._conversation.prepare())
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
                self._writer.ringing()
                self._journal.hurry()
            case m.AddToBridge(attempt, with_caller):
                self._add_to_bridge(attempt, with_caller=with_caller)
            case m.Answer():
                self._request(m.Request.ANSWER, caller.answer(), m.Answered())
            case m.StartConversation():
                self._start_conversation()
            case m.ResumeConversation():
                self._connect_line()
            case m.DismissAgent(leaves_line):
                self._conversation.dismiss_agent(leaves_line=leaves_line)
            case m.Say(phrase):
                self._conversation.say(phrase)
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
                self._transfers.caller_comes_back()
                self._request(m.Request.UNPARK, self._unpark())
            case m.DialTarget(plan, number):
                self._log.note("transfer", pii_to=plan.endpoint, is_attended=bool(plan.briefing))
                self._request(m.Request.DIAL_TARGET, target.dial(plan, self._caller_number), attempt=number)
            case m.AddTarget(number):
                self._request(m.Request.ADD_TARGET, target.add_to(bridge), m.TargetAdded(number), number)
            case m.Brief(text):
                self._conversation.brief(text)
            case m.JoinTarget(number):
                joining = caller.join(bridge, [target.channel_id])
                self._request(m.Request.JOIN_TARGET, joining, m.TargetJoined(number), number)
            case m.DropTarget():
                self._effects.request(target.drop())
            case m.HandOver(place, number):
                self._log.note("transfer", context=place.context, pii_to=place.extension)
                self._request(m.Request.HAND_OVER, caller.hand_over(place), m.HandedOver(), number)
            case m.Refer(plan, number):
                self._log.note("transfer", pii_to=plan.endpoint, is_referral=True)
                self._request(m.Request.REFER, caller.refer(plan.endpoint), attempt=number)
            case m.EndTransfer(reason):
                self._log.note("transfer_failed" if reason else "transferred", reason=reason)
                self._transfers.tell(reason)

    async def _create_media(self, attempt: int, media: ExternalMedia) -> None:
        try:
            connection_id = await self._requests.timed("external_media", self.legs.request(attempt, media))
        except AriError:
            return  # the machine knows
        if not media.websocket_client:
            self._effects.work(self.legs.dial(attempt, connection_id))

    def _add_to_bridge(self, attempt: int, *, with_caller: bool) -> None:
        bridge, media = self._session.bridge_id, self.legs.channel_id(attempt)
        if with_caller and self._is_resumed:
            # An earlier process may have left the caller to the music.
            doing = self._caller.join(bridge, [media])
        else:
            channels = [self._caller.channel_id] if with_caller else []
            doing = self._requests.timed("add", self._ari.add_to_bridge(bridge, [*channels, media]))
        self._request(m.Request.ADD, doing, m.Bridged(attempt), attempt)

    def _start_conversation(self) -> None:
        self._conversation.start()
        self._connect_line()
        self._writer.answered()
        self._journal.hurry()
        CALL_SETUP.labels(self._direction).observe(self._log.now_ms / 1000)
        self._effects.request(self._caller.ask_for_the_cause())
        if self._order is None:
            self._effects.request(self._caller.be_named(self._writer.run_id))
        self._effects.work(self._rtp.follow())

    def _connect_line(self) -> None:
        if self.legs.socket is not None:
            self._line.connect(self.legs.socket)

    async def _unpark(self) -> None:
        try:
            await self._caller.unpark(self._session.bridge_id)
            self._log.note("unparked")
            self._line.unpark()
        finally:
            self._transfers.caller_is_back()

    # requests

    def _request(
        self, request: m.Request, doing: Awaitable[None], done: m.CallEvent | None = None, attempt: int = 0
    ) -> None:
        self._effects.request(self._follow_request(request, doing, done, attempt))

    async def _follow_request(
        self, request: m.Request, doing: Awaitable[None], done: m.CallEvent | None, attempt: int
    ) -> None:
        try:
            await doing
        except NotPossible as error:
            self._session.post(m.RequestFailed(request, str(error), attempt))
        except AriError as error:
            if isinstance(error, AriStatusError):
                await asyncio.sleep(LEAVING_GRACE_S)
            what = request.name.lower().replace("_", " ")
            reason = f"Asterisk could not {what} the call: {error}."
            self._session.post(m.RequestFailed(request, reason, attempt))
        else:
            if done is not None:
                self._session.post(done)

    # time and the end

    def _tick(self) -> None:
        self._ticks += 1
        self._conversation.tick(self._call)
        if self._ticks % TICKS_PER_RECORDING_WRITE == 0:
            self._line.write_recording()

    def _on_bug(self) -> None:
        self._session.post(
            m.AgentBroke("An internal error ended the call; the server's log has the details.")
        )

    async def close(self, finish: m.Finish) -> None:
        """End the call in every ending. Each step is bounded; the run is finished whatever fails before."""
        self._log.note("ended", outcome=finish.outcome, ended_by=finish.ended_by, reason=finish.detail)
        self._leave_the_beat()
        try:
            await self._effects.close()
            await self._leave_the_pbx(finish)
            await self._conversation.close()
        finally:
            self._transfers.caller_is_back()
            self._transfers.tell("The call has ended.")
            await self._journal.remove(self._writer)
            await self._writer.finish(self._end(finish))

    async def _leave_the_pbx(self, finish: m.Finish) -> None:
        # Sent first and never waited for: the figures are a gift, the hang-up is the point.
        looking = asyncio.create_task(self._rtp.look()) if finish.release_cause is not None else None
        removing = [self._requests.quietly(self._ari.hang_up(i)) for i in self.legs.channel_ids]
        if not finish.leaves_bridge:
            removing.append(self.target.drop())
            removing.append(self._requests.quietly(self._ari.delete_bridge(self._session.bridge_id)))
        if finish.release_cause is not None:
            leave = self._caller.fall_back if finish.falls_back else self._caller.release
            removing.append(leave(finish.release_cause))
        await asyncio.gather(*removing)
        self.legs.release_all()
        if looking is not None:
            looking.cancel()

    def _end(self, finish: m.Finish) -> RunEnd:
        quality = self._conversation.quality(self._rtp.last)
        return RunEnd(
            replace(finish, cause=finish.cause or self._caller.cause),
            latency=self._conversation.latency,
            usage={**self._progress.usage, "media_attempts": len(self.legs.channel_ids)},
            recording_path=self._conversation.recording_path,
            recording_problem=self._conversation.recording_problem,
            quality=quality.to_document() if quality else None,
            is_analyzed=self._is_analyzed,
        )
