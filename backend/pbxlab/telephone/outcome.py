"""How a call went: its statuses, its end, and the error of those who waited for something else.

Pure. Must not know how a call is made.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class EndKind(StrEnum):
    """How a call ended."""

    REJECTED = "rejected"
    CANCELLED = "cancelled"
    LOCAL_BYE = "local_bye"
    REMOTE_BYE = "remote_bye"
    NO_RESPONSE = "no_response"


@dataclass(frozen=True)
class CallEnd:
    """The end of a call.

    `code` is the final SIP status of a call that was never answered, `cause` the Q.850 cause of a Reason
    header (RFC 3326), `text` what came with either.
    """

    kind: EndKind
    code: int | None = None
    cause: int | None = None
    text: str = ""

    @classmethod
    def told(cls, kind: EndKind, code: int | None, reason: str, text: str) -> "CallEnd":
        """With what a Reason header (`Q.850;cause=16;text="..."`) says beside the kind and the status."""
        cause = re.search(r"cause\s*=\s*(\d+)", reason)
        quoted = re.search(r'text\s*=\s*"([^"]*)"', reason)
        return cls(kind, code, int(cause[1]) if cause else None, text or (quoted[1] if quoted else ""))

    def __str__(self) -> str:
        details = [str(part) for part in (self.code, self.text, self.cause and f"cause {self.cause}") if part]
        return " ".join([self.kind.value, *details])


class CallEnded(Exception):
    """The call ended before what was waited for came; `end` says how."""

    def __init__(self, awaited: str, end: CallEnd) -> None:
        super().__init__(f"the call ended ({end}) before {awaited}")
        self.end = end


@dataclass(frozen=True, slots=True)
class Status:
    """A SIP status seen on the INVITE (received by a caller, sent by a callee) and when."""

    at: float
    code: int
