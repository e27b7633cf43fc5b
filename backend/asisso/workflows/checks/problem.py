"""One thing that is wrong with a workflow. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from asisso.workflows.definition import WorkflowDefinition, WorkflowEdge, WorkflowNode

Path = tuple[str | int, ...]
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right.

    Attributes:
        severity: an `error` keeps a workflow from being published, a `warning` does not.
        code: snake_case constant.
        message: a sentence that names the node or edge.
        path: where it stands inside the definition's JSON.
    """

    severity: Severity
    code: str
    message: str
    path: Path
    node_id: str | None = None
    edge_id: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A node or an edge with its place in the JSON: what problems are told of."""

    of: WorkflowNode | WorkflowEdge
    index: int

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"{'Edge' if isinstance(self.of, WorkflowEdge) else 'Node'} {self.of.id}"

    def problem(self, code: str, message: str, *steps: str | int, severity: Severity = "error") -> Problem:
        """A problem of it; `message` follows its name, `steps` lead to the fault inside it."""
        edge = self.of if isinstance(self.of, WorkflowEdge) else None
        node_id = edge.source if edge is not None else self.of.id
        path: Path = ("edges" if edge is not None else "nodes", self.index, *steps)
        return Problem(
            severity, code, f"{self.name} {message}", path, node_id=node_id, edge_id=edge.id if edge else None
        )

    def warning(self, code: str, message: str, *steps: str | int) -> Problem:
        """A problem that does not forbid publishing."""
        return self.problem(code, message, *steps, severity="warning")


def nodes_of(definition: WorkflowDefinition) -> Iterator[tuple[Part, WorkflowNode]]:
    """Every node, with what tells of it."""
    for index, node in enumerate(definition.nodes):
        yield Part(node, index), node


def edges_of(definition: WorkflowDefinition) -> Iterator[tuple[Part, WorkflowEdge]]:
    """Every edge, with what tells of it."""
    for index, edge in enumerate(definition.edges):
        yield Part(edge, index), edge
