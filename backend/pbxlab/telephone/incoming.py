"""A call this telephone gets: the callee's side of an INVITE (RFC 3261 13.3, 17.2.1).

Must not know of sockets; it answers through the telephone it belongs to.
"""

import time

from pbxlab.telephone import sdp
from pbxlab.telephone.call import Exchange, PhoneCall
from pbxlab.telephone.dialog import Dialog
from pbxlab.telephone.media import CallMedia
from pbxlab.telephone.message import SipRequest, SipResponse
from pbxlab.telephone.outcome import EndKind
from pbxlab.telephone.transaction import Retransmission

DECLINE = 603


class IncomingCall(PhoneCall):
    """A call from the PBX that waits to be rung, answered or refused.

    Attributes:
        remote_headers: the INVITE's header fields, names in lower case.
    """

    def __init__(self, exchange: Exchange, dialog: Dialog, media: CallMedia, invite: SipRequest) -> None:
        super().__init__(exchange, dialog, media, invite.user)
        self.remote_headers = dict(invite.headers.items())
        self._invite = invite
        self._final: Retransmission | None = None
        self._is_accepted = False
        exchange.respond(invite, 100)

    def ring(self) -> None:
        """Tell the caller that the telephone rings (180)."""
        self._respond(180)

    def send_early_media(self) -> None:
        """Open the audio before answering (183 with a session description)."""
        self._open_media()
        self._respond(183, self._media.describe())

    def answer(self) -> None:
        """Answer (200); the call counts as answered when the caller acknowledges it."""
        if self._is_accepted or self.end_reason is not None:
            return
        self._is_accepted = True
        self._open_media()
        self._respond(200, self._media.describe())

    def reject(self, code: int = DECLINE) -> None:
        """Refuse with a final SIP status, 300 to 699."""
        if self._is_accepted or self.end_reason is not None:
            return
        self._respond(code)
        self._finish(EndKind.REJECTED, code=code)

    async def hang_up(self) -> None:
        if self.end_reason is not None:
            return
        if not self._is_accepted:
            self.reject()
            return
        # The caller may not be sent a BYE before it has acknowledged the answer (RFC 3261 15).
        await self.answered()
        self._send_bye()
        await self._ended_or_forced(EndKind.LOCAL_BYE)

    def on_ack(self, request: SipRequest) -> None:
        if self._final is not None:
            self._final.stop()
        if self._is_accepted and self.answered_at is None and self.end_reason is None:
            if request.body and not self._invite.body:
                self._media.connect(sdp.parse(request.body))
            self.answered_at = time.time()
            self._changed()

    def on_cancel(self, request: SipRequest) -> None:
        """Take a CANCEL: the caller gave up while it rang."""
        self._exchange.respond(request, 200, to_tag=self._dialog.local_tag)
        if self._is_accepted or self.end_reason is not None:
            return
        self._respond(487)
        self._finish(EndKind.CANCELLED, code=487, reason=request.headers.get("reason"))

    def on_response(self, response: SipResponse) -> None:
        if response.cseq[1] == "BYE":
            self._finish(EndKind.LOCAL_BYE)

    def _open_media(self) -> None:
        # An INVITE without an offer gets ours in the 200, and its answer comes with the ACK.
        if self._invite.body:
            self._media.connect(sdp.parse(self._invite.body))

    def _respond(self, code: int, body: bytes = b"") -> None:
        headers: tuple[tuple[str, str], ...] = (("Contact", self._dialog.contact),)
        if body:
            headers = (*headers, ("Content-Type", "application/sdp"))

        def send() -> None:
            self._exchange.respond(
                self._invite, code, to_tag=self._dialog.local_tag, headers=headers, body=body
            )

        self._note_status(code)
        if code >= 200:
            self._final = Retransmission(send, lambda: self._finish(EndKind.NO_RESPONSE))
        else:
            send()

    def release(self) -> None:
        if self._final is not None:
            self._final.stop()
        super().release()
