"""How far the caller has heard each of a model's sounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.agents.realtime.playback import Cut, Playback
from asisso.agents.realtime.session import HZ

pytestmark = pytest.mark.unit


def playing(*items: tuple[str, int, str]) -> Playback:
    playback = Playback()
    for item_id, duration_ms, text in items:
        playback.add(item_id, duration_ms * HZ // 1000)
        playback.add_words(item_id, text)
    return playback


def test_items_are_forgotten_when_those_behind_them_are_all_that_is_unheard() -> None:
    playback = playing(("a", 1_000, "One two."), ("b", 500, "Three."))

    assert playback.heard(900) == []
    assert playback.heard(500) == [("a", "One two.")]
    assert playback.heard(500) == []
    assert playback.finish() == [("b", "Three.")]


def test_interruption_tells_what_was_heard_of_each() -> None:
    playback = playing(("a", 1_000, "One two."), ("b", 1_000, "Three four."), ("c", 500, "Five."))

    whole, cut = playback.cut(1_000)
    assert whole == [("a", "One two.")]
    assert cut == [Cut("b", 500, "Three"), Cut("c", 0, "")]
    assert playback.finish() == []


def test_what_was_heard_to_its_end_is_not_cut() -> None:
    assert playing(("a", 1_000, "One two.")).cut(0) == ([("a", "One two.")], [])


def test_words_without_sound_were_not_heard() -> None:
    playback = Playback()
    playback.add_words("a", "Hello")
    assert playback.cut(10) == ([], [Cut("a", 0, "")])


@given(st.lists(st.integers(1, 3_000), min_size=1, max_size=6), st.integers(0, 20_000))
def test_what_was_heard_and_what_was_not_are_all_there_was(durations: list[int], unheard_ms: int) -> None:
    playback = playing(*((str(index), ms, "words") for index, ms in enumerate(durations)))
    total = sum(durations)
    whole, cut = playback.cut(unheard_ms)

    heard = sum(durations[int(item)] for item, _ in whole) + sum(one.heard_ms for one in cut)
    assert abs(heard - max(0, total - unheard_ms)) <= 1
    assert all(one.heard_ms <= durations[int(one.item_id)] for one in cut)
