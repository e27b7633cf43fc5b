import pytest

from asisso.agents.words import is_echo, is_unfinished, spoken_words

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "Uh-huh.",
        "Mm-hm.",
        "Mmhmm",
        "Mm-hmm, mm-hmm.",
        "Yeah!",
        "OK",
        "Okay, okay.",
        "Ah, I see.",
        "Hmm.",
        "Aha!",
        "Eh-ha?",
    ],
)
def test_back_channels_say_nothing(text):
    assert spoken_words(text) == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [("No.", 1), ("Stop.", 1), ("Yeah, but wait.", 2), ("I see you there", 2), ("OK, stop", 1)],
)
def test_other_words_count(text, words):
    assert spoken_words(text) == words


def test_workflow_has_back_channels_of_its_own():
    assert spoken_words("Roger. Over.", ["roger", "over"]) == 0
    assert spoken_words("Yes.", []) == 1


@pytest.mark.parametrize(
    "text", ["My number is", "My name is.", "Apples and...", "I want to see the", "Um,", "Uh"]
)
def test_sentence_that_wants_another_word_is_unfinished(text):
    assert is_unfinished(text)


@pytest.mark.parametrize("text", ["", "Yes.", "My name is Ada.", "I think so.", "Come on!", "What is that?"])
def test_other_sentences_are_finished(text):
    assert not is_unfinished(text)


SAID = "Welcome to the public library. We are open every day from nine in the morning."


@pytest.mark.parametrize(
    "text", ["We are open every day", "the public library", "open every day from night in the morning"]
)
def test_agents_own_words_are_its_echo(text):
    assert is_echo(text, SAID)


@pytest.mark.parametrize(
    "text", ["", "Library", "Are you open on Sunday?", "Stop it, please.", "the day we open"]
)
def test_callers_words_are_none(text):
    assert not is_echo(text, SAID)


def test_nothing_is_the_echo_of_an_agent_that_said_nothing():
    assert not is_echo("Hello there", "")


@pytest.mark.parametrize(
    "text",
    [
        "No, four two seven one one eight.",
        "427118",
        "four two seven one one eight",
        "Yes, I have four two seven",
    ],
)
def test_who_corrects_what_was_read_back_is_no_echo(text):
    assert not is_echo(text, "I have four two seven, one one nine. Is that right?")


def test_read_back_number_comes_back_as_an_echo_however_it_is_written():
    assert is_echo("I have 427 119. Is that right?", "I have four two seven, one one nine. Is that right?")
