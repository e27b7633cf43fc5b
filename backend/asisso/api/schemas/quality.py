"""How good a call was."""

from __future__ import annotations

from pydantic import Field

from asisso.api.schemas.base import Output
from asisso.calls.quality import Verdict


class TroubleOut(Output):
    """Something that made the call worse: a constant for programs, and a sentence with the likely cause."""

    code: str = Field(examples=["caller_audio_gaps"])
    severity: Verdict
    detail: str = Field(
        examples=["42 gaps in the caller's audio: the network between telephone and PBX loses packets."]
    )


class AudioCountsOut(Output):
    """What passed between Asterisk and the agent, in frames of 20 ms."""

    frames_received: int = Field(description="Of the caller's sound.")
    frames_sent: int = Field(description="Of the agent's sound.")
    frames_late: int = Field(description="Of the caller's sound, too late to be heard after a stall.")
    frames_dropped: int = Field(
        description="Of the agent's continuous sound, left out to stay in the present."
    )
    gaps: int = Field(description="Pauses of the caller's sound, filled with silence for the agent.")
    gap_ms: int = Field(description="Their length altogether.")
    xoffs: int = Field(description="How often Asterisk's queue was nearly full.")
    flushes: int = Field(
        description="How often queued speech was thrown away because the caller began to speak."
    )


class LevelOut(Output):
    """How loud one side was."""

    speech_dbfs: float | None = Field(description="Mean level of the speech; null when there was none.")
    clipped_percent: float = Field(description="Part of the speech that was cut off at full scale.")


class RtpStatisticsOut(Output):
    """The packets between PBX and telephone, as the PBX counted them shortly before the end."""

    received: int = Field(description="Packets from the telephone.")
    received_lost: int = Field(description="Packets of the telephone that never came.")
    received_jitter_ms: float
    sent: int = Field(description="Packets to the telephone.")
    sent_lost: int = Field(description="Packets that the telephone says it missed.")
    round_trip_ms: float | None = Field(
        description="To the telephone and back; null when the telephone tells nothing."
    )


class QualityOut(Output):
    """How good a call was, and why."""

    verdict: Verdict
    troubles: list[TroubleOut]
    audio: AudioCountsOut
    first_audio_ms: int | None = Field(description="How long the caller waited for the agent's first sound.")
    answers: int = Field(description="How many of the agent's answers were measured.")
    turn_latency_median_ms: int | None = Field(
        description="From the end of the caller's speech to the answer's first sound."
    )
    turn_latency_max_ms: int | None
    caller: LevelOut | None
    agent: LevelOut | None
    rtp: RtpStatisticsOut | None


class PeaksOut(Output):
    """A recording's picture: the loudest sample (0 to 32768) of each stretch of time, for both sides."""

    peak_ms: int = Field(description="The length of a stretch.")
    caller: list[int]
    agent: list[int]
