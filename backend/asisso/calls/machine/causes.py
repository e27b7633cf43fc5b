"""Why a channel ended: Q.850 causes, the SIP status behind them, and what an unanswered call's cause means. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from asisso.vocabulary import EndedBy, Outcome

CAUSE_UNALLOCATED = 1
CAUSE_NORMAL = 16
CAUSE_BUSY = 17
CAUSE_NO_ANSWER = 19
CAUSE_SUBSCRIBER_ABSENT = 20
CAUSE_REJECTED = 21
CAUSE_CONGESTION = 34
"""Q.850; an unanswered PJSIP call sees 1, 16, 17, 20 and 34 as 404, 603, 486, 480 and 503."""


@dataclass(frozen=True, slots=True)
class HangupCause:
    """Asterisk's Q.850 cause with its text, and the SIP status where it gave one."""

    code: int
    text: str
    sip_status: int | None = None

    def __str__(self) -> str:
        status = f", SIP {self.sip_status}" if self.sip_status else ""
        return f"{self.text or 'no cause given'} ({self.code}{status})"


@dataclass(frozen=True, slots=True)
class Unanswered:
    """What became of a dialled telephone that did not answer; `detail` is a sentence for a person."""

    outcome: Outcome
    ended_by: EndedBy
    detail: str


def why_unanswered(cause: HangupCause | None, *, dial_status: str, has_rung: bool) -> Unanswered:
    """Tell busy, declined, unanswered and unreachable apart, as far as Asterisk lets them be.

    A telephone that rings until the time is up, one that says 480 and one that never answers SIP all end with cause
    19 and 480; that the first one rang, and that only the second one's refusal was told, is the difference.

    Args:
        dial_status: of the last Dial event (`BUSY`, `CONGESTION`, ...); Local channels have no cause of their own.
        has_rung: ringing or early media was seen.
    """
    code = cause.code if cause else 0
    status = cause.sip_status if cause else None
    told = f" Asterisk: {cause}." if cause else ""
    if code == CAUSE_BUSY or dial_status == "BUSY" or status in (486, 600):
        return Unanswered(Outcome.BUSY, EndedBy.CALLER, f"The line was busy.{told}")
    if code == CAUSE_REJECTED or status in (403, 603):
        return Unanswered(Outcome.DECLINED, EndedBy.CALLER, f"The call was declined.{told}")
    if code == CAUSE_UNALLOCATED or status == 404:
        return Unanswered(Outcome.FAILED, EndedBy.PBX, f"The number does not exist.{told}")
    if code == CAUSE_NO_ANSWER and dial_status == "NOANSWER":
        return Unanswered(Outcome.NO_ANSWER, EndedBy.CALLER, f"The telephone is not available.{told}")
    if has_rung and code in (0, CAUSE_NORMAL, CAUSE_NO_ANSWER):
        return Unanswered(Outcome.NO_ANSWER, EndedBy.SYSTEM, f"It rang and nobody answered.{told}")
    if code in (0, CAUSE_NO_ANSWER, CAUSE_SUBSCRIBER_ABSENT) and dial_status != "CONGESTION":
        detail = (
            f"The telephone could not be reached: it never rang. Is it registered, or the trunk up?{told}"
        )
        return Unanswered(Outcome.FAILED, EndedBy.PBX, detail)
    return Unanswered(Outcome.FAILED, EndedBy.PBX, f"The call could not be put through.{told}")
