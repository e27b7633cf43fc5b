"""One start, ids that are told apart, and edges between nodes that exist. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from asisso.workflows.checks.problem import Problem, edges_of, nodes_of
from asisso.workflows.definition import WorkflowDefinition, WorkflowEdge


def check_structure(definition: WorkflowDefinition) -> Iterator[Problem]:
    """Everything that keeps the graph from being one."""
    yield from _start(definition)
    yield from _ids(definition)
    yield from _edges(definition)
    yield from _digits(definition)


def _start(definition: WorkflowDefinition) -> Iterator[Problem]:
    starts = [part for part, node in nodes_of(definition) if node.type == "start"]
    if not starts:
        yield Problem("error", "no_start", "There must be one node of the type start.", ("nodes",))
    for part in starts[1:]:
        yield part.problem("second_start", "is another start; there must be only one.")


def _ids(definition: WorkflowDefinition) -> Iterator[Problem]:
    seen: Counter[str] = Counter()
    for part, node in nodes_of(definition):
        seen[node.id] += 1
        if seen[node.id] == 2:
            yield part.problem("duplicate_node_id", "is there twice; give one of them another id.", "id")
    seen.clear()
    for part, edge in edges_of(definition):
        seen[edge.id] += 1
        if seen[edge.id] == 2:
            text = "is there twice; give one of them another id."
            yield replace(part.problem("duplicate_edge_id", text, "id"), node_id=None)


def _edges(definition: WorkflowDefinition) -> Iterator[Problem]:
    types = {node.id: node.type for node in definition.nodes}
    for part, edge in edges_of(definition):
        for side, node_id in (("source", edge.source), ("target", edge.target)):
            if node_id not in types:
                text = f"has the {side} {node_id}, which is no node."
                yield replace(part.problem("unknown_node", text, side), node_id=None)
        source, target = types.get(edge.source), types.get(edge.target)
        if source == "end":
            yield part.problem("edge_from_end", f"leaves node {edge.source}, but nothing comes after an end.")
        if target == "global":
            yield part.problem(
                "edge_into_global", f"leads to node {edge.target}, whose rules hold anyway.", "target"
            )
        if target == "start":
            text = "leads back to the start, so the caller hears the greeting again."
            yield part.warning("edge_into_start", text, "target")


def _digits(definition: WorkflowDefinition) -> Iterator[Problem]:
    taken: dict[tuple[str, str], WorkflowEdge] = {}
    for part, edge in edges_of(definition):
        digits = edge.data.digits
        first = taken.setdefault((edge.source, digits), edge) if digits else edge
        if first is not edge:
            text = f"leaves node {edge.source} on the keys {digits}, as edge {first.id} does."
            yield part.problem("duplicate_digits", text, "data", "digits")
