"""Ways that end nowhere, go in circles, or are never gone. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from asisso.workflows.checks.problem import Problem, edges_of, nodes_of
from asisso.workflows.definition import AskingData, WorkflowDefinition, WorkflowEdge, WorkflowNode
from asisso.workflows.offers import is_chosen, is_plain

_TALKING = ("start", "agent")


def check_ways(definition: WorkflowDefinition) -> Iterator[Problem]:
    """Everything about where the edges lead."""
    yield from _dead_ends(definition)
    yield from _unreachable(definition)
    yield from _never_taken(definition)
    yield from _unconditional(definition)
    yield from _loops(definition)


def _dead_ends(definition: WorkflowDefinition) -> Iterator[Problem]:
    has_way_of_everywhere = any(_globals(definition))
    for part, node in nodes_of(definition):
        if node.type not in ("agent", "http") or definition.edges_from(node.id):
            continue
        if node.type == "http" or not has_way_of_everywhere:
            yield part.problem("dead_end", "is a dead end: add an edge that leaves it.")


def _unreachable(definition: WorkflowDefinition) -> Iterator[Problem]:
    """Nodes no call can come to. An end may stand alone: it gives the farewell."""
    reached = _reached(definition)
    for part, node in nodes_of(definition):
        if node.type in ("agent", "http", "transfer") and node.id not in reached:
            yield part.warning("unreachable", "is never reached from the start.")


def _never_taken(definition: WorkflowDefinition) -> Iterator[Problem]:
    """Choices where nobody is asked, and what stands behind an edge that is taken anyway."""
    nodes = {node.id: node for node in definition.nodes}
    for part, edge in edges_of(definition):
        node = nodes.get(edge.source)
        if node is None:
            continue
        first = next((e for e in definition.edges_from(node.id) if is_plain(e)), None)
        if node.type in ("http", "transfer") and is_chosen(edge) and not edge.data.when.strip():
            text = (
                f"is never taken: in node {node.id} nobody can choose it. Use when, or no condition at all."
            )
            yield part.warning("never_taken", text, "data")
        elif node.type == "global" and is_plain(edge):
            text = "is never taken: an edge of everywhere needs digits, when, examples or a condition."
            yield part.warning("never_taken", text, "data")
        elif first is not None and first is not edge and node.type != "global" and _is_passed_by(node, edge):
            text = f"is never taken: node {node.id} goes on by edge {first.id}, which has no condition."
            yield part.warning("never_taken", text, "data")


def _is_passed_by(node: WorkflowNode, edge: WorkflowEdge) -> bool:
    """Whether an edge has no chance beside one without a condition."""
    if is_plain(edge):
        return True
    return node.type in _TALKING and not _waits(node) and not edge.data.when.strip()


def _unconditional(definition: WorkflowDefinition) -> Iterator[Problem]:
    """Nodes that only go on under conditions, none of which may hold."""
    for part, node in nodes_of(definition):
        edges = definition.edges_from(node.id)
        if not edges or node.type not in (*_TALKING, "http") or any(map(is_plain, edges)):
            continue
        if node.type == "http" or not any(map(is_chosen, edges)):
            if node.type in _TALKING and _is_sure(node, edges):
                continue
            text = "goes on under conditions only: add an edge without one for when none holds."
            yield part.warning("no_other_way", text)


def _is_sure(node: WorkflowNode, edges: list[WorkflowEdge]) -> bool:
    """Whether one of the conditions is just that a value is there that the node waits for."""
    return not {edge.data.when.strip() for edge in edges}.isdisjoint(_required(node))


def _loops(definition: WorkflowDefinition) -> Iterator[Problem]:
    """Circles in which nothing waits for the caller."""
    nodes = {node.id: node for node in definition.nodes}
    sure = {n.id: _next(definition, n, is_sure=True) for n in definition.nodes}
    possible = {n.id: _next(definition, n, is_sure=False) for n in definition.nodes}
    reached = _reached(definition)
    for part, node in nodes_of(definition):
        if nodes[node.id] is not node or node.id not in reached:
            continue
        if _comes_back(node.id, sure):
            yield part.problem("endless_loop", "goes round in a circle in which nobody says anything.")
        elif _comes_back(node.id, possible):
            text = "may go round in a circle in which nobody says anything; the call is ended if it does."
            yield part.warning("possible_loop", text)


def _next(definition: WorkflowDefinition, node: WorkflowNode, *, is_sure: bool) -> list[str]:
    """Where a node leads without the caller: surely, or if conditions hold."""
    if node.type not in (*_TALKING, "http") or _waits(node):
        return []
    edges = [edge for edge in definition.edges_from(node.id) if is_plain(edge) or edge.data.when.strip()]
    plain = [edge.target for edge in edges if is_plain(edge)][:1]
    if is_sure:
        return plain if all(map(is_plain, edges)) else []
    return [edge.target for edge in edges if not is_plain(edge)] + plain


def _comes_back(node_id: str, ways: dict[str, list[str]]) -> bool:
    waiting, reached = list(ways[node_id]), set[str]()
    while waiting:
        step = waiting.pop()
        if step == node_id:
            return True
        if step not in reached:
            reached.add(step)
            waiting += ways.get(step, [])
    return False


def _reached(definition: WorkflowDefinition) -> set[str]:
    waiting = [node.id for node in definition.nodes if node.type == "start"]
    waiting += [edge.target for edge in _globals(definition)]
    reached: set[str] = set()
    while waiting:
        node_id = waiting.pop()
        if node_id not in reached:
            reached.add(node_id)
            waiting += [edge.target for edge in definition.edges_from(node_id)]
    return reached


def _waits(node: WorkflowNode) -> bool:
    return bool(_required(node))


def _required(node: WorkflowNode) -> set[str]:
    if not isinstance(node.data, AskingData):
        return set()
    return {field.name for field in node.data.collect if field.required}


def _globals(definition: WorkflowDefinition) -> Iterator[WorkflowEdge]:
    for node in definition.nodes:
        if node.type == "global":
            yield from definition.edges_from(node.id)
