"""The words a node asks with. Pure."""

from __future__ import annotations

import re
from typing import Final

from asisso.workflows import phrases
from asisso.workflows.definition import AskingData, Collected
from asisso.workflows.words import words_of

_SENTENCE: Final = re.compile(r"[^.!?]+[.!?]*")


def question_in(words: str) -> str:
    """The last question in a text; empty when it asks nothing."""
    sentences = [sentence.strip() for sentence in _SENTENCE.findall(words)]
    return next((sentence for sentence in reversed(sentences) if sentence.endswith("?")), "")


def is_asked_by(data: AskingData, field: Collected, words: str) -> bool:
    """Whether a node's own words ask for this value: its first one, and no question of its own is written for it.

    Words that neither end in a question nor name the value only lead up to it ("Let me take your details.").
    """
    first = next((other for other in data.collect if other.required or other.ask), None)
    if field.ask or first is None or first.name != field.name or not words:
        return False
    named = {part for part in words_of(field.name.replace("_", " ")) if len(part) > 2}
    return bool(question_in(words)) or not named.isdisjoint(words_of(words))


def question_for(data: AskingData, field: Collected, words: str) -> str:
    """The question for a value: its own, that of the node's words, or one made of its name."""
    if field.ask:
        return field.ask
    if is_asked_by(data, field, words):
        return question_in(words) or words
    return phrases.question(field.type, field.name.replace("_", " "), field.options)
