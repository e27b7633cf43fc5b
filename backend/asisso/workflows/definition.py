"""The graph of a workflow: its nodes, its edges, and reading them from JSON. Pure.

Owns the shape only. Whether a graph makes sense is judged by `validation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import TypeAliasType

MAX_NODES = 200
MAX_EDGES = 1000
MAX_TEXT_LENGTH = 5000
MAX_COORDINATE = 1e9
Id = Annotated[str, Field(min_length=1, max_length=100)]
Text = Annotated[str, Field(max_length=MAX_TEXT_LENGTH)]
Position = Annotated[
    dict[
        Annotated[str, Field(max_length=20)],
        Annotated[float, Field(ge=-MAX_COORDINATE, le=MAX_COORDINATE, allow_inf_nan=False)],
    ],
    Field(max_length=4),
]


class _Part(BaseModel):
    # Strict: what is stored is what was sent, so a number that stands for a text must not pass for one.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Drawn(_Part):
    position: Position | None = Field(
        None,
        description="Where an editor draws the node; no call looks at it.",
        examples=[{"x": 0, "y": 120}],
    )


class SpokenData(_Part):
    """What a node says as it stands (`say`, a template), and what it tells a language model (`prompt`)."""

    say: Text = ""
    prompt: Text = ""


Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Collected(_Part):
    """One value a node asks the caller for."""

    name: Name = Field(description="How templates, `when` and the run call it.")
    type: Literal["text", "digits", "number", "date", "time", "yes_no", "choice", "name"] = "text"
    required: bool = Field(True, description="Whether the conversation waits for it.")
    ask: Text = Field("", description="The question for it, a template; without one it is made of the name.")
    confirm: bool = Field(False, description="Whether the caller is asked if it was understood well.")
    options: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        default=[], max_length=50, description="What a `choice` is made of."
    )
    min_length: int | None = Field(None, ge=1, le=40, description="Of `digits`.")
    max_length: int | None = Field(None, ge=1, le=40, description="Of `digits`: complete without waiting.")


class AskingData(SpokenData):
    """What a node says and asks for."""

    collect: list[Collected] = Field(default=[], max_length=20)


class HttpData(_Part):
    """A request to another program. Texts are templates; values go into the URL percent-encoded."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    url: Annotated[str, Field(max_length=2_000)] = ""
    headers: dict[Annotated[str, Field(max_length=100)], Annotated[str, Field(max_length=2_000)]] = Field(
        default={}, max_length=30
    )
    body: Text = Field("", description="Sent as JSON when it is JSON; values in it are escaped.")
    save: dict[Name, Annotated[str, Field(max_length=200)]] = Field(
        default={},
        max_length=50,
        description="Names and where their values stand in the answer, as `$.a.b[0]`.",
    )
    timeout_s: float = Field(5, ge=0.1, le=30, description="How long the answer may take.")
    say: Text = Field("", description="Said before, so that waiting is no silence.")


class GlobalData(SpokenData):
    """Rules that hold in every node: a `prompt` for a model; its edges can be taken everywhere."""


class EndData(SpokenData):
    """The last words of a call, and how it ended."""

    outcome: Literal["completed"] = "completed"


class TransferData(SpokenData):
    """Whom the caller is put through to: `to` a telephone, or for `dialplan` to `context` and `extension`."""

    mode: Literal["blind", "attended", "dialplan", "refer"] = "blind"
    to: str = Field(default="", max_length=200)
    briefing: Text = Field("", description="Told to whoever answers an `attended` transfer first.")
    must_confirm: bool = Field(False, description="Whoever answers has to press 1 to take the call.")
    context: str = Field(default="", max_length=80)
    extension: str = Field(default="", max_length=80)


class StartNode(_Drawn):
    """Where every call begins; there is exactly one."""

    id: Id
    type: Literal["start"]
    data: AskingData = AskingData()


class AgentNode(_Drawn):
    """A part of the conversation."""

    id: Id
    type: Literal["agent"]
    data: AskingData = AskingData()


class EndNode(_Drawn):
    """Says its last words and hangs up."""

    id: Id
    type: Literal["end"]
    data: EndData = EndData()


