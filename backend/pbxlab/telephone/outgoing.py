"""A call this telephone makes: the caller's side of an INVITE (RFC 3261 13.2, 9.1, 17.1.1).

Must not know of sockets; it sends through the telephone it belongs to.
"""

import time

from pbxlab.telephone import sdp
from pbxlab.telephone.call import Exchange, PhoneCall
from pbxlab.telephone.dialog import Dialog
from pbxlab.telephone.digest import Account, authorization
from pbxlab.telephone.media import CallMedia
from pbxlab.telephone.message import SipRequest, SipResponse
from pbxlab.telephone.outcome import EndKind
from pbxlab.telephone.transaction import GIVE_UP_AFTER_S, Retransmission

CHALLENGES = {
    401: ("www-authenticate", "authorization"),
    407: ("proxy-authenticate", "proxy-authorization"),
}
"""Statuses that ask who is calling: the field of the question and the field of the answer."""


class OutgoingCall(PhoneCall):
    """A call to the PBX; the INVITE leaves when it is made."""

    def __init__(
        self,
        exchange: Exchange,
        dialog: Dialog,
        media: CallMedia,
        number: str,
        headers: tuple[tuple[str, str], ...],
        account: Account | None = None,
    ) -> None:
        super().__init__(exchange, dialog, media, number)
        self._headers = headers
        self._account = account
        self._invite: SipRequest = self._new_invite()
        self._is_proceeding = False
        self._is_cancelled = False
        self._cancel: Retransmission | None = None
        self.invited_at = time.time()
        self._inviting = self._send_invite()

    async def hang_up(self) -> None:
        if self.end_reason is not None:
            return
        if self.answered_at is not None:
            self._send_bye()
            await self._ended_or_forced(EndKind.LOCAL_BYE)
            return
        self._is_cancelled = True
        # Before any response the far end may not know the call yet: the CANCEL waits for one.
        if self._is_proceeding:
            self._send_cancel()
        await self._ended_or_forced(EndKind.CANCELLED)

    def on_response(self, response: SipResponse) -> None:
        _, method = response.cseq
        if method == "INVITE":
            self._on_invite_response(response)
        elif method == "CANCEL" and self._cancel is not None:
            self._cancel.stop()
        elif method == "BYE":
            self._finish(EndKind.LOCAL_BYE)

    def on_ack(self, request: SipRequest) -> None:
        """The far end acknowledges how we answered its change of the session: nothing is waiting for it."""

    def _on_invite_response(self, response: SipResponse) -> None:
        self._inviting.stop()
        if response.code < 300:
            self._dialog.learn(response)
        if response.is_final:
            self._exchange.send(self._dialog.acknowledge(self._invite, response))
        if self.end_reason is not None or self.answered_at is not None:
            return
        if response.code in CHALLENGES and self._account is not None and not self._is_cancelled:
            self._answer_challenge(response, self._account)
            return
        self._note_status(response.code)
        if not response.is_final:
            self._on_provisional(response)
            return
        self.remote_headers = dict(response.headers.items())
        if response.code < 300:
            self._on_answer(response)
        else:
            kind = EndKind.CANCELLED if self._is_cancelled else EndKind.REJECTED
            reason = response.headers.get("reason")
            self._finish(kind, code=response.code, reason=reason, text=response.reason)

    def _new_invite(self, *more: tuple[str, str]) -> SipRequest:
        return self._dialog.request(
            "INVITE",
            headers=(*self._headers, *more),
            body=self._media.describe(),
            content_type="application/sdp",
        )

    def _send_invite(self) -> Retransmission:
        return Retransmission(
            lambda: self._exchange.send(self._invite),
            lambda: self._finish(EndKind.NO_RESPONSE),
            longest_interval_s=GIVE_UP_AFTER_S,
        )

    def _answer_challenge(self, response: SipResponse, account: Account) -> None:
        """Once: a second challenge means that the password is wrong (RFC 3261 22.2)."""
        asking, answering = CHALLENGES[response.code]
        uri = self._invite.uri
        self._account = None
        self._invite = self._new_invite(
            (answering, authorization(response.headers.get(asking), account, "INVITE", uri))
        )
        self._inviting = self._send_invite()

    def _on_provisional(self, response: SipResponse) -> None:
        self._is_proceeding = True
        if response.body:
            self._connect(response)
        if self._is_cancelled and self._cancel is None:
            self._send_cancel()

    def _on_answer(self, response: SipResponse) -> None:
        is_audible = self._connect(response)
        self.answered_at = time.time()
        self._changed()
        # An answer that crossed our CANCEL on the way, or has no audio we can use, is hung up again.
        if self._is_cancelled or not is_audible:
            self._send_bye()

    def _connect(self, response: SipResponse) -> bool:
        try:
            self._media.connect(sdp.parse(response.body))
        except sdp.SdpError:
            return False
        return True

    def _send_cancel(self) -> None:
        cancel = self._dialog.cancel(self._invite)
        self._cancel = Retransmission(lambda: self._exchange.send(cancel), lambda: None)

    def _finish(self, kind: EndKind, *, code: int | None = None, reason: str = "", text: str = "") -> None:
        self._inviting.stop()
        if self._cancel is not None:
            self._cancel.stop()
        super()._finish(kind, code=code, reason=reason, text=text)
