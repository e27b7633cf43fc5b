"""What a node offers to the caller: its own edges that somebody can choose, then those of everywhere. Pure."""

from __future__ import annotations

from asisso.workflows.definition import TransferNode, WorkflowDefinition, WorkflowEdge
from asisso.workflows.steps import Choice
from asisso.workflows.wishes import wish
from asisso.workflows.words import said


class Offers:
    """The edges of a workflow, sorted by who takes them."""

    def __init__(self, definition: WorkflowDefinition) -> None:
        self._definition = definition
        self._nodes = {node.id: node for node in definition.nodes}
        globals_ = [node.id for node in definition.nodes if node.type == "global"]
        self._everywhere = [
            edge
            for node_id in globals_
            for edge in definition.edges_from(node_id)
            if self._leads_somewhere(edge)
        ]

    def edges(self, node_id: str) -> list[WorkflowEdge]:
        """The ways out of a node, its own first; a way of everywhere never leads back into the same node."""
        own = [edge for edge in self._definition.edges_from(node_id) if self._leads_somewhere(edge)]
        return own + [edge for edge in self._everywhere if edge.target != node_id]

    def choices(self, node_id: str) -> tuple[Choice, ...]:
        """Those that somebody can choose."""
        return tuple(choice_of(edge) for edge in self.edges(node_id) if is_chosen(edge))

    def conditional(self, node_id: str) -> list[WorkflowEdge]:
        """Those with a `when`."""
        return [edge for edge in self.edges(node_id) if edge.data.when.strip()]

    def is_dead_end(self, node_id: str) -> bool:
        """Whether all its own ways out wait for values: nobody could go on by what they say."""
        own = self._definition.edges_from(node_id)
        return bool(own) and all(edge.data.when.strip() and not is_chosen(edge) for edge in own)

    def plain(self, node_id: str) -> WorkflowEdge | None:
        """The one that is taken when the node is done."""
        own = self._definition.edges_from(node_id)
        return next((edge for edge in own if is_plain(edge) and self._leads_somewhere(edge)), None)

    def to_person(self, node_id: str) -> WorkflowEdge | None:
        """One that leads to a transfer: that for a person, then one that is offered everywhere, then the first."""
        edges = sorted(
            self.edges(node_id), key=lambda edge: (not _is_for_a_person(edge), edge not in self._everywhere)
        )
        return next((e for e in edges if isinstance(self._nodes[e.target], TransferNode)), None)

    def find(self, node_id: str, edge_id: str) -> WorkflowEdge | None:
        """A choice of this node by its id."""
        return next((e for e in self.edges(node_id) if e.id == edge_id and is_chosen(e)), None)

    def _leads_somewhere(self, edge: WorkflowEdge) -> bool:
        target = self._nodes.get(edge.target)
        return target is not None and target.type != "global"


def _is_for_a_person(edge: WorkflowEdge) -> bool:
    return any(wish(said(text)) == "person" for text in (edge.data.label, *edge.data.examples))


def is_chosen(edge: WorkflowEdge) -> bool:
    """Whether a caller or a model can choose it."""
    return bool(edge.data.digits or edge.data.examples or edge.data.condition.strip())


def is_plain(edge: WorkflowEdge) -> bool:
    """Whether it is taken without anybody's choice and whatever was gathered."""
    return not is_chosen(edge) and not edge.data.when.strip()


def choice_of(edge: WorkflowEdge) -> Choice:
    """An edge as the engine offers it; one without a label goes by its first example."""
    data = edge.data
    label = data.label.strip() or next((example for example in data.examples if example.strip()), "")
    return Choice(edge.id, label, data.condition, tuple(data.examples), data.digits)
