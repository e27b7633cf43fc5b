"""A call as a pure state machine: what happened goes in, what to do comes out.

No clock, no sockets, no `async`. It ends exactly once, and after its `Finish` it asks for nothing more;
whatever the call opened is closed by the session when `Finish` comes.

    inbound:   setting up --(agent, bridge, media ready)--> bridging --> answering --> talking
    outbound:  setting up --(agent, bridge, media ready)--> dialing --(answered)--> bridging --> talking
    talking:   hold and resume, transferring --> transferred, parting (last words) --> ended
    media lost anywhere: back to setting up while tries are left

Media is there before the call is answered, whoever answers: an answered call never hears dead air, and a call
that cannot be served can still be refused with a proper cause, or never rings.
"""

from __future__ import annotations

from asisso.vocabulary import EndedBy, LiveState, Outcome

from .causes import CAUSE_CONGESTION, CAUSE_NORMAL, HangupCause, why_unanswered
from .commands import (
    AddToBridge,
    Answer,
    Command,
    CreateBridge,
    Dial,
    DismissAgent,
    DropMedia,
    DropTarget,
    EndTransfer,
    Finish,
    Park,
    Phrase,
    PrepareAgent,
    ResumeConversation,
    Say,
    ShowRinging,
    StartConversation,
    StartTimer,
    Unpark,
)
from .events import (
    OF_A_TRANSFER,
    AgentBroke,
    AgentLeft,
    AgentReady,
    AgentUnready,
    Answered,
    Bridged,
    BridgeReady,
    Briefed,
    CalleeEntered,
    CalleeRings,
    CalleeStatus,
    CallerLeft,
    CallerSilent,
    CallEvent,
    HoldAsked,
    MediaConnected,
    MediaEntered,
    MediaLost,
    OperatorHungUp,
    PbxLost,
    Request,
    RequestFailed,
    ResumeAsked,
    Said,
    ServerStopping,
    TargetLeft,
    Timer,
    TimeUp,
    TransferAsked,
)
from .media_tries import MediaTries
from .setting import Setting, State
from .transfer import RING_GRACE_MS, Result, Transfer

PARTING_TIMEOUT_MS = 10_000


