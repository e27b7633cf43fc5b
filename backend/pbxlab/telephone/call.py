"""One telephone call as a test or a demonstration sees it, whoever called whom.

Owns the call's state, its times and the waits for them. The two ways a call comes to be are in `outgoing`
and `incoming`; the audio is in `media`. Must not know what the far end is.
"""

import asyncio
import itertools
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np

from pbxlab.telephone import sdp, timeline
from pbxlab.telephone.codecs import Codec, load_wav, resample
from pbxlab.telephone.dialog import Dialog
from pbxlab.telephone.g711 import Pcm
from pbxlab.telephone.media import CallMedia, HeardDigit
from pbxlab.telephone.message import SipRequest, SipResponse, uri_in
from pbxlab.telephone.outcome import CallEnd, CallEnded, EndKind, Status
from pbxlab.telephone.rtp import ReceivedPacket
from pbxlab.telephone.transaction import Retransmission

ANSWER_TIMEOUT_S = 10.0
END_TIMEOUT_S = 10.0
AUDIO_TIMEOUT_S = 10.0
PLAY_TIMEOUT_S = 60.0
# How long a BYE or CANCEL may stay unanswered before the call counts as over without it.
HANG_UP_TIMEOUT_S = 3.0
RECORDING_RATE_HZ = 8000


class Exchange(Protocol):
    """What a call needs of the telephone it belongs to."""

    def send(self, message: SipRequest | SipResponse) -> None: ...

    def respond(
        self, request: SipRequest, code: int, *, to_tag: str = "",
        headers: tuple[tuple[str, str], ...] = (), body: bytes = b"",
    ) -> None: ...  # fmt: skip


