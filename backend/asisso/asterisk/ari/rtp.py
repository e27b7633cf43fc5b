"""What Asterisk knows of the packets between itself and a telephone (`res_rtp_asterisk`, RFC 3550)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RtpStatistics:
    """One channel's packets so far, seen from Asterisk.

    Attributes:
        received, received_lost, received_jitter_ms: from the telephone; losses are counted every 5 s.
        sent: to the telephone.
        sent_lost, round_trip_ms: as the telephone reports them; 0 and None where it does not.
    """

    received: int
    received_lost: int
    received_jitter_ms: float
    sent: int
    sent_lost: int
    round_trip_ms: float | None


def parse_rtp_statistics(answer: Mapping[str, Any]) -> RtpStatistics:
    """Read the answer of `GET /channels/{id}/rtp_statistics`; what is missing counts as nothing.

    Asterisk's names are not alike: `rxploss` is what it missed itself and `txploss` what the telephone reports, but
    `txjitter` is what it measured itself (`ast_rtp_get_stat`). Times are seconds.
    """
    return RtpStatistics(
        received=_count(answer, "rxcount"),
        received_lost=_count(answer, "rxploss"),
        received_jitter_ms=_ms(answer, "txjitter"),
        sent=_count(answer, "txcount"),
        sent_lost=_count(answer, "txploss"),
        round_trip_ms=_ms(answer, "rtt") or None,
    )


def _count(answer: Mapping[str, Any], name: str) -> int:
    return max(0, int(_number(answer, name)))


def _ms(answer: Mapping[str, Any], name: str) -> float:
    return round(max(0.0, _number(answer, name)) * 1000, 1)


def _number(answer: Mapping[str, Any], name: str) -> float:
    value = answer.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