class Call:
    """One call that has been admitted."""

    def __init__(self, setting: Setting) -> None:
        self.state = State.TRANSFERRED if setting.is_transferred else State.SETTING_UP
        self._setting = setting
        self._media = MediaTries()
        self._is_answered = setting.is_answered
        self._is_here = not setting.must_dial
        self._is_dialled = not setting.must_dial
        self._has_rung = False
        self._dial_status = ""
        self._agent_ready = False
        self._agent_started = False
        self._agent_gone: AgentLeft | AgentBroke | None = None
        self._bridge_ready = False
        self._is_parked = False
        self._is_time_up = False
        self._transfer: Transfer | None = None
        self._transfers = 0
        self._transfer_by = EndedBy.OPERATOR
        self._last_words: Finish | None = None

    @property
    def attempt(self) -> int:
        """The newest media attempt."""
        return self._media.attempt

    @property
    def can_be_controlled(self) -> bool:
        """Whether caller and agent are together, so that hold, transfer and keys make sense."""
        return self.state is State.TALKING

    @property
    def live_state(self) -> LiveState:
        """What to show of the call. A conversation whose media is being mended counts as one that goes on."""
        match self.state:
            case State.TALKING:
                return LiveState.ON_HOLD if self._is_parked else LiveState.TALKING
            case State.TRANSFERRING:
                return LiveState.TRANSFERRING
            case State.TRANSFERRED:
                return LiveState.TRANSFERRED
            case State.PARTING | State.ENDED:
                return LiveState.ENDING
        if self._agent_started:
            return LiveState.TALKING
        return LiveState.RINGING if self._has_rung else LiveState.SETTING_UP

    def begin(self) -> list[Command]:
        """The first commands; called once. Media goes first: everything else is ready before it is."""
        if self.state is State.TRANSFERRED:
            return []
        return [
            *self._media.try_again(),
            CreateBridge(),
            PrepareAgent(),
            StartTimer(Timer.AGENT, self._setting.agent_timeout_ms),
        ]

    def handle(self, event: CallEvent) -> list[Command]:
        """Take one event; anything that belongs to an earlier attempt or comes after the end changes nothing."""
        if self.state is State.ENDED:
            return []
        match event:
            case CallerLeft(cause):
                return self._caller_left(cause)
            case OperatorHungUp():
                return self._operator_hung_up()
            case ServerStopping():
                return self._server_stopping()
            case PbxLost(reason):
                return self._finish(Outcome.FAILED, EndedBy.PBX, reason)
            case TransferAsked() if self.state is not State.TALKING:
                return [EndTransfer("The call is not in a conversation that could be transferred.")]
        match self.state:
            case State.TRANSFERRED:
                return self._after_transfer(event)
            case State.PARTING:
                return self._parting(event)
            case State.TRANSFERRING:
                return self._transferring(event)
        return self._in_call(event)

    # until the talk, and in it

    def _in_call(self, event: CallEvent) -> list[Command]:
        match event:
            case AgentLeft(outcome):
                return self._finish(outcome, EndedBy.AGENT)
            case AgentBroke(reason) | AgentUnready(reason):
                return self._fail(reason)
            case RequestFailed(Request.ADD, reason, attempt):
                # The media channel may just have gone; one that is newer has nothing to do with it.
                is_newest = attempt == self.attempt and self.state is State.BRIDGING
                return self._media_lost(reason, can_retry=True) if is_newest else []
            case RequestFailed(request, reason):
                # Of a transfer that is over, and that has brought the caller back for a reason of its own.
                return [] if request in OF_A_TRANSFER else self._fail(reason)
            case CallerSilent() if self.state is State.TALKING:
                return self._part(Phrase.SILENCE_FAREWELL, Outcome.SILENCE_TIMEOUT)
            case HoldAsked() if self.state is State.TALKING and not self._is_parked:
                self._is_parked = True
                return [Park()]
            case ResumeAsked() if self.state is State.TALKING and self._is_parked:
                self._is_parked = False
                return [Unpark()]
            case TransferAsked(plan, by):
                self.state, self._transfer_by = State.TRANSFERRING, by
                self._transfers += 1
                self._transfer = Transfer(plan, number=self._transfers, is_parked=self._is_parked)
                return list(self._transfer.begin())
            case TimeUp():
                return self._time_up(event)
        return self._progress(event)

    def _progress(self, event: CallEvent) -> list[Command]:
        match event:
            case AgentReady():
                self._agent_ready = True
            case BridgeReady():
                self._bridge_ready = True
            case MediaEntered(attempt) if attempt == self.attempt:
                self._media.has_entered = True
            case MediaConnected(attempt) if attempt == self.attempt:
                self._media.has_connected = True
            case MediaLost(attempt, reason, can_retry) if attempt == self.attempt:
                return self._media_lost(reason, can_retry=can_retry)
            case CalleeRings() if not self._has_rung:
                self._has_rung = True
                return [ShowRinging(), *self._advance()]
            case CalleeStatus(dial_status):
                self._dial_status = dial_status
            case CalleeEntered() if self._is_dialled and self._setting.must_dial:
                self._is_here = self._is_answered = True
            case Bridged(attempt) if attempt == self.attempt and self.state is State.BRIDGING:
                return self._bridged()
            case Answered() if self.state is State.ANSWERING:
                self._is_answered = True
                return self._talk()
        return self._advance()

    def _advance(self) -> list[Command]:
        is_ready = self._agent_ready and self._bridge_ready and self._media.is_up
        if self.state not in (State.SETTING_UP, State.DIALING) or not is_ready:
            return []
        if self._is_here:
            self.state = State.BRIDGING
            return [AddToBridge(self.attempt, with_caller=not self._is_parked)]
        self.state = State.DIALING
        if self._is_dialled:
            return []
        self._is_dialled = True
        return [Dial(), StartTimer(Timer.DIALING, (self._setting.ring_timeout_ms or 0) + RING_GRACE_MS)]

    def _bridged(self) -> list[Command]:
        if self._is_answered:
            return self._talk()
        self.state = State.ANSWERING
        return [Answer()]

    def _talk(self) -> list[Command]:
        self.state = State.TALKING
        self._media.hold()
        if self._agent_started:
            return [ResumeConversation()]
        self._agent_started = True
        return [StartConversation(), StartTimer(Timer.MAX_DURATION, self._setting.max_duration_ms)]

    def _media_lost(self, reason: str, *, can_retry: bool) -> list[Command]:
        if not can_retry or not self._media.may_try_again:
            return self._fail(reason)
        lost = self.attempt
        if self.state is State.ANSWERING:
            # The answer is on its way and can't be taken back; its `Answered` must not start a talk without media.
            self._is_answered = True
        self.state = State.SETTING_UP
        return [DropMedia(lost), *self._media.try_again()]

    def _time_up(self, event: TimeUp) -> list[Command]:
        match event.timer:
            case Timer.AGENT if not self._agent_ready:
                return self._fail("The agent was not ready to answer the call in time.")
            case Timer.MEDIA if event.attempt == self.attempt and not self._media.is_up:
                return self._media_lost(
                    "Asterisk did not connect to our media address in time; check the URI in "
                    "websocket_client.conf and the firewall between Asterisk and this server.",
                    can_retry=True,
                )
            case Timer.NEXT_TRY:
                return self._media.go_on(event.attempt)
            case Timer.DIALING if not self._is_here:
                return self._caller_left(None, is_gone=False)
            case Timer.MAX_DURATION:
                return self._part(Phrase.TIME_LIMIT, Outcome.MAX_DURATION)
        return []

    # transfer

    def _transferring(self, event: CallEvent) -> list[Command]:
        assert self._transfer is not None
        match event:
            case AgentLeft() | AgentBroke():
                self._agent_gone = self._agent_gone or event
                return []
            case MediaLost(attempt) if attempt == self.attempt:
                self._media.lose()
                # Nobody can be briefed without media; joining needs none.
                return [DropMedia(attempt), *self._follow_transfer(Briefed())]
            case RequestFailed(Request.PARK, reason):
                return self._fail(reason)
            case TimeUp(Timer.MAX_DURATION):
                self._is_time_up = True
                return []
        return self._follow_transfer(event)

    def _follow_transfer(self, event: CallEvent) -> list[Command]:
        transfer = self._transfer
        assert transfer is not None
        commands: list[Command] = list(transfer.handle(event))
        match transfer.result:
            case Result.JOINED:
                self.state = State.TRANSFERRED
                return [*commands, EndTransfer(None), DropMedia(self.attempt), DismissAgent(leaves_line=True)]
            case Result.GONE:
                return [*commands, EndTransfer(None), *self._transferred(self._transfer_by, is_gone=True)]
            case Result.RETURNED:
                return [*commands, *self._return_to_agent(transfer.reason)]
        return commands

    def _return_to_agent(self, reason: str) -> list[Command]:
        self._transfer = None
        self._is_parked = False
        self.state = State.TALKING
        commands: list[Command] = [EndTransfer(reason)]
        if self._agent_gone is not None:
            return commands + self._in_call(self._agent_gone)
        if self._is_time_up:
            return commands + self._part(Phrase.TIME_LIMIT, Outcome.MAX_DURATION)
        if not self._media.is_up:
            self.state = State.SETTING_UP
            commands += self._media.try_again()
        return commands

    def _after_transfer(self, event: CallEvent) -> list[Command]:
        if isinstance(event, TargetLeft):
            return self._transferred(EndedBy.TARGET, is_gone=False)
        return []

    def _transferred(
        self, ended_by: EndedBy, *, is_gone: bool, cause: HangupCause | None = None
    ) -> list[Command]:
        return self._finish(Outcome.TRANSFERRED, ended_by, is_gone=is_gone, cause=cause)

    # endings

    def _caller_left(self, cause: HangupCause | None, *, is_gone: bool = True) -> list[Command]:
        if self._last_words is not None:
            return self._end_with(self._last_words, is_gone=is_gone, cause=cause)
        if self.state is State.TRANSFERRED:
            return self._transferred(EndedBy.CALLER, is_gone=is_gone, cause=cause)
        if self._transfer is not None and self._transfer.is_leaving:
            return [EndTransfer(None), *self._transferred(self._transfer_by, is_gone=is_gone, cause=cause)]
        if not self._is_here:
            why = why_unanswered(cause, dial_status=self._dial_status, has_rung=self._has_rung)
            return self._finish(why.outcome, why.ended_by, why.detail, is_gone=is_gone, cause=cause)
        return self._finish(Outcome.CALLER_HUNG_UP, EndedBy.CALLER, is_gone=is_gone, cause=cause)

    def _server_stopping(self) -> list[Command]:
        if self.state is State.TRANSFERRED:
            self.state = State.ENDED
            detail = "The server was stopped; the two go on talking."
            return [Finish(Outcome.TRANSFERRED, EndedBy.SYSTEM, None, detail, leaves_bridge=True)]
        detail = "The server was stopped during the call."
        return self._finish(Outcome.FAILED, EndedBy.SYSTEM, detail, may_fall_back=True)

    def _operator_hung_up(self) -> list[Command]:
        if self.state is State.TRANSFERRED:
            return self._transferred(EndedBy.OPERATOR, is_gone=False)
        outcome = Outcome.COMPLETED if self._is_answered else Outcome.CANCELED
        return self._finish(outcome, EndedBy.OPERATOR)

    def _fail(self, reason: str) -> list[Command]:
        """We can't go on: an answered caller hears an apology first, an unanswered one is refused."""
        if self._is_answered:
            return self._part(Phrase.APOLOGY, Outcome.FAILED, reason)
        return self._finish(Outcome.FAILED, EndedBy.SYSTEM, reason, may_fall_back=True)

    def _part(self, phrase: Phrase, outcome: Outcome, detail: str | None = None) -> list[Command]:
        """Say some last words; the call ends when they have been heard."""
        self._last_words = self._make_finish(
            outcome, EndedBy.SYSTEM, detail, may_fall_back=outcome is Outcome.FAILED
        )
        self.state = State.PARTING
        commands: list[Command] = []
        if self._transfer is not None:
            commands += [EndTransfer(detail or "The call is being ended."), DropTarget()]
        if self._is_parked or self._transfer is not None:
            commands.append(Unpark())
        self._is_parked = False
        return [*commands, DismissAgent(), Say(phrase), StartTimer(Timer.PARTING, PARTING_TIMEOUT_MS)]

    def _parting(self, event: CallEvent) -> list[Command]:
        assert self._last_words is not None
        match event:
            case Said() | TimeUp(Timer.PARTING):
                return self._end_with(self._last_words, is_gone=False)
        return []

    def _finish(
        self,
        outcome: Outcome,
        ended_by: EndedBy,
        detail: str | None = None,
        *,
        is_gone: bool = False,
        cause: HangupCause | None = None,
        may_fall_back: bool = False,
    ) -> list[Command]:
        finish = self._make_finish(outcome, ended_by, detail, may_fall_back=may_fall_back)
        return self._end_with(finish, is_gone=is_gone, cause=cause)

    def _make_finish(
        self, outcome: Outcome, ended_by: EndedBy, detail: str | None, *, may_fall_back: bool
    ) -> Finish:
        is_refusal = not self._is_answered and not self._setting.must_dial and outcome is not Outcome.CANCELED
        return Finish(
            outcome,
            ended_by,
            CAUSE_CONGESTION if is_refusal else CAUSE_NORMAL,
            detail,
            falls_back=may_fall_back and self._setting.can_fall_back,
        )

    def _end_with(self, finish: Finish, *, is_gone: bool, cause: HangupCause | None = None) -> list[Command]:
        self.state = State.ENDED
        if is_gone:
            finish = Finish(finish.outcome, finish.ended_by, None, finish.detail, cause)
        return [finish]
