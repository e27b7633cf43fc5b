"""What of a workflow is known before any call: sentences, choices, and what an agent says first. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from asisso.agents.dialogue import FILLERS
from asisso.agents.tts.sentences import split_sentences
from asisso.workflows.definition import HttpNode, WorkflowDefinition
from asisso.workflows.engine import Engine
from asisso.workflows.steps import Choice, Say


def fixed_sentences(definition: WorkflowDefinition) -> frozenset[str]:
    """The sentences nobody's data is in: those of the fillers, and of the nodes' texts without a template."""
    texts = (*FILLERS, *_texts(definition))
    return frozenset(s for text in texts for s in split_sentences(text) if "{{" not in s)


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
