"""Yes and no, in the many ways people say them. Pure; English."""

from __future__ import annotations

from typing import Final

from asisso.workflows.words import contains, phrases_in, word_set

_YES: Final = phrases_in(
    """
    yes, yeah, yep, yup, yea, ya, aye, sure, sure thing, correct, right, ok, okay, alright, all right, of
    course, absolutely, definitely, certainly, affirmative, exactly, indeed, go ahead, you got it, sounds
    good, sounds great, perfect, great, true, fine, please do, i do, i am, i would, i have, it is, it does,
    that is right, that's right, that's correct, that is correct, that's it, that is it, you got that right,
    uh huh, mm hm, mhm, yes sir, yes ma'am, why not, i think so, i guess so
    """
)
_NO: Final = phrases_in(
    """
    no, nope, nah, no thanks, no thank you, not really, negative, never, wrong, incorrect, not right, not
    correct, that's wrong, that is wrong, that's not right, that is not right, that's not correct, that's
    not it, it's not, it is not, it isn't, i don't, i do not, i'm not, i am not, i haven't, i wouldn't, i
    don't think so, don't, not at all, no way, uh uh, not yet, not now, not today, of course not, definitely
    not, absolutely not, certainly not, i guess not, not that
    """
)
_ALIKE: Final = {("now",): False, ("know",): False, ("yet",): True}
"""What a recognizer writes for a lonely "no" or "yes"."""

_BESIDE: Final = word_set(
    """
    please thanks thank you um uh er ah oh well so and it that this i we sir ma'am madam very much actually
    is really
    """
)
_WEAK: Final = frozenset(phrases_in("ok, okay, right, alright, all right, fine, great, perfect, sure"))
"""Before a no they only show that somebody listened: "okay, no thanks"."""

_SECOND_THOUGHTS: Final = phrases_in("i mean, i meant, wait, sorry, actually")
_DECLINED: Final = phrases_in("none, skip, skip it, skip that, nothing, no comment, never mind, next, pass")
_UNDECIDED: Final = phrases_in(
    "don't know, do not know, not sure, no idea, maybe, not certain, can't say, dunno"
)
_FIRST_WORDS: Final = 3
_PHRASES: Final[list[tuple[tuple[str, ...], bool]]] = sorted(
    [(phrase, True) for phrase in _YES] + [(phrase, False) for phrase in _NO], key=lambda item: -len(item[0])
)


def polarity(words: tuple[str, ...]) -> bool | None:
    """True for words that are a yes and nothing else, False for a no; None for everything else."""
    verdicts: list[tuple[bool, bool]] = []
    at = 0
    while at < len(words):
        phrase, verdict = _phrase_at(words, at)
        if verdict is not None:
            verdicts.append((verdict, phrase in _WEAK))
        elif words[at] not in _BESIDE:
            return None
        at += len(phrase) or 1
    strong = {verdict for verdict, is_weak in verdicts if not is_weak} or {verdict for verdict, _ in verdicts}
    return strong.pop() if len(strong) == 1 else None


def read_yes_no(words: tuple[str, ...]) -> bool | None:
    """The answer to a yes/no question: its first words decide ("no, I have never been there")."""
    if words in _ALIKE:
        return _ALIKE[words]
    if any(contains(words, phrase) is not None for phrase in _UNDECIDED):
        return None
    for thought in _SECOND_THOUGHTS:
        at = contains(words, thought)
        changed = None if at is None else polarity(words[at + len(thought) :])
        if changed is not None:
            return changed
    plain = polarity(words)
    return plain if plain is not None or _is_mixed(words) else _by_first_words(words)


def is_declined(words: tuple[str, ...]) -> bool:
    """Whether somebody leaves a question out: "no", "none", "skip that"."""
    return polarity(words) is False or words in _DECLINED


def _phrase_at(words: tuple[str, ...], at: int) -> tuple[tuple[str, ...], bool | None]:
    return next((item for item in _PHRASES if words[at : at + len(item[0])] == item[0]), ((), None))


def _is_mixed(words: tuple[str, ...]) -> bool:
    """Whether somebody says both at once: "yes and no"."""
    return "yes" in words and "no" in words


def _by_first_words(words: tuple[str, ...]) -> bool | None:
    for at in range(min(len(words), _FIRST_WORDS)):
        verdict = _phrase_at(words, at)[1]
        if verdict is not None:
            return verdict
    return False if {"don't", "not", "can't", "won't"} & set(words) else None
