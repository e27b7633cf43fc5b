"""Who talks to whom in one SIP dialog, and the requests this end makes in it (RFC 3261 section 12).

Pure. Must not know of sockets, timers or audio.
"""

import secrets
from dataclasses import dataclass, field

from pbxlab.telephone.message import Headers, SipRequest, SipResponse, parameter, uri_in

USER_AGENT = "pbxlab"
ALLOWED_METHODS = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, NOTIFY, REFER"
_BRANCH_COOKIE = "z9hG4bK"


def new_tag() -> str:
    return secrets.token_hex(6)


@dataclass
class Dialog:
    """One dialog as this end sees it; `local` and `remote` are From/To values with their tags."""

    call_id: str
    local: str
    remote: str
    target: str
    contact: str
    via_address: str
    cseq: int = field(default=0)

    @classmethod
    def calling(cls, number: str, pbx: str, own: str, caller_number: str, caller_name: str) -> "Dialog":
        """A dialog about to be opened by an INVITE; `pbx` and `own` are `host:port`."""
        return cls(
            call_id=f"{secrets.token_hex(10)}@pbxlab",
            local=f'"{caller_name}" <sip:{caller_number}@{own}>;tag={new_tag()}',
            remote=f"<sip:{number}@{pbx}>",
            target=f"sip:{number}@{pbx}",
            contact=f"<sip:{caller_number}@{own}>",
            via_address=own,
        )

    @classmethod
    def called(cls, invite: SipRequest, own: str) -> "Dialog":
        """The dialog an INVITE from outside opens."""
        contact = invite.headers.get("contact") or invite.headers.get("from")
        return cls(
            call_id=invite.call_id,
            local=f"{invite.headers.get('to')};tag={new_tag()}",
            remote=invite.headers.get("from"),
            target=uri_in(contact),
            contact=f"<sip:{invite.user}@{own}>",
            via_address=own,
        )

    @property
    def local_tag(self) -> str:
        return parameter(self.local, "tag")

    def learn(self, response: SipResponse) -> None:
        """Take the far end's tag and its address for later requests from a response to our INVITE."""
        if parameter(response.headers.get("to"), "tag"):
            self.remote = response.headers.get("to")
        if contact := response.headers.get("contact"):
            self.target = uri_in(contact)

    def request(
        self,
        method: str,
        *,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
        content_type: str = "",
    ) -> SipRequest:
        """The next request of this end."""
        self.cseq += 1
        fields = [*self._fields(method, self.cseq, self._new_via()), ("Contact", self.contact)]
        fields += [("User-Agent", USER_AGENT), ("Allow", ALLOWED_METHODS), *headers]
        if content_type:
            fields.append(("Content-Type", content_type))
        return SipRequest(Headers(fields), body, method=method, uri=self.target)

    def acknowledge(self, invite: SipRequest, response: SipResponse) -> SipRequest:
        """The ACK: part of the INVITE's transaction when refused, a request of its own when accepted."""
        accepted = response.code < 300
        via = self._new_via() if accepted else invite.headers.get("via")
        fields = self._fields("ACK", invite.cseq[0], via, to=response.headers.get("to"))
        return SipRequest(Headers(fields), method="ACK", uri=self.target if accepted else invite.uri)

    def cancel(self, invite: SipRequest) -> SipRequest:
        """The CANCEL of an INVITE: same transaction, same To (RFC 3261 9.1)."""
        fields = self._fields(
            "CANCEL", invite.cseq[0], invite.headers.get("via"), to=invite.headers.get("to")
        )
        return SipRequest(Headers(fields), method="CANCEL", uri=invite.uri)

    def _new_via(self) -> str:
        return f"SIP/2.0/UDP {self.via_address};branch={_BRANCH_COOKIE}{secrets.token_hex(8)};rport"

    def _fields(self, method: str, cseq: int, via: str, to: str = "") -> list[tuple[str, str]]:
        return [
            ("Via", via),
            ("Max-Forwards", "70"),
            ("From", self.local),
            ("To", to or self.remote),
            ("Call-ID", self.call_id),
            ("CSeq", f"{cseq} {method}"),
        ]
