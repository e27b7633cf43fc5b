"""What goes into a conversation's engine and what comes out of it. Pure values.

    caller and programs -> Event -> Engine -> Command -> whoever talks

Events: what the caller said or keyed, what a model chose, how a request or a transfer went.
Commands: what to say, what to fetch, whom to put the caller through to, and the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from asisso.workflows.definition import Collected, HttpData, TransferData

# events


@dataclass(frozen=True, slots=True)
class Heard:
    """The caller said something.

    Attributes:
        text: the words as recognised; empty when there were sounds but no words.
        likeness: how near the words are to the meaning of each of `Expectation.choices`, 0 to 1, by the edge's id;
            empty where nobody can tell.
    """

    text: str
    likeness: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Keyed:
    """The caller pressed keys; a complete entry without its terminator."""

    keys: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """A model takes an edge that `Expectation.choices` offers."""

    edge_id: str


@dataclass(frozen=True, slots=True)
class Given:
    """A model passes on a value of `Expectation.wanted`, as the caller said it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A request was answered; `values` are those to save."""

    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """A request was not answered, or not well; `reason` is a sentence for the timeline."""

    reason: str


@dataclass(frozen=True, slots=True)
class TransferFailed:
    """The caller is back: nobody took the call."""

    reason: str


Event = Heard | Keyed | Chosen | Given | Fetched | FetchFailed | TransferFailed

# commands

SayKind = Literal["say", "ask", "confirm", "repair", "transfer", "farewell"]


@dataclass(frozen=True, slots=True)
class Say:
    """Say this, word by word.

    Attributes:
        kind: `say` a node's own words, `ask` a question for a value, `confirm` whether it was understood, `repair`
            that it was not, `transfer` before the caller is put through, `farewell` the last words.
    """

    text: str
    kind: SayKind = "say"


@dataclass(frozen=True, slots=True)
class Fetch:
    """Do a request, all templates filled in; `Fetched` or `FetchFailed` must follow."""

    node_id: str
    request: HttpData


@dataclass(frozen=True, slots=True)
class PutThrough:
    """Send the caller to somebody else, all templates filled in; only `TransferFailed` may follow."""

    node_id: str
    data: TransferData


@dataclass(frozen=True, slots=True)
class Finish:
    """The conversation is over; what was said before is still to be heard."""

    outcome: str


Command = Say | Fetch | PutThrough | Finish

# what may come next


@dataclass(frozen=True, slots=True)
class Choice:
    """An edge the caller or a model may take now.

    Attributes:
        edge_id: of the edge.
        label: what a person calls it ("order status").
        condition: when a model takes it.
        examples: what a caller says who wants it.
        digits: the keys for it; empty when there are none.
    """

    edge_id: str
    label: str
    condition: str
    examples: tuple[str, ...]
    digits: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the engine can do something with now.

    Attributes:
        wanted: the values the node still asks for, the one asked for first.
        is_confirming: whether the caller was asked if a value was understood.
        choices: the edges that can be taken by keys, meaning or a model: the node's own, then those of everywhere.
        longest_keys: how many keys can be an entry at most (None: no limit): an entry that is as long is complete.
    """

    wanted: tuple[Collected, ...] = ()
    is_confirming: bool = False
    choices: tuple[Choice, ...] = ()
    longest_keys: int | None = None
