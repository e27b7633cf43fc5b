"""What is wrong with a workflow, in words that name the node. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from asisso.workflows.definition import (
    AskingData,
    DefinitionError,
    HttpData,
    TransferNode,
    WorkflowDefinition,
    parse_definition,
)
from asisso.workflows.templates import malformed, references

CONTEXT_NAMES = frozenset(
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


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right.

    Attributes:
        severity: an `error` keeps a workflow from being published, a `warning` does not.
        code: snake_case constant.
        message: a sentence that names the node or edge.
        path: where it stands inside the definition's JSON.
    """

    severity: Literal["error", "warning"]
    code: str
    message: str
    path: tuple[str | int, ...]
    node_id: str | None = None
    edge_id: str | None = None


def validate(document: Mapping[str, Any]) -> list[Problem]:
    """Everything wrong with a definition's JSON, errors first; empty when nothing is."""
    try:
        definition = parse_definition(document)
    except DefinitionError as error:
        return [_shape_problem(document, path, message) for path, message in error.faults]
    problems = [
        *_start(definition),
        *_ids(definition),
        *_edges(definition),
        *_dead_ends(definition),
        *_transfers(definition),
        *_unreachable(definition),
        *_texts(definition),
    ]
    return sorted(problems, key=lambda problem: problem.severity)


def is_well_formed(document: Mapping[str, Any]) -> bool:
    """Whether this has the shape of a definition, finished or not."""
    try:
        parse_definition(document)
    except DefinitionError:
        return False
    return True


def has_errors(problems: list[Problem]) -> bool:
    """Whether any of the problems forbids publishing."""
    return any(problem.severity == "error" for problem in problems)


def _shape_problem(document: Mapping[str, Any], path: tuple[str | int, ...], message: str) -> Problem:
    part = _part_at(document, path)
    part_id = part.get("id")
    name = part_id if isinstance(part_id, str) else None
    is_node = path[:1] == ("nodes",)
    kind = "Node" if is_node else "Edge"
    if is_node and len(path) == 2 and "type" in part:
        text = f"Node {name or path[1]} has the type {part['type']!r}, which is not known."
        return Problem("error", "unknown_node_type", text, path, node_id=name)
    where = f"{kind} {name or path[1]}" if len(path) > 1 else "The definition"
    field = ".".join(str(step) for step in (path[2:] if len(path) > 1 else path))
    text = f"{where}{f', {field}' if field else ''}: {message}."
    return Problem(
        "error", "bad_shape", text, path, node_id=name if is_node else None, edge_id=None if is_node else name
    )


def _part_at(document: Mapping[str, Any], path: tuple[str | int, ...]) -> Mapping[str, Any]:
    """The node or edge a path leads into; empty when it leads into none."""
    if len(path) < 2 or not isinstance(path[1], int):
        return {}
    parts = document.get(str(path[0]))
    part = parts[path[1]] if isinstance(parts, list) and path[1] < len(parts) else None
    return part if isinstance(part, Mapping) else {}


def _start(definition: WorkflowDefinition) -> Iterator[Problem]:
    starts = [(index, node) for index, node in enumerate(definition.nodes) if node.type == "start"]
    if not starts:
        yield Problem("error", "no_start", "There must be one node of the type start.", ("nodes",))
    for index, node in starts[1:]:
        text = f"Node {node.id} is another start; there must be only one."
        yield Problem("error", "second_start", text, ("nodes", index), node_id=node.id)


def _ids(definition: WorkflowDefinition) -> Iterator[Problem]:
    seen: Counter[str] = Counter()
    for index, node in enumerate(definition.nodes):
        seen[node.id] += 1
        if seen[node.id] == 2:
            text = f"Two nodes have the id {node.id}."
            yield Problem("error", "duplicate_node_id", text, ("nodes", index, "id"), node_id=node.id)
    seen.clear()
    for index, edge in enumerate(definition.edges):
        seen[edge.id] += 1
        if seen[edge.id] == 2:
            text = f"Two edges have the id {edge.id}."
            yield Problem("error", "duplicate_edge_id", text, ("edges", index, "id"), edge_id=edge.id)


def _edges(definition: WorkflowDefinition) -> Iterator[Problem]:
    types = {node.id: node.type for node in definition.nodes}
    for index, edge in enumerate(definition.edges):
        for side, node_id in (("source", edge.source), ("target", edge.target)):
            if node_id not in types:
                text = f"Edge {edge.id} has the {side} {node_id}, which is no node."
                yield Problem("error", "unknown_node", text, ("edges", index, side), edge_id=edge.id)
        if types.get(edge.source) == "end":
            text = f"Edge {edge.id} leaves node {edge.source}, but nothing comes after an end."
            yield Problem("error", "edge_from_end", text, ("edges", index), edge.source, edge.id)


def _dead_ends(definition: WorkflowDefinition) -> Iterator[Problem]:
    for index, node in enumerate(definition.nodes):
        if node.type == "agent" and not definition.edges_from(node.id):
            text = f"Node {node.id} is a dead end: add an edge that leaves it."
            yield Problem("error", "dead_end", text, ("nodes", index), node_id=node.id)


def _transfers(definition: WorkflowDefinition) -> Iterator[Problem]:
    for index, node in enumerate(definition.nodes):
        if not isinstance(node, TransferNode):
            continue
        data = node.data
        missing = ("context", "extension") if data.mode == "dialplan" else ("to",)
        for field in missing:
            if not getattr(data, field).strip():
                text = f"Node {node.id} transfers the caller, but {field} is empty: say to whom."
                path = ("nodes", index, "data", field)
                yield Problem("error", "no_destination", text, path, node_id=node.id)


def _unreachable(definition: WorkflowDefinition) -> Iterator[Problem]:
    """Warn of agent nodes no call can come to. An end may stand alone: it gives the farewell."""
    waiting = [node.id for node in definition.nodes if node.type == "start"]
    reached: set[str] = set()
    while waiting:
        node_id = waiting.pop()
        if node_id not in reached:
            reached.add(node_id)
            waiting += [edge.target for edge in definition.edges_from(node_id)]
    for index, node in enumerate(definition.nodes):
        if node.type == "agent" and node.id not in reached:
            text = f"Node {node.id} is never reached from the start."
            yield Problem("warning", "unreachable", text, ("nodes", index), node_id=node.id)


def _texts(definition: WorkflowDefinition) -> Iterator[Problem]:
    known = CONTEXT_NAMES | gathered_names(definition)
    for index, node in enumerate(definition.nodes):
        spoken = [("say", node.data.say), ("prompt", getattr(node.data, "prompt", ""))]
        if isinstance(node, TransferNode):
            spoken.append(("briefing", node.data.briefing))
        for field, text in spoken:
            path = ("nodes", index, "data", field)
            for found in malformed(text):
                message = f"Node {node.id} says {found}, which is no name in braces."
                yield Problem("error", "bad_template", message, path, node_id=node.id)
            for reference in references(text):
                if reference.name.split(".")[0] in known:
                    continue
                has_fallback = reference.fallback is not None
                message = f"Node {node.id} uses {reference.name}, which no call is sure to know."
                yield Problem("warning" if has_fallback else "error", "unknown_name", message, path, node.id)


def gathered_names(definition: WorkflowDefinition) -> frozenset[str]:
    """The names of all values that are collected or saved anywhere."""
    names: set[str] = set()
    for node in definition.nodes:
        if isinstance(node.data, AskingData):
            names.update(field.name for field in node.data.collect)
        elif isinstance(node.data, HttpData):
            names.update(node.data.save)
    return frozenset(names)
