"""What of a workflow is known before any call: sentences, choices, and what an agent says first. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Final

from asisso.agents.dialogue import FILLERS
from asisso.agents.tts.sentences import split_sentences
from asisso.workflows import phrases
from asisso.workflows.definition import HttpNode, WorkflowDefinition
from asisso.workflows.engine import Engine
from asisso.workflows.steps import Choice, Say

EVERYWHERE: Final = (
    phrases.NOT_CAUGHT,
    phrases.NOT_RIGHT,
    phrases.CANNOT,
    phrases.NOT_TAKEN,
    phrases.NO_ANSWER,
    phrases.GO_AHEAD,
    phrases.NO_PERSON,
    phrases.GIVING_UP,
    phrases.YES_OR_NO,
    phrases.YES_OR_NO_KEYS,
    "Is that right?",
)
"""What an engine says in any workflow."""


def fixed_sentences(definition: WorkflowDefinition) -> frozenset[str]:
    """The sentences nobody's data is in: what every conversation may need, and the nodes' texts without a template."""
    return _sentences_without_data(tuple(_texts(definition)))


@lru_cache(maxsize=256)
def _sentences_without_data(texts: tuple[str, ...]) -> frozenset[str]:
    everything = (*FILLERS, *EVERYWHERE, *texts)
    return frozenset(s for text in everything for s in split_sentences(text) if "{{" not in s)


def _texts(definition: WorkflowDefinition) -> Iterator[str]:
    for node in definition.nodes:
        yield node.data.say
        if not isinstance(node, HttpNode):
            yield from (value.ask for value in getattr(node.data, "collect", ()))


def opening_texts(engine: Engine, opening: str | None, now: datetime) -> list[str]:
    """What is said first."""
    texts = [command.text for command in engine.preview(now) if isinstance(command, Say)]
    return [opening, *texts] if opening else texts


def choices_of(definition: WorkflowDefinition) -> list[Choice]:
    """All ways a caller may take by meaning, wherever they are."""
    return [
        Choice(edge.id, edge.data.label, edge.data.condition, tuple(edge.data.examples), edge.data.digits)
        for edge in definition.edges
        if edge.data.examples or edge.data.label
    ]
