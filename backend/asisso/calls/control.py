"""What people and agents may ask of a live call; both ask in the same way and get the same answers.

Wishes go through the call's machine, which alone knows what makes sense at this moment.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from asisso.agents.control import ControlFailed, Destination, ToDialplan, ToReferral, ToTelephone
from asisso.asterisk.ari.errors import AriError
from asisso.errors import as_sentence
from asisso.logs import request_id
from asisso.vocabulary import EndedBy

from . import machine as m
from .caller_leg import CallerLeg
from .dialing import endpoint_for
from .log import CallLog

MAX_DIGITS = 64
NAME = re.compile(r"[A-Za-z0-9_.\-]{1,80}")
VARIABLE_NAME = re.compile(r"_{0,2}[A-Za-z][A-Za-z0-9_]{0,79}")


class CallControls:
    """The controls of one call; an `agents.control.CallControl`.

    Args:
        call: the call's machine, looked at and never changed here.
        by: who asks, for the run's `ended_by`.
        transfers: the waiting asker of the transfer under way, shared by all controls of the call.
    """

    def __init__(
        self,
        call: m.Call,
        caller: CallerLeg,
        post: Callable[[m.CallEvent], None],
        dial_template: str,
        transfers: TransferWaiters,
        by: EndedBy,
        call_log: CallLog,
    ) -> None:
        self._log = call_log
        self._call = call
        self._caller = caller
        self._post = post
        self._dial_template = dial_template
        self._transfers = transfers
        self._by = by

    def hang_up(self) -> None:
        """End the call."""
        self._note("hang_up")
        self._post(m.OperatorHungUp())

    async def send_digits(self, digits: str) -> None:
        """See `CallControl.send_digits`."""
        if not 0 < len(digits) <= MAX_DIGITS or not re.fullmatch(r"[0-9A-Da-d*#]+", digits):
            raise ControlFailed("Keys are 0-9, A-D, * and #, 64 at most.", code="bad_digits")
        self._require_talk()
        self._note("dtmf")
        try:
            await self._caller.send_digits(digits.upper())
        except AriError as error:
            raise ControlFailed(f"The keys could not be sent: {error}.", code="pbx_refused") from None

    async def hold(self) -> None:
        """See `CallControl.hold`."""
        self._require_talk()
        self._note("hold")
        self._post(m.HoldAsked())

    async def resume(self) -> None:
        """See `CallControl.resume`."""
        self._require_talk()
        self._note("resume")
        self._post(m.ResumeAsked())

    def begin_transfer(self, destination: Destination) -> asyncio.Future[str | None]:
        """Start sending the caller to somebody else; the future tells why the caller is still here, or None.

        Raises:
            ControlFailed: the destination can't be understood, or this is no moment for it.
        """
        plan = self._plan(destination)
        self._require_talk()
        if self._transfers.is_waiting:
            raise ControlFailed("A transfer is under way already.", code="transfer_under_way", retryable=True)
        self._note("transfer")
        waiting = self._transfers.add()
        self._post(m.TransferAsked(plan, self._by))
        return waiting

    async def transfer(self, destination: Destination) -> None:
        """See `CallControl.transfer`."""
        reason = await self.begin_transfer(destination)
        if reason is not None:
            raise ControlFailed(reason, code="transfer_failed", retryable=True)

    def _note(self, what: str) -> None:
        """In the timeline: a person's wish, with the id of the request it came by. An agent's shows in what follows."""
        if self._by is EndedBy.OPERATOR:
            self._log.note("asked", what=what, request_id=request_id() or None)

    def _require_talk(self) -> None:
        if not self._call.can_be_controlled:
            raise ControlFailed(
                "Nobody is talking in this call at the moment.", code="call_not_talking", retryable=True
            )

    def _plan(self, destination: Destination) -> m.TransferPlan:
        match destination:
            case ToTelephone():
                return m.ToTarget(
                    endpoint=self._endpoint(destination.to),
                    ring_timeout_ms=destination.ring_timeout_s * 1000,
                    caller_id=destination.caller_id,
                    briefing=destination.briefing,
                    must_confirm=destination.must_confirm,
                )
            case ToReferral(to):
                return m.ToReferral(self._endpoint(to))
            case ToDialplan() as place:
                return _checked(place)

    def _endpoint(self, to: str) -> str:
        try:
            return endpoint_for(to, self._dial_template)
        except ValueError as error:
            raise ControlFailed(as_sentence(error), code="bad_destination") from None


class TransferWaiters:
    """Who waits for the end of a call's transfer. That the caller is still here is told when the caller is back."""

    def __init__(self) -> None:
        self._waiting: asyncio.Future[str | None] | None = None
        self._is_on_the_way_back = False
        self._reason: str | None = None

    @property
    def is_waiting(self) -> bool:
        return self._waiting is not None

    def add(self) -> asyncio.Future[str | None]:
        self._waiting = asyncio.get_running_loop().create_future()
        return self._waiting

    def tell(self, reason: str | None) -> None:
        """The transfer is over; `reason` as in `machine.EndTransfer`."""
        if reason is not None and self._is_on_the_way_back:
            self._reason = reason
            return
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(reason)

    def caller_comes_back(self) -> None:
        """The caller is taken from the music; who talks to them before they are here talks to nobody."""
        self._is_on_the_way_back = True

    def caller_is_back(self) -> None:
        """The caller hears again, or never will."""
        self._is_on_the_way_back = False
        reason, self._reason = self._reason, None
        if reason is not None:
            self.tell(reason)


def _checked(place: ToDialplan) -> ToDialplan:
    if not NAME.fullmatch(place.context) or not re.fullmatch(r"[0-9A-Za-z*#+_.\-]{1,80}", place.extension):
        raise ControlFailed(
            "A place in the dialplan is a context such as from-internal and an extension such as 200.",
            code="bad_destination",
        )
    if not all(VARIABLE_NAME.fullmatch(name) for name in place.variables):
        raise ControlFailed(
            "Channel variables have names of letters, digits and _, and no functions.", code="bad_destination"
        )
    return place
