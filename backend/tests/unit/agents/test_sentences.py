import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.agents.tts.sentences import split_sentences

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        ("Hello.", ["Hello."]),
        ("You said: hello. How are you? Fine!", ["You said: hello.", "How are you?", "Fine!"]),
        ("Dr. Smith pays $3.50 to J. Doe. Really.", ["Dr. Smith pays $3.50 to J. Doe.", "Really."]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ("One line\nAnother line", ["One line", "Another line"]),
    ],
)
def test_text_is_cut_at_the_ends_of_sentences(text, sentences):
    assert split_sentences(text) == sentences


def test_long_sentence_is_cut_at_a_clause():
    clause = "and a fairly long clause that goes on for a good while, "
    parts = split_sentences(clause * 8 + "the end.")

    assert len(parts) > 1
    assert all(len(part) <= 200 for part in parts)
    assert all(part.endswith((",", ".")) for part in parts)


@given(st.text(alphabet="ab,.!? \n\"'", max_size=600))
def test_no_word_is_lost_or_moved(text):
    assert " ".join(split_sentences(text)).split() == text.split()
