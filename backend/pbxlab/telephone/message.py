"""SIP messages: bytes to objects and back (RFC 3261 sections 7, 18 and 20).

Pure. Keeps header fields in order and by their full names; must not know of sockets, dialogs or calls.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

VERSION = "SIP/2.0"
MAX_MESSAGE_BYTES = 65_535

_COMPACT_FORMS = {
    "i": "call-id",
    "m": "contact",
    "e": "content-encoding",
    "l": "content-length",
    "c": "content-type",
    "f": "from",
    "s": "subject",
    "k": "supported",
    "t": "to",
    "v": "via",
    "r": "refer-to",
}
# Names whose usual spelling is not just capitalised words.
_SPELLINGS = {"call-id": "Call-ID", "cseq": "CSeq", "www-authenticate": "WWW-Authenticate"}
# Copied from a request into every response to it (RFC 3261 8.2.6.2).
_MIRRORED = ("via", "from", "to", "call-id", "cseq")


class SipParseError(ValueError):
    """These bytes are not a SIP message."""


class Headers:
    """Header fields in order; names are matched without regard to case or compact form."""

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields = [(_canonical(name), value) for name, value in fields]

    def get(self, name: str, default: str = "") -> str:
        """The first value of a field."""
        wanted = _canonical(name)
        return next((value for found, value in self._fields if found == wanted), default)

    def all(self, name: str) -> list[str]:
        """Every value of a field, one for each line it stood on."""
        wanted = _canonical(name)
        return [value for found, value in self._fields if found == wanted]

    def set(self, name: str, value: str) -> None:
        """Replace a field, in its place, or add it at the end."""
        wanted = _canonical(name)
        places = [index for index, (found, _) in enumerate(self._fields) if found == wanted]
        if not places:
            self._fields.append((wanted, value))
            return
        self._fields[places[0]] = (wanted, value)
        for index in reversed(places[1:]):
            del self._fields[index]

    def items(self) -> list[tuple[str, str]]:
        """All fields in order, names in lower case."""
        return list(self._fields)

    def __contains__(self, name: str) -> bool:
        return any(found == _canonical(name) for found, _ in self._fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._fields == other._fields

    def __repr__(self) -> str:
        return f"Headers({self._fields!r})"


@dataclass(frozen=True)
class _Message:
    headers: Headers
    body: bytes = b""

    @property
    def call_id(self) -> str:
        return self.headers.get("call-id")

    @property
    def cseq(self) -> tuple[int, str]:
        """Number and method of the CSeq field; `(0, "")` when it cannot be read."""
        number, _, method = self.headers.get("cseq").partition(" ")
        return (int(number), method.strip().upper()) if number.isdigit() else (0, "")

    @property
    def branch(self) -> str:
        """The branch of the topmost Via: names the transaction."""
        return parameter(self.headers.get("via"), "branch")

    def _to_bytes(self, start_line: str) -> bytes:
        lines = [start_line]
        lines += [
            f"{_spelled(name)}: {value}" for name, value in self.headers.items() if name != "content-length"
        ]
        lines += [f"Content-Length: {len(self.body)}", "", ""]
        return "\r\n".join(lines).encode() + self.body


@dataclass(frozen=True)
class SipRequest(_Message):
    """A request; `uri` is the Request-URI as it stands on the wire."""

    method: str = field(kw_only=True)
    uri: str = field(kw_only=True)

    def to_bytes(self) -> bytes:
        return self._to_bytes(f"{self.method} {self.uri} {VERSION}")

    @property
    def user(self) -> str:
        """The user part of the Request-URI: the number that was called."""
        found = re.match(r"sips?:([^@;>]+)@", self.uri)
        return found[1] if found else ""

    def response(
        self,
        code: int,
        reason: str,
        *,
        to_tag: str = "",
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> "SipResponse":
        """The response to this request; `to_tag` is added unless the request already carries one."""
        fields = [(name, value) for name in _MIRRORED for value in self.headers.all(name)]
        if to_tag and not parameter(self.headers.get("to"), "tag"):
            fields = [(name, f"{value};tag={to_tag}" if name == "to" else value) for name, value in fields]
        return SipResponse(Headers([*fields, *headers]), body, code=code, reason=reason)


@dataclass(frozen=True)
class SipResponse(_Message):
    """A response; 1xx is provisional, the rest final."""

    code: int = field(kw_only=True)
    reason: str = field(kw_only=True)

    @property
    def is_final(self) -> bool:
        return self.code >= 200

    def to_bytes(self) -> bytes:
        return self._to_bytes(f"{VERSION} {self.code} {self.reason}")


def parse(data: bytes) -> SipRequest | SipResponse:
    """One UDP datagram as a message.

    Raises:
        SipParseError: no start line, a malformed header line, or a body shorter than Content-Length says.
    """
    head, _, rest = data.partition(b"\r\n\r\n")
    start_line, *lines = head.decode("utf-8", "replace").split("\r\n")
    headers = Headers(_split_fields(lines))
    body = _cut_body(rest, headers.get("content-length"))
    words = start_line.split(" ", 2)
    if len(words) < 2:
        raise SipParseError(f"not a SIP start line: {start_line[:80]!r}")
    if words[0] == VERSION:
        if not words[1].isdigit() or not 100 <= int(words[1]) <= 699:
            raise SipParseError(f"not a SIP status: {words[1]!r}")
        return SipResponse(headers, body, code=int(words[1]), reason=words[2] if len(words) > 2 else "")
    if len(words) != 3 or words[2] != VERSION:
        raise SipParseError(f"not a SIP start line: {start_line[:80]!r}")
    return SipRequest(headers, body, method=words[0], uri=words[1])


def parameter(value: str, name: str) -> str:
    """A `;name=value` parameter of a field, looked for outside its <uri>; empty when absent."""
    outside = re.sub(r'"(?:\\.|[^"\\])*"', "", value)
    outside = re.sub(r"<[^>]*>", "", outside)
    found = re.search(rf";\s*{re.escape(name)}\s*=\s*([^;,\s]+)", outside, re.IGNORECASE)
    return found[1] if found else ""


def uri_in(value: str) -> str:
    """The URI of a From, To, Contact or Refer-To field."""
    found = re.search(r"<([^>]*)>", value)
    return found[1] if found else value.split(";")[0].strip()


def _split_fields(lines: list[str]) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and fields:
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {line.strip()}")
            continue
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise SipParseError(f"not a SIP header field: {line[:80]!r}")
        fields.append((name.strip(), value.strip()))
    return fields


def _cut_body(rest: bytes, length: str) -> bytes:
    if not length:
        return rest
    if not length.isdigit() or int(length) > len(rest):
        raise SipParseError(f"Content-Length {length!r} but {len(rest)} bytes of body")
    return rest[: int(length)]


def _canonical(name: str) -> str:
    lowered = name.lower()
    return _COMPACT_FORMS.get(lowered, lowered)


def _spelled(name: str) -> str:
    return _SPELLINGS.get(name, name.title())
