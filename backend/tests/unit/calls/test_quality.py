"""What a call's figures mean: each trouble by itself, and the call as bad as its worst."""

from __future__ import annotations

from dataclasses import replace

import pytest

from asisso.asterisk.ari.rtp import RtpStatistics
from asisso.audio.levels import Level
from asisso.calls.quality import AudioCounts, Quality, Verdict

pytestmark = pytest.mark.unit

RTP = RtpStatistics(
    received=6_000, received_lost=0, received_jitter_ms=2.0, sent=3_000, sent_lost=0, round_trip_ms=40.0
)
GOOD = Quality(
    counts=AudioCounts(frames_received=6_000, frames_sent=3_000),
    first_audio_ms=60,
    turn_latency_ms=[700, 900, 800],
    caller=Level(-24.0, 0.0),
    agent=Level(-20.0, 0.0),
    rtp=RTP,
)


def judged(quality: Quality) -> tuple[Verdict, list[str]]:
    return quality.verdict, [trouble.code for trouble in quality.troubles]


def counting(**counts: int) -> Quality:
    return replace(GOOD, counts=replace(GOOD.counts, **counts))


def over_a_network_with(**figures: float) -> Quality:
    return replace(GOOD, rtp=replace(RTP, **figures))


def test_a_call_with_nothing_wrong_is_good() -> None:
    assert judged(GOOD) == (Verdict.GOOD, [])


def test_what_could_not_be_measured_is_no_trouble() -> None:
    unknown = replace(GOOD, first_audio_ms=None, turn_latency_ms=[], caller=None, agent=None, rtp=None)
    assert judged(unknown) == (Verdict.GOOD, [])


@pytest.mark.parametrize(
    ("quality", "code", "verdict"),
    [
        (over_a_network_with(received_lost=61), "caller_packets_lost", Verdict.FAIR),
        (over_a_network_with(received_lost=400), "caller_packets_lost", Verdict.POOR),
        (over_a_network_with(sent_lost=300), "agent_packets_lost", Verdict.POOR),
        (over_a_network_with(received_jitter_ms=35.0), "jitter", Verdict.FAIR),
        (over_a_network_with(round_trip_ms=700.0), "round_trip", Verdict.POOR),
        (counting(frames_received=0), "nothing_received", Verdict.POOR),
        (counting(frames_late=90), "frames_late", Verdict.FAIR),
        (counting(frames_dropped=700), "frames_dropped", Verdict.POOR),
        (counting(xoffs=1), "queue_full", Verdict.FAIR),
        (replace(GOOD, caller=Level(-44.0, 0.0)), "caller_quiet", Verdict.FAIR),
        (replace(GOOD, caller=Level(-9.0, 12.0)), "caller_clipped", Verdict.POOR),
        (replace(GOOD, first_audio_ms=2_500), "first_audio_late", Verdict.FAIR),
        (replace(GOOD, turn_latency_ms=[500, 3_200, 3_400]), "answers_late", Verdict.POOR),
    ],
)
def test_each_trouble_is_named_and_weighed(quality: Quality, code: str, verdict: Verdict) -> None:
    assert judged(quality) == (verdict, [code])


def test_gaps_are_the_networks_fault_where_the_pbx_misses_packets() -> None:
    lossy = replace(counting(gaps=42, gap_ms=4_200), rtp=replace(RTP, received_lost=30))
    (trouble,) = lossy.troubles
    assert (trouble.code, trouble.severity) == ("gaps", Verdict.POOR)
    assert trouble.detail == (
        "42 gaps in the caller's audio: the network between telephone and PBX loses packets."
    )


def test_gaps_are_a_silent_telephones_where_the_pbx_misses_nothing() -> None:
    assert judged(counting(gaps=42, gap_ms=8_000)) == (Verdict.GOOD, [])


def test_gaps_of_unknown_cause_are_told_with_both() -> None:
    (trouble,) = replace(counting(gaps=42, gap_ms=8_000), rtp=None).troubles
    assert trouble.severity is Verdict.FAIR
    assert "saves on silence, or the network" in trouble.detail


def test_a_few_gaps_in_a_short_call_are_none_a_minute() -> None:
    short = AudioCounts(frames_received=500, frames_sent=200, gaps=4, gap_ms=900)
    assert judged(replace(GOOD, counts=short, rtp=None)) == (Verdict.GOOD, [])


def test_the_worst_trouble_comes_first_and_makes_the_verdict() -> None:
    quality = replace(counting(xoffs=2), turn_latency_ms=[4_000], caller=Level(-45.0, 0.0))
    assert judged(quality) == (Verdict.POOR, ["answers_late", "queue_full", "caller_quiet"])
    assert "2 times" in quality.troubles[1].detail


def test_the_document_holds_the_figures_and_the_verdict() -> None:
    document = replace(counting(flushes=3), rtp=None).to_document()
    assert document["verdict"] == "good"
    assert document["audio"]["flushes"] == 3
    assert (document["answers"], document["turn_latency_median_ms"], document["turn_latency_max_ms"]) == (
        3,
        800,
        900,
    )
    assert document["caller"] == {"speech_dbfs": -24.0, "clipped_percent": 0.0}
    assert document["rtp"] is None
