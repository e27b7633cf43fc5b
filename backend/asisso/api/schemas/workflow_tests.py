"""Conversations with a workflow in writing, and those that are stored as its tests."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StrictBool

from asisso.api.schemas.base import Id, Input, Name, Output, omitted
from asisso.api.schemas.calls import Context
from asisso.api.schemas.workflows import EXAMPLE_DEFINITION, Document
from asisso.workflows.definition import Id as NodeId
from asisso.workflows.trial import MAX_STEPS, CallerTurn, ExpectedTurn, HttpAnswer, HttpAnswers, TrialStep

EXAMPLE_TURNS: list[Any] = [{"say": "I would like to talk to a person"}, {"keys": "0"}]
EXAMPLE_STEPS: list[Any] = [{"turn": {"keys": "0"}, "expect": {"transfer_to": "PJSIP/6001"}}]
MAX_REQUESTS = 200

TestContext = Annotated[Context, Field(description="What the call would know, beside what every call does.")]
Steps = Annotated[list[TrialStep], Field(max_length=MAX_STEPS, examples=[EXAMPLE_STEPS])]
Http = Annotated[
    HttpAnswers,
    Field(
        description="What requests of http nodes are answered with, by the node's id.",
        examples=[{"lookup": {"values": {"status": "on its way"}}}],
    ),
]


class PastRequestIn(Input):
    """A request that was made when the conversation was played before: it is not made again."""

    node_id: NodeId
    answer: HttpAnswer


class Talk(Input):
    """A conversation from its beginning. Nothing of it is kept: send all turns again with the next one."""

    turns: list[CallerTurn] = Field(default=[], max_length=MAX_STEPS, examples=[EXAMPLE_TURNS])
    definition: Document | None = Field(
        None, description="Talked to in the place of the stored draft.", examples=[EXAMPLE_DEFINITION]
    )
    context: TestContext = Field(default={})
    http: Http = Field(default={})
    make_requests: StrictBool = Field(
        False, description="Whether requests without an answer in `http` are really made; else they fail."
    )
    past_requests: list[PastRequestIn] = Field(
        default=[],
        max_length=MAX_REQUESTS,
        description="The answers of all requests with the source `made`, in their order.",
    )


class SaidOut(Output):
    """Words of the agent."""

    text: str = Field(examples=["I will put you through."])
    kind: Literal["say", "ask", "confirm", "repair", "transfer", "farewell"]


class RequestOut(Output):
    """A request of an http node: answered by whoever tries (`given`), by its server (`made`), or not at all."""

    node_id: str = Field(examples=["lookup"])
    method: str = Field(examples=["GET"])
    url: str = Field(examples=["https://erp.example.com/orders/4711"])
    source: Literal["given", "made", "none"]
    values: dict[str, Any] = Field(
        description="What was saved, by its names.", examples=[{"status": "on its way"}]
    )
    failure: str = Field(examples=[""])


class TransferOut(Output):
    """Whom the caller was put through to."""

    node_id: str = Field(examples=["desk"])
    to: str = Field(examples=["PJSIP/6001"])


class ExchangeOut(Output):
    """A turn of the caller, null before the agent's first words, and all that came of it."""

    turn: CallerTurn | None
    said: list[SaidOut]
    requests: list[RequestOut]
    transfers: list[TransferOut]
    likeness: dict[str, float] = Field(
        description="How near the words were to each choice, 0 to 1, by the edge's id.",
        examples=[{"e1": 0.81}],
    )
    node_id: str = Field(examples=["desk"])
    gathered: dict[str, Any] = Field(
        description="All values the conversation had then.", examples=[{"order_number": "4711"}]
    )
    outcome: str = Field(description="How it ended; empty while it goes on.", examples=["transferred"])
    problem: str = Field(description="Why it could not go on; empty when it could.", examples=[""])


class WayOnOut(Output):
    """A way on that the caller can take now."""

    edge_id: str = Field(examples=["e1"])
    label: str = Field(examples=["a person"])
    digits: str = Field(examples=["0"])
    examples: list[str] = Field(examples=[["operator"]])


class ExpectsOut(Output):
    """What the workflow can do something with now."""

    wanted: list[str] = Field(
        description="Names of the values it still asks for, in order.", examples=[["order_number"]]
    )
    is_confirming: bool = Field(examples=[False])
    choices: list[WayOnOut]


class TalkOut(Output):
    """The whole conversation. `remarks` say in which way a call would be different."""

    exchanges: list[ExchangeOut]
    expects: ExpectsOut
    is_over: bool = Field(examples=[True])
    remarks: list[str] = Field(examples=[[]])


class NewWorkflowTest(Input):
    """A conversation that the workflow must get right. `opening` is about the agent's first words."""

    name: Annotated[Name, Field(examples=["A caller wants a person"])]
    context: TestContext = Field(default={})
    opening: ExpectedTurn = ExpectedTurn()
    steps: Steps = Field(default=[])
    http: Http = Field(default={})


class WorkflowTestPatch(Input):
    """Changes of a test; fields left out stay as they are."""

    name: Annotated[Name, Field(examples=["A caller wants a person"])] = omitted()
    context: TestContext = omitted()
    opening: ExpectedTurn = omitted()
    steps: Steps = omitted()
    http: Http = omitted()


class WorkflowTestOut(Output):
    """A stored conversation."""

    id: str
    name: str = Field(examples=["A caller wants a person"])
    context: TestContext
    opening: ExpectedTurn
    steps: Steps
    http: Http
    created_at: datetime
    updated_at: datetime


def _each_once(ids: list[str]) -> list[str]:
    return list(dict.fromkeys(ids))


class TestRun(Input):
    """Which tests, and with what; left out: all of them, with the stored draft."""

    test_ids: Annotated[list[Id], Field(max_length=100), AfterValidator(_each_once)] | None = None
    definition: Document | None = Field(
        None, description="Tested in the place of the stored draft.", examples=[EXAMPLE_DEFINITION]
    )


class DifferenceOut(Output):
    """Where a conversation first went another way; `step` counts from 0, null is the agent's first words."""

    step: int | None = Field(examples=[0])
    detail: str = Field(examples=["After the keys 0: expected to be at desk, was at hello."])


class TestResultOut(Output):
    """How a stored conversation went; without a `difference` it went as expected."""

    test_id: str
    name: str = Field(examples=["A caller wants a person"])
    passed: bool = Field(examples=[True])
    difference: DifferenceOut | None
    exchanges: list[ExchangeOut]


class TestRunOut(Output):
    """How all of them went."""

    passed: bool = Field(examples=[True])
    results: list[TestResultOut]
