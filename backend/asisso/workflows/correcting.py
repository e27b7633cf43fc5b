"""Values that were taken earlier and are corrected later: "actually, my number is ...", "no, Wednesday". Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from asisso.workflows.definition import Collected
from asisso.workflows.values.corrections import after_denial, has_denial
from asisso.workflows.values.found import Value
from asisso.workflows.values.reading import read
from asisso.workflows.words import Said, word_set, words_of

_OPENINGS: Final = word_set("actually sorry wait correction no oh")
_DENYING_WORDS: Final = 3
"""Of "it is not Friday", beside the right value."""

_ANY_WORDS: Final = frozenset({"text", "name", "yes_no"})
"""Of these, a "no" with something behind it says too little."""


def find_correction(
    heard: Said,
    gathered: Mapping[str, object],
    fields: Mapping[str, Collected],
    asked: Collected | None,
    now: datetime,
) -> tuple[Collected, Value] | None:
    """The earlier value that words correct, and what it is instead; None when they correct none."""
    earlier = [fields[name] for name in reversed(list(gathered)) if name in fields]
    named = _by_name(heard, earlier, asked, now)
    like = (item for item in _by_kind(heard, earlier, asked, now) if _is_alike(item, gathered))
    return next((item for item in (*named, *like) if item[1] != gathered[item[0].name]), None)


def _by_name(
    heard: Said, earlier: list[Collected], asked: Collected | None, now: datetime
) -> Iterator[tuple[Collected, Value]]:
    """Words that call the value by its name: "my order number is 4278"."""
    for field in earlier:
        if field.type in ("text", "yes_no") or not _is_about(heard, field, asked):
            continue
        found = read(field, heard, now, is_asked=True)
        if found is not None:
            yield field, found.value


def _by_kind(
    heard: Said, earlier: list[Collected], asked: Collected | None, now: datetime
) -> Iterator[tuple[Collected, Value]]:
    """Words that deny something and then hold little else than a value: the last one, or one that it can be."""
    rest = _behind_opening(heard)
    if rest is None:
        return
    others = _DENYING_WORDS if has_denial(rest) else 0
    fitting = [f for f in earlier if f.type not in _ANY_WORDS and (asked is None or asked.type != f.type)]
    readings = [(field, True) for field in fitting[:1] if field is earlier[0]]
    readings += [(field, False) for field in fitting] + [(field, True) for field in fitting]
    for field, is_asked in readings:
        found = read(field, rest, now, is_asked=is_asked)
        if found is not None and 2 * (found.end - found.start) + others >= len(rest):
            yield field, found.value


def _is_alike(item: tuple[Collected, Value], gathered: Mapping[str, object]) -> bool:
    """Whether it can stand for the earlier value: digits are as many as before."""
    field, value = item
    return field.type != "digits" or len(str(value)) == len(str(gathered[field.name]))


def _behind_opening(heard: Said) -> Said | None:
    behind = after_denial(heard)
    if behind is None and heard.words[0] in _OPENINGS and len(heard) > 1:
        behind = Said(heard.written[1:])
    return heard if behind is None and has_denial(heard) else behind


def _is_about(heard: Said, field: Collected, asked: Collected | None) -> bool:
    """Whether words are about a field: they hold its whole name, or begin as a correction and hold a part of it."""
    words, parts = set(heard.words), _name_parts(field)
    if asked is not None and asked.name == field.name:
        return False
    others = _name_parts(asked) if asked else set()
    is_dictated = asked is not None and asked.type == "text"
    if parts and parts <= words and not is_dictated and not (others and others <= words):
        return True
    return heard.words[0] in _OPENINGS and not words.isdisjoint(parts - others)


def _name_parts(field: Collected) -> set[str]:
    return {part for part in words_of(field.name.replace("_", " ")) if len(part) > 1}
