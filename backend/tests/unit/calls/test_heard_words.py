"""What was heard of a sentence that was cut off."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.calls.heard_words import heard_share, split_words

pytestmark = pytest.mark.unit


@given(st.lists(st.text("abc", min_size=1, max_size=8), max_size=12), st.floats(0, 1))
def test_splitting_loses_and_invents_no_word(words: list[str], share: float) -> None:
    heard, lost = split_words(" ".join(words), share)
    assert f"{heard} {lost}".split() == words


def sentence(*parts: tuple[int, int]) -> np.ndarray:
    """Stretches of so many samples of so much loudness."""
    return np.concatenate([np.full(samples, loudness, np.int16) for samples, loudness in parts])


@pytest.mark.parametrize(("heard", "share"), [(0, 0.0), (100, 0.0), (600, 0.5), (1_100, 1.0), (1_500, 1.0)])
def test_silence_around_a_sentence_is_no_part_of_it(heard: int, share: float) -> None:
    assert heard_share(sentence((100, 10), (1_000, 9_000), (400, 10)), heard) == pytest.approx(share)


def test_a_sentence_without_sound_is_heard_when_it_is_over() -> None:
    assert (heard_share(sentence((100, 0)), 99), heard_share(sentence((100, 0)), 100)) == (0.0, 1.0)


def test_function_words_pass_quicker_than_they_are_written() -> None:
    text = "We are open every day from nine"
    assert split_words(text, 0.3) == ("We are", "open every day from nine")
    assert split_words(text, 0.37)[0] == "We are open"
