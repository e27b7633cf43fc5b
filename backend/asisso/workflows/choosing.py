"""Which of the offered edges a caller's words mean. Pure; English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from asisso.workflows.steps import Choice
from asisso.workflows.values.alike import phrases_alike
from asisso.workflows.values.yes_no import polarity, read_yes_no
from asisso.workflows.words import Said, gist, word_set, words_of

LIKE_ENOUGH: Final = 0.28
"""Likeness from which on words mean an edge. Measured with the samples (`bench.meaning`): of 60 sentences nobody had
tuned for, 53 are taken right, none wrong, 7 asked about again; of 18 that mean no edge, 1 is taken for one."""

LIKE_ENOUGH_INSTEAD: Final = 0.5
"""The same while a text or a name was asked for, where any words may be the answer."""

CLEARLY_MORE: Final = 0.06
"""By how much the best must be ahead of the next that leads elsewhere; closer ones are asked about."""

_YES: Final = word_set("yes yeah yep yup")
_NO: Final = word_set("no nope nah")
_ASKING: Final = word_set("where what when how who whom why which can could")
_WISHES: Final = word_set(
    """
    i i'd i'm would want wanted need get give can could may me my to with for about have got let's let speak
    is there you that's im be put through transfer connect some of it on
    """
)
"""Words around what somebody wants; a label says only the thing itself."""


def choose(
    said: Said, choices: Sequence[Choice], likeness: Mapping[str, float], *, like_enough: float = LIKE_ENOUGH
) -> tuple[Choice, ...]:
    """The choices the words may mean: one when it is clear, two when it is between them, none when it is none."""
    exact = choose_by_words(said, choices)
    if exact is not None:
        return (exact,)
    verdict = polarity(said.words)
    agreeing = _agreeing(choices, verdict)
    if agreeing or verdict is True:
        return agreeing
    opening = verdict if verdict is not None else _opening_verdict(said)
    fitting = [choice for choice in choices if opening is None or _polarity_of(choice) in (None, opening)]
    behind = choose_by_words(Said(said.written[1:]), fitting) if opening is not None else None
    meant = (behind,) if behind else _by_likeness(fitting, likeness, like_enough)
    return meant or (() if _is_question(said) else _agreeing(choices, read_yes_no(said.words)))


def _by_likeness(
    choices: Sequence[Choice], likeness: Mapping[str, float], like_enough: float
) -> tuple[Choice, ...]:
    ranked = sorted((c for c in choices if c.edge_id in likeness), key=lambda c: -likeness[c.edge_id])
    if not ranked or likeness[ranked[0].edge_id] < like_enough:
        return ()
    best = likeness[ranked[0].edge_id]
    return tuple(ranked[:1] + [c for c in ranked[1:2] if best - likeness[c.edge_id] < CLEARLY_MORE])


def choose_by_words(said: Said, choices: Sequence[Choice]) -> Choice | None:
    """The choice whose label or example was said, word by word or nearly so."""
    heard = (gist(said.words), _core(said.words))
    for is_same in (_equal, _alike):
        for choice in choices:
            if any(is_same(heard, words_of(phrase)) for phrase in (choice.label, *choice.examples)):
                return choice
    return None


def _equal(heard: tuple[tuple[str, ...], tuple[str, ...]], phrase: tuple[str, ...]) -> bool:
    return bool(phrase) and (heard[0] == gist(phrase) or heard[1] == _core(phrase))


def _alike(heard: tuple[tuple[str, ...], tuple[str, ...]], phrase: tuple[str, ...]) -> bool:
    return bool(phrase) and (phrases_alike(heard[0], gist(phrase)) or phrases_alike(heard[1], _core(phrase)))


def _core(words: tuple[str, ...]) -> tuple[str, ...]:
    plain = gist(words)
    return tuple(word for word in plain if word not in _WISHES) or plain


def _opening_verdict(said: Said) -> bool | None:
    """The yes or no at the beginning of a longer answer."""
    word = said.words[0] if len(said) > 1 else ""
    return True if word in _YES else False if word in _NO else None


def _is_question(said: Said) -> bool:
    """Whether somebody wants to know or have something: "no, where is my order"."""
    return not _ASKING.isdisjoint(said.words)


def _agreeing(choices: Sequence[Choice], verdict: bool | None) -> tuple[Choice, ...]:
    """The choice for a yes, or that for a no."""
    return tuple(c for c in choices if verdict is not None and _polarity_of(c) is verdict)[:1]


def _polarity_of(choice: Choice) -> bool | None:
    """Whether a choice is for a yes or for a no."""
    verdicts = {polarity(words_of(phrase)) for phrase in (choice.label, *choice.examples)} - {None}
    return verdicts.pop() if len(verdicts) == 1 else None