class TransferNode(_Drawn):
    """Puts the caller through to somebody else."""

    id: Id
    type: Literal["transfer"]
    data: TransferData = TransferData()


class HttpNode(_Drawn):
    """Asks another program, and goes on with what it said."""

    id: Id
    type: Literal["http"]
    data: HttpData = HttpData()


class GlobalNode(_Drawn):
    """Rules that hold in every node."""

    id: Id
    type: Literal["global"]
    data: GlobalData = GlobalData()


WorkflowNode = TypeAliasType(
    "WorkflowNode",
    Annotated[
        StartNode | AgentNode | HttpNode | TransferNode | EndNode | GlobalNode, Field(discriminator="type")
    ],
)
NODE_TYPES = ("start", "agent", "http", "transfer", "end", "global")


class EdgeData(_Part):
    """When an edge is taken: on `digits`, on gathered values (`when`), by meaning (`examples`, `condition`)."""

    label: Text = ""
    condition: Text = ""
    examples: list[Text] = Field(default=[], max_length=50)
    digits: str = Field(default="", pattern=r"^[0-9*#A-D]*$", max_length=20)
    when: Text = ""


class WorkflowEdge(_Part):
    """A way from one node to the next."""

    id: Id
    source: Id
    target: Id
    data: EdgeData = EdgeData()


class WorkflowDefinition(_Part):
    """A workflow's graph: its nodes, and the edges between them."""

    nodes: list[WorkflowNode] = Field(max_length=MAX_NODES)
    edges: list[WorkflowEdge] = Field(default=[], max_length=MAX_EDGES)

    @property
    def start(self) -> StartNode:
        """Where every call begins; a validated definition has exactly one."""
        return next(node for node in self.nodes if isinstance(node, StartNode))

    def edges_from(self, node_id: str) -> list[WorkflowEdge]:
        """The ways out of a node, in their order."""
        return [edge for edge in self.edges if edge.source == node_id]

    @property
    def transfers_by_keys(self) -> Mapping[str, TransferNode]:
        """Whom a caller reaches by keys from the start."""
        nodes = {node.id: node for node in self.nodes if isinstance(node, TransferNode)}
        keyed = [edge for edge in self.edges_from(self.start.id) if edge.data.digits]
        return {edge.data.digits: nodes[edge.target] for edge in keyed if edge.target in nodes}

    @property
    def greeting(self) -> str:
        """The template of the first words of a call."""
        return self.start.data.say

    @property
    def farewell_node(self) -> EndNode | None:
        """Where a caller's goodbye leads: an end that no edge leads to, otherwise the first that says anything."""
        led_to = {edge.target for edge in self.edges}
        ends = [node for node in self.nodes if isinstance(node, EndNode)]
        speaking = [node for node in ends if node.data.say]
        alone = [node for node in speaking if node.id not in led_to]
        return next(iter(alone + speaking + ends), None)

    @property
    def farewell(self) -> str:
        """The template of the last words of a call; empty when there is no end node that says any."""
        return self.farewell_node.data.say if self.farewell_node else ""


class DefinitionError(ValueError):
    """JSON that is no definition.

    Attributes:
        faults: one `(path inside the JSON, message)` each.
    """

    def __init__(self, faults: list[tuple[tuple[str | int, ...], str]]) -> None:
        super().__init__("; ".join(message for _, message in faults))
        self.faults = faults


def parse_definition(document: Mapping[str, Any]) -> WorkflowDefinition:
    """Read a definition.

    Raises:
        DefinitionError: it does not have the shape of one; every fault is told.
    """
    try:
        return WorkflowDefinition.model_validate(document)
    except ValidationError as error:
        faults = [(tuple(fault["loc"]), fault["msg"]) for fault in error.errors(include_url=False)]
    raise DefinitionError([(_without_tags(path), message) for path, message in faults])


def _without_tags(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Leave out the type pydantic puts behind a node's index: it is not in the JSON."""
    if len(path) > 2 and path[0] == "nodes" and path[2] in NODE_TYPES:
        return path[:2] + path[3:]
    return path
