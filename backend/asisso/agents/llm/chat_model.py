"""What every language model offers: an answer to a conversation, as it is written.

ModelError (agents/model_error.py)   it did not answer, or not well; says whether trying again helps
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model wants something done.

    Attributes:
        id: by which its result is told.
        arguments: JSON as the model wrote it, which need not be JSON.
    """

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One piece of the conversation a model is shown.

    Attributes:
        calls: of an `assistant`; each must be followed by a `tool` message with its result.
        call_id: of a `tool` message.
    """

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """Something a model may have done.

    Attributes:
        parameters: a JSON schema of an object.
    """

    name: str
    description: str
    parameters: Json = field(default_factory=lambda: {"type": "object", "properties": {}})


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next characters of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost; comes last, from servers that tell."""

    input_tokens: int
    output_tokens: int


Delta = TextDelta | ToolCall | Usage


@dataclass(frozen=True, slots=True)
class ChatCapabilities:
    """What a model can do.

    Attributes:
        tools: whether it can have things done; one that can't only talks, and a workflow's edges are left to the
            engine.
        parallel_tool_calls: whether it asks for several at once.
    """

    tools: bool = True
    parallel_tool_calls: bool = True


class ChatModel(Protocol):
    """One language model, as one call has it."""

    @property
    def name(self) -> str:
        """For timelines: the model's own name."""

    @property
    def capabilities(self) -> ChatCapabilities:
        """What it can do."""

    def reply(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncGenerator[Delta, None]:
        """Write the next message. Closing the generator gives the request up.

        A tool call comes whole, once its arguments are complete.

        Raises:
            ModelError: on the first step or a later one; what came before it stands.
        """

    async def close(self) -> None:
        """Give connections back."""
