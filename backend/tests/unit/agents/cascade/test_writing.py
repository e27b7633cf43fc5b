"""From letters to sentences."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.agents.cascade.pacing import Pace, Spread
from asisso.agents.cascade.writing import SentenceCutter, spoken

pytestmark = pytest.mark.unit


def cut(*pieces):
    cutter = SentenceCutter()
    early = [sentence for piece in pieces for sentence in cutter.push(piece)]
    return early, cutter.rest()


def test_sentence_is_given_when_the_next_one_begins():
    early, rest = cut("Good", " day.", " How", " are", " you?")

    assert early == ["Good day."]
    assert rest == ["How are you?"]


def test_numbers_and_titles_are_no_ends():
    early, rest = cut("That is ", "3.", "50 for ", "Mr.", " Smith. ", "Anything", " else?")

    assert early == ["That is 3.50 for Mr. Smith."]
    assert rest == ["Anything else?"]


def test_signs_for_eyes_are_not_spoken():
    assert spoken("## Hours\n- **Monday**: `nine` to _five_\n* [Site](https://x.example)") == (
        "Hours Monday: nine to _five_ Site"
    )


@given(
    st.lists(
        st.sampled_from(["Yes.", " No", "! ", "Well", ", ", "a", " ", "\n", "3.5", "Mr. ", "?"]), max_size=60
    )
)
def test_no_word_is_lost_and_how_the_text_comes_changes_nothing(pieces):
    early, rest = cut(*pieces)
    text = "".join(pieces)

    assert re.sub(r"\s", "", "".join(early + rest)) == re.sub(r"\s", "", text)
    assert all(sentence == " ".join(sentence.split()) for sentence in early + rest)


def test_words_are_spread_over_the_sound_and_the_last_comes_with_the_end():
    spread = Spread("one two three four five", Pace())

    first = spread.words_of(700)
    second = spread.words_of(5_000)

    assert first == "one two"
    assert second == "three four"
    assert spread.rest == "five"


def test_pace_is_learnt_from_whole_sentences():
    pace = Pace()
    for _ in range(20):
        pace.learn("x" * 50, 5_000)

    assert pace.ms_per_character == pytest.approx(100, abs=1)
    pace.learn("x" * 50, 0)
    assert pace.ms_per_character == pytest.approx(100, abs=1), "a sentence without sound tells nothing"


@given(
    st.lists(st.sampled_from(["a", "bb", "longer", "word"]), max_size=20),
    st.lists(st.floats(0, 900), max_size=20),
)
def test_every_word_is_given_once_in_order(words, pieces_ms):
    spread = Spread(" ".join(words), Pace())
    given_words = [word for ms in pieces_ms for word in spread.words_of(ms).split()]

    assert given_words + spread.rest.split() == words
