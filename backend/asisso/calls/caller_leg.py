"""The leg of the person on the line: whoever called us, or whom we called.

What is done to it one after the other, parking and joining above all, takes its turn: Asterisk's answers to requests
on several connections may overtake each other.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from asisso.asterisk.ari.errors import AriError, AriNotFound, AriServerError, AriUnprocessable
from asisso.asterisk.ari.events import (
    ChannelDestroyed,
    ChannelEvent,
    ChannelHangupRequest,
    ChannelStateChange,
    Dial,
    PlaybackFinished,
    StasisEnd,
    StasisStart,
)
from asisso.asterisk.ari.rest import AriClient, Origination

from . import machine as m
from .ids import RUN_ID_VARIABLE
from .log import CallLog
from .requests import NotPossible, Requests

CAUSE_GRACE_S = 0.15
"""How long after StasisEnd the hang-up cause, which we subscribe to, may take to come."""

PLAYBACK_LIMIT_S = 6.0
REFERRAL_LIMIT_S = 40.0
LEAVING_TIME_S = 1.0
"""A device that has followed a referral hangs up within this time."""

RINGING = frozenset({"RINGING", "PROGRESS"})


class CannotDial(NotPossible):
    """Asterisk knows nobody by the dialled endpoint."""


class NoSuchPlace(NotPossible):
    """The dialplan has no such extension."""


class ReferralIgnored(NotPossible):
    """The caller's device did not call whom it was to call."""


@dataclass(frozen=True, slots=True)
class DialOrder:
    """Whom an outbound call dials.

    Attributes:
        variables: set on the new channel.
    """

    endpoint: str
    caller_id: str
    ring_timeout_s: int
    variables: dict[str, str]