class PhoneCall(ABC):
    """One call.

    Attributes:
        number: the extension that was called.
        invited_at: when the INVITE was sent or came in; zero of the recordings.
        ringing_at, answered_at, ended_at: when that happened, `None` until it does.
        statuses: SIP statuses of the INVITE in order.
        end_reason: how it ended, `None` while it lives.
        remote_headers: header fields of the INVITE (incoming) or of its final response (outgoing).
        referred_to: where the far end asked this telephone to call instead (REFER), in order.
        referral_answer: the SIP status a REFER is answered with; the test does, or does not, what was asked.
    """

    def __init__(self, exchange: Exchange, dialog: Dialog, media: CallMedia, number: str) -> None:
        self.number = number
        self.invited_at = time.time()
        self.ringing_at: float | None = None
        self.answered_at: float | None = None
        self.ended_at: float | None = None
        self.statuses: list[Status] = []
        self.end_reason: CallEnd | None = None
        self.remote_headers: dict[str, str] = {}
        self.referred_to: list[str] = []
        self.referral_answer = 202
        self._exchange = exchange
        self._dialog = dialog
        self._media = media
        self._bye: Retransmission | None = None
        self._waiters: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    # -- what happened -------------------------------------------------------------------------------------

    @property
    def call_id(self) -> str:
        """SIP's Call-ID; Asterisk shows it as the channel's `protocol_id`."""
        return self._dialog.call_id

    @property
    def codec(self) -> Codec:
        return self._media.codec

    @property
    def status_codes(self) -> list[int]:
        return [status.code for status in self.statuses]

    @property
    def heard(self) -> list[ReceivedPacket]:
        """Every audio packet received, with the kernel's receive time."""
        return self._media.heard

    @property
    def heard_digits(self) -> list[HeardDigit]:
        return self._media.heard_digits

    @property
    def digits_heard(self) -> str:
        """The keys pressed at the far end so far."""
        return "".join(heard.digit for heard in self._media.heard_digits)

    @property
    def first_rtp_at(self) -> float | None:
        return self._media.heard[0].at if self._media.heard else None

    @property
    def first_audio_at(self) -> float | None:
        """When the first packet louder than silence came."""
        return self._media.audible_since(0.0)

    @property
    def last_audio_at(self) -> float | None:
        return self._media.last_audible_at

    def heard_pcm(self, sample_rate_hz: int = RECORDING_RATE_HZ) -> Pcm:
        """What was heard since `invited_at`, int16, laid on the wall clock with silence in the gaps."""
        return self._media.heard_pcm(self.invited_at, self._recorded_until, sample_rate_hz)

    def said_pcm(self, sample_rate_hz: int = RECORDING_RATE_HZ) -> Pcm:
        """What was said since `invited_at`, laid out like `heard_pcm`."""
        return self._media.said_pcm(self.invited_at, self._recorded_until, sample_rate_hz)

    def save(self, path: Path, sample_rate_hz: int = RECORDING_RATE_HZ) -> None:
        """Write a stereo WAV file: left what this telephone said, right what it heard."""
        timeline.save_stereo(
            path, self.said_pcm(sample_rate_hz), self.heard_pcm(sample_rate_hz), sample_rate_hz
        )

    @property
    def _recorded_until(self) -> float:
        return self.ended_at or time.time()

    # -- what to do ----------------------------------------------------------------------------------------

    def play(self, source: Path | str | Pcm, sample_rate_hz: int | None = None) -> None:
        """Say a WAV file, or int16 samples (at the codec's rate unless told), after what is still queued."""
        own_rate_hz = self.codec.sample_rate_hz
        if isinstance(source, np.ndarray):
            self._media.say(resample(source, sample_rate_hz or own_rate_hz, own_rate_hz))
        else:
            self._media.say(load_wav(Path(source), own_rate_hz))

    def stop_playing(self) -> None:
        """Fall silent in the middle of what is being said."""
        self._media.stop_saying()
        self._changed()

    def send_digits(self, digits: str) -> None:
        """Press keys (RFC 4733); `played()` waits for their end as well.

        Raises:
            ValueError: not on a keypad, keys still being sent, or the far end takes none.
        """
        self._media.press(digits)

    def mute(self, is_muted: bool = True) -> None:
        """Send no packets at all while nothing is said, instead of packets of silence."""
        self._media.sends_silence = not is_muted

    def surround(self, sound: Pcm) -> None:
        """Have this sound around whoever speaks, from now on, again and again: int16 at the codec's rate.

        Raises:
            ValueError: it is shorter than a frame.
        """
        frame = self.codec.samples_per_frame
        frames = [sound[at : at + frame] for at in range(0, len(sound) - frame + 1, frame)]
        if not frames:
            raise ValueError("a sound of less than a frame surrounds nobody")
        self._media.surroundings = itertools.cycle(frames)

    def lose(self, loses: Callable[[int], bool]) -> None:
        """Have a network that loses the packets of these sequence numbers, from now on."""
        self._media.loses = loses

    def report_referral(self, status: int) -> None:
        """Tell the far end how calling whom it referred us to goes: a NOTIFY with a SIP status (RFC 3515 2.4.4)."""
        state = "active;expires=60" if status < 200 else "terminated;reason=noresource"
        notify = self._dialog.request(
            "NOTIFY",
            headers=(("Event", "refer"), ("Subscription-State", state)),
            body=f"SIP/2.0 {status} Status\r\n".encode(),
            content_type="message/sipfrag;version=2.0",
        )
        self._exchange.send(notify)

    @abstractmethod
    async def hang_up(self) -> None:
        """End the call in the way its state asks for (CANCEL, BYE, a refusal) and wait until it is over."""

    # -- waiting -------------------------------------------------------------------------------------------

    async def answered(self, timeout_s: float = ANSWER_TIMEOUT_S) -> float:
        """Wait until the call is answered; gives `answered_at`.

        Raises:
            CallEnded: it ended instead.  TimeoutError: neither happened.
        """
        await self.until(lambda: self.answered_at is not None, "it was answered", timeout_s)
        return self.answered_at or 0.0

    async def rings(self, timeout_s: float = ANSWER_TIMEOUT_S) -> float:
        """Wait until the far end rings (180); gives `ringing_at`. Raises like `answered`."""
        await self.until(lambda: self.ringing_at is not None, "it rang", timeout_s)
        return self.ringing_at or 0.0

    async def ended(self, timeout_s: float = END_TIMEOUT_S) -> CallEnd:
        """Wait until the call is over, and tell how it ended.

        Raises:
            TimeoutError: it still lives.
        """
        await self.until(lambda: self.end_reason is not None, "it ended", timeout_s)
        return self.end_reason or CallEnd(EndKind.NO_RESPONSE)

    async def played(self, timeout_s: float = PLAY_TIMEOUT_S) -> float:
        """Wait until all that was queued, speech and keys, has been sent; gives the time of that."""
        await self.until(lambda: self._media.has_said_all, "all was played", timeout_s)
        return time.time()

    async def hears_audio(self, timeout_s: float = AUDIO_TIMEOUT_S, *, since: float = 0.0) -> float:
        """Wait until something audible was heard at or after `since` (default: in the whole call).

        Returns the receive time of the first such packet. Raises like `answered`.
        """
        await self.until(lambda: self._media.audible_since(since) is not None, "it heard anything", timeout_s)
        return self._media.audible_since(since) or 0.0

    async def hears_silence(self, for_ms: int, timeout_s: float = AUDIO_TIMEOUT_S) -> float:
        """Wait until nothing audible has come for so long; gives the time of the last audible packet.

        A call that never heard anything is silent since it began.

        Raises:
            TimeoutError: the far end kept talking.
        """
        give_up_at = time.time() + timeout_s
        while True:
            quiet_since = self._media.last_audible_at or self.invited_at
            quiet_at = quiet_since + for_ms / 1000
            if quiet_at <= time.time():
                return quiet_since
            if quiet_at > give_up_at and time.time() >= give_up_at:
                raise TimeoutError(f"no {for_ms} ms of silence within {timeout_s} s")
            await asyncio.sleep(min(quiet_at, give_up_at) - time.time())

    async def hears_digits(self, digits: str, timeout_s: float = AUDIO_TIMEOUT_S) -> None:
        """Wait until the far end has pressed these keys in a row. Raises like `answered`."""
        await self.until(lambda: digits in self.digits_heard, f"it heard the keys {digits}", timeout_s)

    async def until(self, condition: Callable[[], bool], awaited: str, timeout_s: float) -> None:
        """Wait for any condition on this call; looked at again whenever a packet or message came.

        Args:
            condition: cheap and without side effects.
            awaited: what it means, for the error's sentence: "the call ended before <awaited>".

        Raises:
            CallEnded: the call ended without it.  TimeoutError: it did not come in time.
        """
        if not condition() and self.end_reason is None:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append((condition, waiter))
            try:
                async with asyncio.timeout(timeout_s):
                    await waiter
            except TimeoutError:
                raise TimeoutError(f"{timeout_s} s passed before {awaited} ({self!r})") from None
            finally:
                self._waiters = [entry for entry in self._waiters if entry[1] is not waiter]
        if not condition() and self.end_reason is not None:
            raise CallEnded(awaited, self.end_reason)

    def __repr__(self) -> str:
        state = self.end_reason or ("answered" if self.answered_at else "not answered")
        return f"<{type(self).__name__} {self.number}: {state}, statuses {self.status_codes}, {len(self.heard)} heard>"

    # -- what the telephone and the subclasses call --------------------------------------------------------

    def on_request(self, request: SipRequest) -> None:
        """Take a request inside this call's dialog."""
        if self.end_reason is not None:
            self._exchange.respond(request, 481, to_tag=self._dialog.local_tag)
        elif request.method == "BYE":
            self._exchange.respond(request, 200, to_tag=self._dialog.local_tag)
            self._finish(EndKind.REMOTE_BYE, reason=request.headers.get("reason"))
        elif request.method == "INVITE":
            self._renegotiate(request)
        elif request.method == "REFER":
            self._take_referral(request)
        else:
            self._exchange.respond(request, 200, to_tag=self._dialog.local_tag)

    @abstractmethod
    def on_ack(self, request: SipRequest) -> None:
        """Take an ACK."""

    @abstractmethod
    def on_response(self, response: SipResponse) -> None:
        """Take a response to one of this call's requests."""

    def release(self) -> None:
        """Let go of ports and timers without a word to the far end."""
        self._finish(EndKind.LOCAL_BYE)

    def media_changed(self) -> None:
        """The audio moved on: a packet came, or all was said."""
        self._changed()

    def _take_referral(self, request: SipRequest) -> None:
        self._exchange.respond(request, self.referral_answer, to_tag=self._dialog.local_tag)
        if self.referral_answer < 300:
            self.report_referral(100)
        self.referred_to.append(uri_in(request.headers.get("refer-to")))
        self._changed()

    def _renegotiate(self, request: SipRequest) -> None:
        direction = "sendrecv"
        if request.body:
            try:
                stream = sdp.parse(request.body)
            except sdp.SdpError:
                self._exchange.respond(request, 488, to_tag=self._dialog.local_tag)
                return
            direction = sdp.answering_direction(stream.direction)
            self._media.connect(stream)
        contact = (("Contact", self._dialog.contact), ("Content-Type", "application/sdp"))
        body = self._media.describe(direction)
        self._exchange.respond(request, 200, to_tag=self._dialog.local_tag, headers=contact, body=body)

    def _send_bye(self) -> None:
        if self._bye is None:
            bye = self._dialog.request("BYE")
            self._bye = Retransmission(lambda: self._exchange.send(bye), lambda: None)

    async def _ended_or_forced(self, kind: EndKind) -> None:
        try:
            await self.ended(HANG_UP_TIMEOUT_S)
        except TimeoutError:
            self._finish(kind, text="the far end did not confirm")

    def _finish(self, kind: EndKind, *, code: int | None = None, reason: str = "", text: str = "") -> None:
        if self.end_reason is not None:
            return
        self.end_reason = CallEnd.told(kind, code, reason, text)
        self.ended_at = time.time()
        if self._bye is not None:
            self._bye.stop()
        self._media.close()
        self._changed()

    def _note_status(self, code: int) -> None:
        now = time.time()
        self.statuses.append(Status(now, code))
        if code == 180 and self.ringing_at is None:
            self.ringing_at = now
        self._changed()

    def _changed(self) -> None:
        for condition, waiter in self._waiters:
            if not waiter.done() and (self.end_reason is not None or condition()):
                waiter.set_result(None)
