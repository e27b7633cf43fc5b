"""A conversation tried out in writing: what the caller does, what came of it, and what was expected. Pure.

CallerTurn -> (somebody talks with the engine) -> Exchange -> difference(ExpectedTurn, Exchange)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from asisso.workflows.definition import Id, Name
from asisso.workflows.steps import Say

MAX_STEPS: Final = 100
MAX_SAID_LENGTH: Final = 500
FAILED: Final = "failed"
"""The end of a conversation that could not go on."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class CallerTurn(_Part):
    """What the caller does: says something, or presses keys, or comes back because nobody took a transfer."""

    say: str = Field("", max_length=MAX_SAID_LENGTH, examples=["where is my order"])
    keys: str = Field("", max_length=40, pattern=r"^[0-9A-D*#]*$", description="A whole entry.")
    transfer_failed: str = Field(
        "", max_length=200, description="Why nobody took the transfer that the turn before led to."
    )

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if sum(map(bool, (self.say.strip(), self.keys, self.transfer_failed))) != 1:
            raise ValueError("needs one of say, keys and transfer_failed")
        return self


Scalar = (
    Annotated[str, Field(max_length=5_000)]
    | bool
    | Annotated[int, Field(ge=-(2**53) + 1, le=2**53 - 1)]
    | Annotated[float, Field(ge=-1e300, le=1e300, allow_inf_nan=False)]
    | None
)


class ExpectedTurn(_Part):
    """What must have come of a turn; what is left out may be anything."""

    says: str = Field("", max_length=500, description="Words of the agent, in the midst of others or alone.")
    node_id: str = Field("", max_length=100, description="Where the conversation is then.")
    gathered: dict[Name, Scalar] = Field(
        default={}, max_length=50, description="Values it has by then; others do not matter."
    )
    outcome: str = Field("", max_length=40, description="How it ended: `completed`, `transferred`.")
    transfer_to: str = Field(
        "",
        max_length=200,
        description="Whom the caller is put through to; `extension@context` of a dialplan.",
    )


class TrialStep(_Part):
    """A turn of the caller, and what is expected then."""

    turn: CallerTurn
    expect: ExpectedTurn = ExpectedTurn()


class HttpAnswer(_Part):
    """What a request of an http node is answered with: the values it saves, or why it failed."""

    values: dict[Name, Scalar] = Field(
        default={}, max_length=50, description="By the names of `save`.", examples=[{"status": "on its way"}]
    )
    failure: str = Field("", max_length=500)


HttpAnswers = Annotated[dict[Id, HttpAnswer], Field(max_length=50)]
"""By the node's id."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request of an http node, and how it went.

    Attributes:
        source: where its answer came from: `given` by whoever tries, `made` for this conversation, or `none` when
            there is none.
    """

    node_id: str
    method: str
    url: str
    source: Literal["given", "made", "none"]
    values: Mapping[str, object]
    failure: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """Whom the caller was put through to.

    Attributes:
        to: a telephone, or `extension@context` of a dialplan.
    """

    node_id: str
    to: str


@dataclass(slots=True)
class Exchange:
    """A turn of the caller and all that came of it.

    Attributes:
        turn: None before the first words of the agent.
        likeness: how near the words were to each choice, by the edge's id.
        node_id: where the conversation was then.
        gathered: all values it had then.
        outcome: how it ended with this turn; empty when it goes on.
        problem: why it could not go on, a sentence; empty when it could.
    """

    turn: CallerTurn | None
    said: list[Say] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    likeness: Mapping[str, float] = field(default_factory=dict)
    node_id: str = ""
    gathered: Mapping[str, object] = field(default_factory=dict)
    outcome: str = ""
    problem: str = ""

    @property
    def words(self) -> str:
        """All that the agent said."""
        return " ".join(say.text for say in self.said)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a conversation first went another way than expected.

    Attributes:
        step: which one, from 0; None for the agent's first words.
        detail: a sentence with what was expected and what came.
    """

    step: int | None
    detail: str


def first_difference(
    opening: ExpectedTurn, steps: Sequence[TrialStep], exchanges: Sequence[Exchange]
) -> Difference | None:
    """Compare a conversation with what was expected of it.

    Args:
        exchanges: the agent's first words, and one for each step; fewer when it ended before.
    """
    expected = [opening, *(step.expect for step in steps)]
    for number, (expect, exchange) in enumerate(zip(expected, exchanges, strict=False)):
        detail = next(_differences(expect, exchange), None)
        if detail is not None:
            return Difference(number - 1 if number else None, f"{_when(exchange)}: {detail}")
    if len(exchanges) < len(expected):
        turn = steps[len(exchanges) - 1].turn
        detail = f"The conversation had ended ({exchanges[-1].outcome}) before {_doing(turn)}."
        return Difference(len(exchanges) - 1, detail)
    return None


def _differences(expect: ExpectedTurn, exchange: Exchange) -> Iterator[str]:
    if exchange.problem and expect.outcome != FAILED:
        yield exchange.problem
    if expect.says and _plain(expect.says) not in _plain(exchange.words):
        yield f"expected to hear {_quoted(expect.says)}, heard {_quoted(exchange.words)}."
    if expect.node_id and expect.node_id != exchange.node_id:
        yield f"expected to be at {expect.node_id}, was at {exchange.node_id}."
    for name, value in expect.gathered.items():
        if name not in exchange.gathered:
            yield f"expected {name} to be {_shown(value)}, but there was no {name}."
        elif not _is_same(value, exchange.gathered[name]):
            yield f"expected {name} to be {_shown(value)}, it was {_shown(exchange.gathered[name])}."
    if expect.outcome and expect.outcome != exchange.outcome:
        came = f"it ended as {exchange.outcome}" if exchange.outcome else "it went on"
        yield f"expected it to end as {expect.outcome}, {came}."
    reached = [transfer.to for transfer in exchange.transfers]
    if expect.transfer_to and expect.transfer_to not in reached:
        came = f"it went to {', '.join(reached)}" if reached else "there was none"
        yield f"expected a transfer to {expect.transfer_to}, {came}."


def _plain(text: str) -> str:
    """Words only: case, punctuation and spaces are not what a test is about."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _is_same(expected: Scalar, value: object) -> bool:
    if isinstance(expected, bool) or isinstance(value, bool):
        return expected is value
    if isinstance(expected, str) and isinstance(value, str):
        return _plain(expected) == _plain(value)
    return expected == value


def _when(exchange: Exchange) -> str:
    return "At the beginning" if exchange.turn is None else f"After {_doing(exchange.turn)}"


def _doing(turn: CallerTurn) -> str:
    if turn.say:
        return _quoted(turn.say)
    return f"the keys {turn.keys}" if turn.keys else "the transfer that failed"


def _quoted(text: str) -> str:
    return f"“{text}”" if text else "nothing"


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
