"""The caller's audio by wall clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.calls.intake import GAP_MS, MAX_AHEAD_MS, MAX_FILL_MS, Intake

pytestmark = pytest.mark.unit


def test_a_steady_stream_passes_unchanged() -> None:
    intake = Intake()
    assert [intake.gap_before(now) for now in range(20, 2000, 20)] == [0] * 99
    assert intake.gap_at(2000) == 0


def test_ordinary_jitter_passes_unchanged() -> None:
    intake = Intake()
    assert [intake.gap_before(now) for now in (20, 75, 80, 82, 100, 139, 140)] == [0] * 7


def test_a_caller_who_sends_nothing_is_heard_as_silence_as_time_passes() -> None:
    intake = Intake()
    intake.gap_before(20)
    filled = sum(intake.gap_at(now) for now in range(100, 1100, 100))
    assert 900 <= filled * 20 <= 1000


def test_lost_frames_become_silence_before_the_next_one() -> None:
    intake = Intake()
    intake.gap_before(20)
    assert intake.gap_before(340) == 15


def test_a_pause_counts_once_however_often_it_is_looked_at() -> None:
    intake = Intake()
    intake.gap_before(20)
    for now in range(100, 1100, 100):
        intake.gap_at(now)
    intake.gap_before(1100)
    intake.gap_before(1500)
    assert intake.gaps == 2


def test_silence_is_not_filled_without_end() -> None:
    intake = Intake()
    intake.gap_before(20)
    assert intake.gap_before(60_000) * 20 == MAX_FILL_MS


def test_a_late_burst_is_dropped_instead_of_being_heard_as_live() -> None:
    intake = Intake()
    intake.gap_before(20)
    intake.gap_at(6000)
    gaps = [intake.gap_before(6000) for _ in range(300)]
    assert gaps.count(-1) >= 280
    assert intake.dropped_frames == gaps.count(-1)


@given(st.lists(st.integers(min_value=0, max_value=5000), max_size=200))
def test_hearing_never_strays_from_the_clock(arrivals: list[int]) -> None:
    intake = Intake()
    for now in sorted(arrivals):
        intake.gap_before(now)
        assert now - GAP_MS - 20 <= intake.heard_until_ms <= now + MAX_AHEAD_MS + 20
