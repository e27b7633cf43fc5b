"""Words are counted as people would: spelling is no mistake, another word is one."""

from __future__ import annotations

import pytest

from conversations.words import WordErrors, spelled_alike, word_errors

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("I'm sorry, that's not valid.", "I am sorry that is not valid"),
        ("You can't, and you won't.", "You cannot, and you will not."),
        ("Press 1 or 2.", "press one or two"),
        ("four seven one one two", "47112"),
        ("four seven one one two", "4 7 1 1 2"),
        ("twenty two of fifteen", "22 of 15"),
        ("one hundred and five", "100 and 5"),
        ("two hundred five", "205"),
        ("one thousand", "1,000"),
        ("The voicemail system", "The voice mail system"),
        ("a touch tone keypad", "a touchtone key pad"),
        ("re-enter it tomorrow", "reenter it to-morrow"),
        ("at ten A.M.", "at 10 am"),
        ("ten o'clock", "10 oclock"),
        ("the 3rd call", "the third call"),
        ("press # or *", "press pound or star"),
    ],
)
def test_the_same_words_spelled_otherwise_are_no_mistake(said: str, understood: str) -> None:
    assert word_errors(said, understood).errors == 0


@pytest.mark.parametrize(
    ("said", "understood", "errors"),
    [
        ("press star to cancel", "press our to cancel", 1),
        ("press star to cancel", "press to cancel", 1),
        ("press star to cancel", "please press star to cancel", 1),
        ("press star to cancel", "", 4),
        ("the caller's name", "the callers", 1),
        ("fifteen", "fifty", 2),
        ("fifteen", "sixteen", 1),
        ("four seven one", "47", 1),
        ("twenty two", "twenty", 1),
        ("goodbye", "good day", 2),
    ],
)
def test_another_word_a_missing_one_and_one_too_many_are_mistakes(
    said: str, understood: str, errors: int
) -> None:
    assert word_errors(said, understood).errors == errors


def test_two_numbers_side_by_side_stay_two() -> None:
    assert spelled_alike("five twenty two") == ["5", "2", "2"]
    assert spelled_alike("twenty twenty") == ["2", "0", "2", "0"]
    assert spelled_alike("five hundred twenty") == ["5", "2", "0"]


def test_rate_is_of_all_words_together() -> None:
    together = word_errors("one two three", "one two") + word_errors("stop", "stop it")

    assert together == WordErrors(errors=2, words=4)
    assert together.rate == 0.5
    assert WordErrors(0, 0).rate == 0
