"""The names a workflow uses in its texts and conditions, and those that it can know. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from asisso.workflows.checks.problem import Part, Problem, edges_of, nodes_of
from asisso.workflows.conditions import ConditionError, parse_condition
from asisso.workflows.definition import (
    AskingData,
    HttpData,
    SpokenData,
    TransferData,
    WorkflowDefinition,
    WorkflowNode,
)
from asisso.workflows.templates import malformed, references

CONTEXT_NAMES: Final = frozenset(
    {
        "caller_number",
        "called_number",
        "caller_name",
        "direction",
        "call_id",
        "provider",
        "telephony_configuration_id",
        "channel_variables",
        "dialplan_arguments",
        "sip_headers",
        "now",
        "weekday",
    }
)
"""What every call knows."""

Text = tuple[tuple[str | int, ...], str]


def check_names(definition: WorkflowDefinition) -> Iterator[Problem]:
    """Everything about templates and conditions."""
    known = CONTEXT_NAMES | gathered_names(definition)
    for part, node in nodes_of(definition):
        for path, text in _texts(node):
            yield from _template(part, path, text, known)
    for part, edge in edges_of(definition):
        if edge.data.when.strip():
            yield from _condition(part, edge.data.when, known)


def gathered_names(definition: WorkflowDefinition) -> frozenset[str]:
    """The names of all values that are collected or saved anywhere."""
    names: set[str] = set()
    for node in definition.nodes:
        if isinstance(node.data, AskingData):
            names.update(field.name for field in node.data.collect)
        elif isinstance(node.data, HttpData):
            names.update(node.data.save)
    return frozenset(names)


def _texts(node: WorkflowNode) -> Iterator[Text]:
    data = node.data
    yield ("say",), data.say
    if isinstance(data, SpokenData):
        yield ("prompt",), data.prompt
    if isinstance(data, AskingData):
        for index, field in enumerate(data.collect):
            yield ("collect", index, "ask"), field.ask
    if isinstance(data, TransferData):
        for name in ("briefing", "to", "context", "extension"):
            yield (name,), str(getattr(data, name))
    if isinstance(data, HttpData):
        yield ("url",), data.url
        yield ("body",), data.body
        for name, value in data.headers.items():
            yield ("headers", name), value


def _template(part: Part, path: tuple[str | int, ...], text: str, known: frozenset[str]) -> Iterator[Problem]:
    for found in malformed(text):
        yield part.problem("bad_template", f"says {found}, which is no name in braces.", "data", *path)
    for reference in references(text):
        if reference.name.split(".")[0] not in known:
            message = f"uses {reference.name}, which no call is sure to know."
            severity = part.problem if reference.fallback is None else part.warning
            yield severity("unknown_name", message, "data", *path)


def _condition(part: Part, when: str, known: frozenset[str]) -> Iterator[Problem]:
    try:
        names = list(parse_condition(when).names())
    except ConditionError as error:
        yield part.problem("bad_condition", f"has a when that cannot be read: {error}", "data", "when")
        return
    for name in names:
        if name.split(".")[0] not in known:
            message = f"looks at {name} in its when, which is neither collected nor saved anywhere."
            yield part.problem("unknown_name", message, "data", "when")
