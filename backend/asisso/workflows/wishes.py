"""What callers say at any time: goodbye, that is all, say that again, what can I say, a person. Pure."""

from __future__ import annotations

from typing import Final, Literal

from asisso.workflows.words import Said, gist, phrases_in, word_set

Wish = Literal["goodbye", "done", "repeat", "help", "person"]

_PARTING: Final = (("goodbye",), ("bye",), ("good", "bye"), ("bye", "bye"), ("byebye",))
_MAX_PARTING_WORDS: Final = 8
_MAX_DICTATED_PARTING: Final = 3
_REPEAT: Final = phrases_in(
    """
    repeat, repeat that, repeat it, repeat the question, say that again, say it again, say again, again, come again,
    once more, pardon, pardon me, excuse me, sorry, what, what was that, what did you say, can you repeat that,
    could you repeat that, can you say that again, could you say that again, can you repeat the question,
    hello, are you there, hello are you there
    """
)
_HELP: Final = phrases_in(
    """
    help, help me, what can i say, what can i do, what are my options, what are the options, options, menu, main menu,
    what can you do, what do i say
    """
)
_PERSON: Final = phrases_in(
    """
    operator, person, human, human being, real person, agent, representative, receptionist, somebody,
    someone, a person, talk to person, speak to person, talk to human, speak to human, speak with person,
    talk to someone, speak to someone, talk to somebody, speak to somebody, talk to agent, speak to agent,
    speak to representative, talk to representative, speak with someone, talk to real person, speak to real
    person, customer service
    """
)
_DONE: Final = phrases_in(
    """
    that is all, that will be all, that is it, that is everything, that was all, that was everything, no that is all,
    no that is it, nothing else, no nothing else, nothing, nothing more, i am done, i am good, i am all set, all set,
    no i am good, no i am fine, i am fine, that will do, nothing else for now, no that will be all
    """
)
_AROUND: Final = word_set(
    """
    i i'd can could may would want need to let me get you give speak talk with connect put through
    """
)


def wish(said: Said, *, is_dictating: bool = False) -> Wish | None:
    """What the words ask for; None when they ask for none of these.

    Args:
        said: the words.
        is_dictating: whether any words may be what was asked for, so that only a few can be such a wish.
    """
    if is_goodbye(said) and not (is_dictating and len(said) > _MAX_DICTATED_PARTING):
        return "goodbye"
    words = gist(said.words)
    if said.words in _REPEAT or words in _REPEAT:
        return "repeat"
    if said.words in _HELP or words in _HELP:
        return "help"
    if words in _DONE:
        return "done"
    core = tuple(word for word in words if word not in _AROUND)
    return "person" if words in _PERSON or core in _PERSON else None


def is_goodbye(said: Said) -> bool:
    """Whether the caller wants to part: "Goodbye.", "OK, bye-bye!", "thanks, that is all, good-bye"."""
    words = said.words
    if len(words) > _MAX_PARTING_WORDS:
        return False
    ends = (words[-len(parting) :] == parting or words[: len(parting)] == parting for parting in _PARTING)
    return any(ends)
