"""The telephone: one UDP port of SIP, any number of calls, and what to do when it is called.

Owns the SIP socket, the audio clock and the list of calls. Must not know what the PBX does with a call.
"""

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from pbxlab.telephone import sdp
from pbxlab.telephone.behaviour import Answer, Behaviour, EarlyMedia, Reject, Ring
from pbxlab.telephone.call import ANSWER_TIMEOUT_S, HANG_UP_TIMEOUT_S, PhoneCall
from pbxlab.telephone.codecs import ALAW, SLIN16, ULAW, Codec
from pbxlab.telephone.dialog import ALLOWED_METHODS, Dialog
from pbxlab.telephone.digest import Account
from pbxlab.telephone.incoming import IncomingCall
from pbxlab.telephone.media import CallMedia
from pbxlab.telephone.message import (
    MAX_MESSAGE_BYTES,
    SipParseError,
    SipRequest,
    SipResponse,
    parameter,
    parse,
)
from pbxlab.telephone.outgoing import OutgoingCall
from pbxlab.telephone.rtp import RECEIVE_BUFFER_BYTES, RtpClock

# How many responses are kept to answer retransmitted requests with; a burst of calls needs a few each.
RESPONSES_KEPT = 1024
# Incoming calls nobody has asked for yet; of more than this the oldest is no longer handed out.
MAX_CALLS_WAITING = 256
REASON_PHRASES = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    202: "Accepted",
    404: "Not Found",
    405: "Method Not Allowed",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    503: "Service Unavailable",
    603: "Decline",
}
_IN_DIALOG = {"BYE", "INFO", "REFER", "NOTIFY", "OPTIONS"}


