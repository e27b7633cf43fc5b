"""How good a call was: what was counted and measured of it, and what that means for whoever was on the line. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from asisso.asterisk.ari.rtp import RtpStatistics
from asisso.audio.levels import Level

FRAMES_A_SECOND = 50


class Verdict(StrEnum):
    """How good a call was, or how bad one trouble is."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


@dataclass(frozen=True, slots=True)
class AudioCounts:
    """What passed between Asterisk and us, in 20 ms frames.

    Attributes:
        frames_received: of the caller's sound.
        frames_sent: of the agent's.
        frames_late: of the caller's sound that were not heard, because they came in a burst after a stall.
        frames_dropped: of the agent's continuous sound that were left out, to stay close to the present.
        gaps: pauses of the caller's sound that were filled with silence for the agent.
        gap_ms: their length altogether.
        xoffs: how often Asterisk's queue was nearly full.
        flushes: how often queued speech was thrown away because the caller began to speak.
    """

    frames_received: int = 0
    frames_sent: int = 0
    frames_late: int = 0
    frames_dropped: int = 0
    gaps: int = 0
    gap_ms: int = 0
    xoffs: int = 0
    flushes: int = 0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that made a call worse.

    Attributes:
        code: a constant for programs.
        severity: fair or poor: what the call was because of it.
        detail: a sentence for people, with the likely cause.
    """

    code: str
    severity: Verdict
    detail: str


@dataclass(frozen=True, slots=True)
class Quality:
    """One call's figures.

    Attributes:
        counts: of this process; a call that was taken over from another one counts from there.
        first_audio_ms: from the moment the agent was to begin to its first sound; None when it said nothing.
        turn_latency_ms: of each answer, from the end of the caller's speech to the first sound.
        caller, agent: how loud they were; None when that could not be measured.
        rtp: the PBX's own figures of its way to the telephone; None when it gave none.
    """

    counts: AudioCounts
    first_audio_ms: int | None
    turn_latency_ms: Sequence[int]
    caller: Level | None
    agent: Level | None
    rtp: RtpStatistics | None

    @property
    def troubles(self) -> list[Trouble]:
        """What made the call worse, the worst first."""
        found = [*_of_network(self), *_of_audio(self), *_of_waiting(self)]
        return sorted(found, key=lambda trouble: trouble.severity is not Verdict.POOR)

    @property
    def verdict(self) -> Verdict:
        """The call as a whole: as bad as its worst trouble."""
        troubles = self.troubles
        return troubles[0].severity if troubles else Verdict.GOOD

    def to_document(self) -> dict[str, Any]:
        """As the run keeps it."""
        latencies = self.turn_latency_ms
        return {
            "verdict": self.verdict,
            "troubles": [asdict(trouble) for trouble in self.troubles],
            "audio": asdict(self.counts),
            "first_audio_ms": self.first_audio_ms,
            "answers": len(latencies),
            "turn_latency_median_ms": round(statistics.median(latencies)) if latencies else None,
            "turn_latency_max_ms": max(latencies, default=None),
            "caller": asdict(self.caller) if self.caller else None,
            "agent": asdict(self.agent) if self.agent else None,
            "rtp": asdict(self.rtp) if self.rtp else None,
        }


@dataclass(frozen=True, slots=True)
class _Limits:
    """From where on a figure is fair and poor."""

    fair: float
    poor: float

    def severity(self, value: float) -> Verdict | None:
        if value >= self.poor:
            return Verdict.POOR
        return Verdict.FAIR if value >= self.fair else None


LOST_PERCENT = _Limits(1, 5)
"""G.711 with no concealment suffers audibly from 1 %; at 5 % words are lost."""

JITTER_MS = _Limits(30, 60)
ROUND_TRIP_MS = _Limits(300, 600)
"""ITU-T G.114: up to 150 ms one way is fine, more than 400 ms unacceptable."""

GAPS_A_MINUTE = _Limits(6, 20)
LATE_PERCENT = _Limits(1, 5)
DROPPED_PERCENT = _Limits(2, 10)
QUIET_DB = _Limits(40, 50)
"""Decibels below full scale; telephones speak at 15 to 30."""

CLIPPED_PERCENT = _Limits(2, 10)
FIRST_AUDIO_MS = _Limits(2_000, 5_000)
TURN_LATENCY_MS = _Limits(1_500, 3_000)


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def _of_network(quality: Quality) -> Iterator[Trouble]:
    rtp = quality.rtp
    if rtp is None:
        return
    lost = _percent(rtp.received_lost, rtp.received + rtp.received_lost)
    if severity := LOST_PERCENT.severity(lost):
        yield Trouble(
            "caller_packets_lost",
            severity,
            f"{lost:.1f} % of the caller's audio was lost: the network between telephone and PBX loses packets.",
        )
    unheard = _percent(rtp.sent_lost, rtp.sent)
    if severity := LOST_PERCENT.severity(unheard):
        yield Trouble(
            "agent_packets_lost",
            severity,
            f"{unheard:.1f} % of the agent's audio did not arrive: the network between PBX and telephone loses "
            "packets.",
        )
    if severity := JITTER_MS.severity(rtp.received_jitter_ms):
        yield Trouble(
            "jitter",
            severity,
            f"The caller's packets come {rtp.received_jitter_ms:.0f} ms early or late: the network between telephone "
            "and PBX is uneven.",
        )
    if severity := ROUND_TRIP_MS.severity(rtp.round_trip_ms or 0):
        yield Trouble(
            "round_trip",
            severity,
            f"A packet takes {rtp.round_trip_ms:.0f} ms from the PBX to the telephone and back: both sides talk over "
            "each other.",
        )


def _of_audio(quality: Quality) -> Iterator[Trouble]:
    counts = quality.counts
    if not counts.frames_received:
        yield Trouble(
            "nothing_received",
            Verdict.POOR,
            "No sound of the caller arrived: the telephone sent none, or a firewall keeps it from the PBX.",
        )
    yield from _of_gaps(quality)
    late = _percent(counts.frames_late, counts.frames_received)
    if severity := LATE_PERCENT.severity(late):
        yield Trouble(
            "frames_late",
            severity,
            f"{late:.1f} % of the caller's audio came too late to be heard: this server, or its network to the PBX, "
            "stood still for moments.",
        )
    dropped = _percent(counts.frames_dropped, counts.frames_dropped + counts.frames_sent)
    if severity := DROPPED_PERCENT.severity(dropped):
        yield Trouble(
            "frames_dropped",
            severity,
            f"{dropped:.1f} % of the agent's continuous sound was left out: it came in bursts or while something else "
            "was said.",
        )
    if counts.xoffs:
        yield Trouble(
            "queue_full",
            Verdict.FAIR,
            f"Asterisk's queue was nearly full {_times(counts.xoffs)}: the agent sends faster than it is heard.",
        )
    yield from _of_level(quality)


def _of_gaps(quality: Quality) -> Iterator[Trouble]:
    counts, rtp = quality.counts, quality.rtp
    heard_s = counts.frames_received / FRAMES_A_SECOND + counts.gap_ms / 1000
    severity = GAPS_A_MINUTE.severity(counts.gaps * 60 / max(heard_s, 60))
    if severity is None:
        return
    what = f"{counts.gaps} gaps in the caller's audio"
    if rtp is not None and rtp.received_lost:
        yield Trouble("gaps", severity, f"{what}: the network between telephone and PBX loses packets.")
    elif rtp is None:
        # A telephone may also send nothing while it is silent, which harms nobody.
        yield Trouble(
            "gaps",
            Verdict.FAIR,
            f"{what}: the telephone saves on silence, or the network to the PBX loses packets.",
        )


def _of_level(quality: Quality) -> Iterator[Trouble]:
    caller = quality.caller
    if caller is None or caller.speech_dbfs is None:
        return
    if severity := QUIET_DB.severity(-caller.speech_dbfs):
        yield Trouble(
            "caller_quiet",
            severity,
            f"The caller was very quiet ({caller.speech_dbfs:.0f} dBFS): the telephone's microphone or a gateway's "
            "level is too low.",
        )
    if severity := CLIPPED_PERCENT.severity(caller.clipped_percent):
        yield Trouble(
            "caller_clipped",
            severity,
            f"{caller.clipped_percent:.0f} % of the caller's speech is distorted: the telephone's microphone or a "
            "gateway's level is too high.",
        )


def _of_waiting(quality: Quality) -> Iterator[Trouble]:
    if severity := FIRST_AUDIO_MS.severity(quality.first_audio_ms or 0):
        yield Trouble(
            "first_audio_late",
            severity,
            f"The caller waited {(quality.first_audio_ms or 0) / 1000:.1f} s for the agent's first word.",
        )
    if not quality.turn_latency_ms:
        return
    median_ms = statistics.median(quality.turn_latency_ms)
    if severity := TURN_LATENCY_MS.severity(median_ms):
        yield Trouble(
            "answers_late",
            severity,
            f"Half of the agent's answers took longer than {median_ms / 1000:.1f} s.",
        )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