class CallerLeg:
    """One call's caller channel.

    Args:
        post: takes the machine's events; must not wait.

    Attributes:
        cause: why the channel ended, as far as Asterisk has told.
        turn: held while caller, bridge and music are moved.
    """

    def __init__(
        self,
        channel_id: str,
        ari: AriClient,
        app: str,
        call_log: CallLog,
        post: Callable[[m.CallEvent], None],
    ) -> None:
        self.channel_id = channel_id
        self.cause: m.HangupCause | None = None
        self.turn = asyncio.Lock()
        self._ari = ari
        self._app = app
        self._requests = Requests(call_log)
        self._post = post
        self._playback_over = asyncio.Event()

    def on_ari(self, event: ChannelEvent) -> None:
        """An ARI event of this channel."""
        match event:
            case ChannelHangupRequest(_, cause, sip_status) if cause is not None:
                self.cause = m.HangupCause(cause, "", sip_status)
            case ChannelDestroyed(_, cause, text, sip_status):
                self.cause = m.HangupCause(cause, text, sip_status)
                self._post(m.CallerLeft(self.cause))
            case StasisEnd():
                loop = asyncio.get_running_loop()
                loop.call_later(CAUSE_GRACE_S, lambda: self._post(m.CallerLeft(self.cause)))
            case StasisStart():
                self._post(m.CalleeEntered())
            case ChannelStateChange(channel) if channel.state == "Ringing":
                self._post(m.CalleeRings())
            case Dial(_, status) if status in RINGING:
                self._post(m.CalleeRings())
            case Dial(_, status) if status:
                self._post(m.CalleeStatus(status))
            case PlaybackFinished():
                self._playback_over.set()

    async def dial(self, order: DialOrder) -> None:
        """Call the telephone; its answer is an event.

        Raises:
            CannotDial: Asterisk knows no such endpoint.
            AriError: it could not.
        """
        origination = Origination(
            channel_id=self.channel_id,
            app=self._app,
            endpoint=order.endpoint,
            caller_id=order.caller_id,
            ring_timeout_s=order.ring_timeout_s,
            variables=order.variables,
        )
        await originate(self._requests, "dial", self._ari, origination)

    async def answer(self) -> None:
        await self._requests.timed("answer", self._ari.answer(self.channel_id))

    async def park(self, bridge_id: str) -> None:
        """Out of the bridge, to the music. A PBX without music on hold gives silence.

        Raises:
            AriError: the caller is still in the bridge.
        """
        async with self.turn:
            removing = self._ari.remove_from_bridge(bridge_id, self.channel_id)
            # Where the caller is in no bridge at this moment, that is as good.
            with contextlib.suppress(AriNotFound, AriUnprocessable):
                await self._requests.timed("park", removing)
            await self._requests.quietly(self._ari.start_music(self.channel_id))

    async def unpark(self, bridge_id: str) -> None:
        """Music off, back into the bridge.

        Raises:
            AriError: the caller is not in the bridge.
        """
        await self.join(bridge_id, [])

    async def join(self, bridge_id: str, others: list[str]) -> None:
        """Music off, and into the bridge together with other channels.

        Raises:
            AriError: none of them is in the bridge.
        """
        async with self.turn:
            await self._requests.quietly(self._ari.stop_music(self.channel_id))
            adding = self._ari.add_to_bridge(bridge_id, [self.channel_id, *others])
            await self._requests.timed("join" if others else "unpark", adding)

    async def send_digits(self, digits: str) -> None:
        """Press keys towards the caller's telephone."""
        await self._requests.timed("dtmf", self._ari.send_dtmf(self.channel_id, digits))

    async def hand_over(self, place: m.ToDialplan) -> None:
        """Leave the caller to the dialplan.

        Raises:
            NoSuchPlace: the dialplan has no such extension.
            AriError: the caller is still ours.
        """
        async with self.turn:
            await self._require(place)
            for name, value in place.variables.items():
                await self._requests.timed(
                    "set_variable", self._ari.set_variable(self.channel_id, name, value)
                )
            await self._requests.quietly(self._ari.stop_music(self.channel_id))
            going = self._ari.continue_in_dialplan(
                self.channel_id, context=place.context, extension=place.extension, priority=place.priority
            )
            await self._requests.timed("hand_over", going)

    async def _require(self, place: m.ToDialplan) -> None:
        """Asterisk would take a place that does not exist, and hang the caller up there."""
        question = f"DIALPLAN_EXISTS({place.context},{place.extension},{place.priority})"
        exists = await self._requests.timed("look_up", self._ari.variable(self.channel_id, question))
        if exists == "0":
            raise NoSuchPlace(
                f"The dialplan has no {place.extension}@{place.context} with priority {place.priority}."
            )

    async def refer(self, endpoint: str) -> None:
        """Ask the caller's own device to call somebody else. A device that does so leaves.

        Only for a parked caller: Asterisk waits for the device's report in the channel's own thread, which would take
        half of the audio away from a bridge, and may there miss the report and wait for ever.

        Raises:
            ReferralIgnored: it reported, and stayed.
            AriError: it was not asked, or reported nothing.
        """
        async with self.turn:
            await self._requests.timed("refer", self._ari.redirect(self.channel_id, endpoint))
            reporting = self._ari.answer(self.channel_id, timeout_s=REFERRAL_LIMIT_S)
            await self._requests.timed("referral_report", reporting)
        await asyncio.sleep(LEAVING_TIME_S)
        raise ReferralIgnored("The caller's telephone did not follow the referral.")

    async def hear_prompts(self, sounds: list[str]) -> None:
        """Let Asterisk play prompts of its own, and wait for their end, within a limit."""
        self._playback_over.clear()
        try:
            async with asyncio.timeout(PLAYBACK_LIMIT_S):
                await self._requests.timed("play", self._ari.play(self.channel_id, sounds))
                await self._playback_over.wait()
        except (TimeoutError, AriError):
            return

    async def ask_for_the_cause(self) -> None:
        """Stasis keeps an inbound caller's ChannelDestroyed from us unless we subscribe to it."""
        await self._requests.quietly(self._ari.subscribe_to_channel(self._app, self.channel_id))

    async def be_named(self, run_id: str) -> None:
        """Tell the PBX which run the caller's channel belongs to; one that can't take it goes without."""
        await self._requests.quietly(self._ari.set_variable(self.channel_id, RUN_ID_VARIABLE, run_id))

    async def release(self, cause: int) -> None:
        """Hang up."""
        await self._requests.quietly(self._ari.hang_up(self.channel_id, cause=cause))

    async def fall_back(self, cause: int) -> None:
        """Let the dialplan go on behind its Stasis() line; hang up where that fails."""
        try:
            await self._requests.timed("fall_back", self._ari.continue_in_dialplan(self.channel_id))
        except AriError:
            await self.release(cause)


async def originate(requests: Requests, what: str, ari: AriClient, origination: Origination) -> None:
    """Dial a channel of ours.

    Raises:
        CannotDial: Asterisk knows no such endpoint.
        AriError: it could not.
    """
    try:
        await requests.timed(what, ari.originate(origination))
    except (AriServerError, AriUnprocessable) as error:
        raise CannotDial(
            f"Asterisk knows no endpoint {origination.endpoint!r} that it could dial ({error.reason})."
        ) from None