class Telephone:
    """A SIP user agent on one UDP port.

    Use it as an async context manager: calls that still live at the end are hung up.
    """

    def __init__(
        self,
        pbx: tuple[str, int],
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        codecs: Sequence[Codec] = (ULAW, ALAW, SLIN16),
        account: Account | None = None,
    ) -> None:
        """Args:
        pbx: address and port of the PBX's SIP.
        port: UDP port to be called at; 0 takes a free one.
        codecs: those taken when called.
        account: proves who calls to a PBX that asks; its user is then the caller's number.
        """
        self.calls: list[PhoneCall] = []
        self._pbx = pbx
        self._host = host
        self._wanted_port = port
        self._codecs = tuple(codecs)
        self._account = account
        self._behaviours: dict[str | None, Behaviour] = {None: Answer()}
        self._by_call_id: dict[str, PhoneCall] = {}
        self._incoming: asyncio.Queue[IncomingCall] = asyncio.Queue(MAX_CALLS_WAITING)
        self._responses: OrderedDict[tuple[str, str, int, str], bytes] = OrderedDict()
        self._sources: dict[str, tuple[str, int]] = {}
        self._clock = RtpClock()
        self._socket: socket.socket | None = None
        self._timers: set[asyncio.TimerHandle] = set()

    async def __aenter__(self) -> "Telephone":
        own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        own.setblocking(False)
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        try:
            own.bind((self._host, self._wanted_port))
        except OSError:
            own.close()
            raise
        self._socket = own
        asyncio.get_running_loop().add_reader(own.fileno(), self._read_all)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Hang up what still lives, and let go of the port."""
        if self._socket is None:
            return
        for timer in self._timers:
            timer.cancel()
        living = [call for call in self.calls if call.end_reason is None]
        try:
            async with asyncio.timeout(HANG_UP_TIMEOUT_S * 2):
                await asyncio.gather(*(call.hang_up() for call in living), return_exceptions=True)
        finally:
            for call in self.calls:
                call.release()
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    @property
    def port(self) -> int:
        """The UDP port it can be called at."""
        return int(self._bound.getsockname()[1])

    async def dial(
        self,
        number: str,
        *,
        codec: Codec = ULAW,
        caller_number: str = "1000",
        caller_name: str = "Lab",
        headers: Mapping[str, str] | None = None,
        sends_silence: bool = True,
    ) -> PhoneCall:
        """Call a number; returns as soon as the INVITE is sent.

        Args:
            sends_silence: send packets of silence while nothing is said, as most telephones do.
            headers: further header fields of the INVITE.
        """
        pbx, own = f"{self._pbx[0]}:{self._pbx[1]}", f"{self._host}:{self.port}"
        caller = self._account.user if self._account is not None else caller_number
        dialog = Dialog.calling(number, pbx, own, caller, caller_name)
        media = self._new_media(dialog.call_id, codec)
        media.sends_silence = sends_silence
        call = OutgoingCall(self, dialog, media, number, tuple((headers or {}).items()), self._account)
        self._keep(call)
        return call

    def when_called(self, behaviour: Behaviour, *, number: str | None = None) -> None:
        """Choose what happens when one of this telephone's numbers (default: any other) is called."""
        self._behaviours[number] = behaviour

    async def next_call(self, timeout_s: float = ANSWER_TIMEOUT_S) -> IncomingCall:
        """The next incoming call not yet taken with this method, whatever its behaviour did with it.

        Raises:
            TimeoutError: nobody called.
        """
        try:
            async with asyncio.timeout(timeout_s):
                return await self._incoming.get()
        except TimeoutError:
            raise TimeoutError(f"nobody called within {timeout_s} s") from None

    # -- Exchange: what calls send through -----------------------------------------------------------------

    def send(self, message: SipRequest | SipResponse) -> None:
        """Send a message to the PBX; lost messages are the retransmission's affair."""
        self._send_bytes(message.to_bytes(), self._sources.get(message.call_id, self._pbx))

    def respond(
        self, request: SipRequest, code: int, *, to_tag: str = "",
        headers: tuple[tuple[str, str], ...] = (), body: bytes = b"",
    ) -> None:  # fmt: skip
        """Answer a request, and remember the answer for when the request comes again."""
        reason = REASON_PHRASES.get(code, "Status")
        response = request.response(
            code, reason, to_tag=to_tag if code > 100 else "", headers=headers, body=body
        )
        data = response.to_bytes()
        self._responses[_transaction(request)] = data
        if len(self._responses) > RESPONSES_KEPT:
            self._responses.popitem(last=False)
        self._send_bytes(data, self._sources.get(request.call_id, self._pbx))

    # -- receiving -----------------------------------------------------------------------------------------

    def _read_all(self) -> None:
        while self._socket is not None:
            try:
                data, source = self._socket.recvfrom(MAX_MESSAGE_BYTES)
            except (BlockingIOError, ConnectionRefusedError):
                return
            try:
                message = parse(data)
            except SipParseError:
                # Keep-alive bytes and noise: RFC 3261 lets an element drop what it cannot parse.
                continue
            if isinstance(message, SipResponse):
                self._on_response(message)
            else:
                self._on_request(message, (str(source[0]), int(source[1])))

    def _on_response(self, response: SipResponse) -> None:
        if call := self._by_call_id.get(response.call_id):
            call.on_response(response)

    def _on_request(self, request: SipRequest, source: tuple[str, int]) -> None:
        call = self._by_call_id.get(request.call_id)
        self._sources[request.call_id] = source
        if request.method == "ACK":
            if call is not None:
                call.on_ack(request)
            return
        if known := self._responses.get(_transaction(request)):
            self._send_bytes(known, source)
        elif request.method == "CANCEL":
            self._on_cancel(request, call)
        elif parameter(request.headers.get("to"), "tag"):
            self._on_request_in_dialog(request, call)
        elif request.method == "INVITE" and call is None:
            self._on_call(request)
        elif request.method == "OPTIONS":
            self.respond(request, 200, to_tag="pbxlab", headers=(("Allow", ALLOWED_METHODS),))
        else:
            self.respond(request, 481 if request.method in _IN_DIALOG else 405, to_tag="pbxlab")

    def _on_request_in_dialog(self, request: SipRequest, call: PhoneCall | None) -> None:
        if call is None:
            self.respond(request, 481)
        elif request.method == "INVITE" or request.method in _IN_DIALOG:
            call.on_request(request)
        else:
            self.respond(request, 405, headers=(("Allow", ALLOWED_METHODS),))

    def _on_cancel(self, request: SipRequest, call: PhoneCall | None) -> None:
        if isinstance(call, IncomingCall):
            call.on_cancel(request)
        else:
            self.respond(request, 481, to_tag="pbxlab")

    def _on_call(self, invite: SipRequest) -> None:
        try:
            codec = sdp.parse(invite.body).first_of(self._codecs) if invite.body else self._codecs[0]
        except sdp.SdpError:
            codec = None
        if codec is None:
            self.respond(invite, 488, to_tag="pbxlab")
            return
        media = self._new_media(invite.call_id, codec)
        call = IncomingCall(self, Dialog.called(invite, f"{self._host}:{self.port}"), media, invite)
        self._keep(call)
        if self._incoming.full():
            self._incoming.get_nowait()
        self._incoming.put_nowait(call)
        self._behave(call, self._behaviours.get(invite.user, self._behaviours[None]))

    def _behave(self, call: IncomingCall, behaviour: Behaviour) -> None:
        match behaviour:
            case Reject(code):
                call.reject(code)
            case Ring():
                call.ring()
            case Answer(after_ms, play):
                if after_ms:
                    call.ring()
                self._answer_after(call, after_ms, play)
            case EarlyMedia(play, answer_after_ms):
                call.send_early_media()
                if play is not None:
                    call.play(play)
                if answer_after_ms is not None:
                    self._answer_after(call, answer_after_ms, None)

    def _answer_after(self, call: IncomingCall, after_ms: int, play: Path | None) -> None:
        def answer() -> None:
            call.answer()
            if play is not None:
                call.play(play)

        if after_ms:
            self._timers.add(asyncio.get_running_loop().call_later(after_ms / 1000, answer))
        else:
            answer()

    # -- small parts ---------------------------------------------------------------------------------------

    def _new_media(self, call_id: str, codec: Codec) -> CallMedia:
        def changed() -> None:
            if call := self._by_call_id.get(call_id):
                call.media_changed()

        return CallMedia(self._host, codec, self._clock, changed)

    def _keep(self, call: PhoneCall) -> None:
        self.calls.append(call)
        self._by_call_id[call.call_id] = call

    def _send_bytes(self, data: bytes, address: tuple[str, int]) -> None:
        try:
            self._bound.sendto(data, address)
        except (BlockingIOError, ConnectionRefusedError):
            return

    @property
    def _bound(self) -> socket.socket:
        if self._socket is None:
            raise RuntimeError("the telephone is not in use: enter it with `async with`")
        return self._socket


def _transaction(request: SipRequest) -> tuple[str, str, int, str]:
    """What a retransmitted request has in common with the first one (RFC 3261 17.2.3)."""
    number, method = request.cseq
    return request.branch, request.call_id, number, method
