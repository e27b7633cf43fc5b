"""A transfer as a pure state machine inside the call's: the caller is joined to somebody, leaves us, or comes back.

    to a target:    dialing --> (adding --> briefing --> confirming) --> joining --> joined
                       |            |           |            |              |
                       +------------+-----------+------------+--------------+--> the caller is brought back
    dialplan, REFER: leaving --> gone, or still with the agent

The caller is parked with music before the target is dialled, so that a briefing stays between agent and target,
and is brought back in every ending that does not join the two.
"""

from __future__ import annotations

from enum import Enum, auto

from .commands import (
    AddTarget,
    Brief,
    DialTarget,
    DropTarget,
    HandOver,
    JoinTarget,
    Park,
    Refer,
    StartTimer,
    TransferCommand,
    Unpark,
)
from .events import (
    OF_A_TRANSFER,
    Briefed,
    CallEvent,
    HandedOver,
    KeyPressed,
    RequestFailed,
    TargetAdded,
    TargetEntered,
    TargetJoined,
    TargetLeft,
    Timer,
    TimeUp,
)
from .plans import ToDialplan, ToReferral, ToTarget, TransferPlan

RING_GRACE_MS = 5_000
"""Asterisk ends the ringing itself; this much later it has forgotten to."""

BRIEFING_TIMEOUT_MS = 60_000
CONFIRM_TIMEOUT_MS = 15_000
REFER_TIMEOUT_MS = 45_000
"""The device may let its own call ring meanwhile."""


TAKE_KEY = "1"
DECLINE_KEY = "2"


class Result(Enum):
    JOINED = auto()
    GONE = auto()
    RETURNED = auto()


class _Stage(Enum):
    DIALING = auto()
    ADDING = auto()
    BRIEFING = auto()
    CONFIRMING = auto()
    JOINING = auto()
    LEAVING = auto()


class Transfer:
    """One transfer.

    Args:
        number: which transfer of the call; the time limits of an earlier one do not count.
        is_parked: the caller hears music already.

    Attributes:
        result: None while it is under way.
        reason: why the caller came back.
    """

    def __init__(self, plan: TransferPlan, *, number: int, is_parked: bool) -> None:
        self.number = number
        self.result: Result | None = None
        self.reason = ""
        self._plan = plan
        self._is_parked = is_parked
        self._stage = _Stage.DIALING if isinstance(plan, ToTarget) else _Stage.LEAVING

    @property
    def is_leaving(self) -> bool:
        """The caller's disappearance would be what was asked for."""
        return self._stage is _Stage.LEAVING

    def begin(self) -> list[TransferCommand]:
        """The first commands; called once."""
        if isinstance(self._plan, ToDialplan):
            return [HandOver(self._plan, self.number)]
        parking: list[TransferCommand] = [] if self._is_parked else [Park()]
        self._is_parked = True
        match self._plan:
            case ToTarget() as plan:
                limit = self._limit(Timer.TARGET, plan.ring_timeout_ms + RING_GRACE_MS)
                return [*parking, DialTarget(plan, self.number), limit]
            case ToReferral() as plan:
                return [*parking, Refer(plan, self.number), self._limit(Timer.REFER, REFER_TIMEOUT_MS)]

    def handle(self, event: CallEvent) -> list[TransferCommand]:
        """Take one event; what does not belong to the transfer's stage changes nothing."""
        if self.result is not None:
            return []
        match event:
            case TargetLeft(reason) if not self.is_leaving:
                return self._bring_back(reason)
            case RequestFailed(request, reason, number) if request in OF_A_TRANSFER:
                return self._bring_back(reason) if number == self.number else []
            case RequestFailed(_, reason):
                return self._bring_back(reason)
            case TimeUp(timer, number) if number == self.number:
                return self._time_up(timer)
            case KeyPressed(digit):
                return self._key_pressed(digit)
            case HandedOver():
                self.result = Result.GONE
                return []
        return self._progress(event)

    def _progress(self, event: CallEvent) -> list[TransferCommand]:
        if not isinstance(self._plan, ToTarget):
            return []
        match event, self._stage:
            case TargetEntered(), _Stage.DIALING if self._plan.briefing:
                self._stage = _Stage.ADDING
                return [AddTarget(self.number)]
            case TargetEntered(), _Stage.DIALING:
                return self._join()
            case TargetAdded(number), _Stage.ADDING if number == self.number:
                self._stage = _Stage.BRIEFING
                return [Brief(self._plan.briefing), self._limit(Timer.BRIEFING, BRIEFING_TIMEOUT_MS)]
            case Briefed(), _Stage.BRIEFING:
                return self._briefed()
            case TargetJoined(number), _Stage.JOINING if number == self.number:
                self.result = Result.JOINED
        return []

    def _briefed(self) -> list[TransferCommand]:
        if isinstance(self._plan, ToTarget) and self._plan.must_confirm:
            self._stage = _Stage.CONFIRMING
            return [self._limit(Timer.CONFIRMING, CONFIRM_TIMEOUT_MS)]
        return self._join()

    def _key_pressed(self, digit: str) -> list[TransferCommand]:
        if self._stage not in (_Stage.BRIEFING, _Stage.CONFIRMING):
            return []
        if digit == TAKE_KEY:
            return self._join()
        if digit == DECLINE_KEY:
            return self._bring_back("The call was not taken.")
        return []

    def _time_up(self, timer: Timer) -> list[TransferCommand]:
        match timer, self._stage:
            case Timer.TARGET, _Stage.DIALING:
                return self._bring_back("Nobody answered in time.")
            case Timer.BRIEFING, _Stage.BRIEFING:
                return self._briefed()
            case Timer.CONFIRMING, _Stage.CONFIRMING:
                return self._bring_back("Whoever answered did not take the call.")
            case Timer.REFER, _Stage.LEAVING:
                return self._bring_back("The caller's telephone did not follow the referral.")
        return []

    def _limit(self, timer: Timer, delay_ms: int) -> StartTimer:
        return StartTimer(timer, delay_ms, self.number)

    def _join(self) -> list[TransferCommand]:
        self._stage = _Stage.JOINING
        return [JoinTarget(self.number)]

    def _bring_back(self, reason: str) -> list[TransferCommand]:
        self.result, self.reason = Result.RETURNED, reason
        if not isinstance(self._plan, ToTarget):
            return [Unpark()] if self._is_parked else []
        return [DropTarget(), Unpark()]
