"""The `agent` part of a workflow: who talks, and the settings every call with it follows.

A setting stands here only when it has an effect; unknown ones are refused, not ignored.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from typing_extensions import TypeAliasType

from asisso.agents.call_settings import AgentSettings
from asisso.agents.cascade.spec import CascadeSpec
from asisso.agents.media_streams.spec import MediaStreamsSpec
from asisso.agents.realtime.spec import RealtimeSpec
from asisso.agents.turn_policy import TurnPolicy


class EchoSpec(AgentSettings):
    """Gives every sound back."""

    kind: Literal["echo"]


class EmbeddedSpec(AgentSettings):
    """Speech recognition and synthesis on this machine."""

    kind: Literal["embedded"]
    language: Literal["en"] = Field("en", description="The language it hears and speaks.")
    turns: TurnPolicy = Field(
        TurnPolicy(), description="When the caller interrupts, and when a turn is over."
    )


AgentSpec = TypeAliasType(
    "AgentSpec",
    Annotated[
        EchoSpec | EmbeddedSpec | CascadeSpec | RealtimeSpec | MediaStreamsSpec, Field(discriminator="kind")
    ],
)

AGENT_ADAPTER: Final[TypeAdapter[AgentSpec]] = TypeAdapter(AgentSpec)


def parse_agent_spec(agent: object) -> AgentSpec:
    """Read the `agent` of a workflow from what was JSON.

    Raises:
        ValueError: an unknown kind or setting, or a bad value; the text names each on a line of its own.
    """
    try:
        return AGENT_ADAPTER.validate_python(agent)
    except ValidationError as error:
        raise ValueError("\n".join(_sentence(problem) for problem in error.errors())) from None


def _sentence(problem: ErrorDetails) -> str:
    # The first part of a place is the kind that was chosen, which whoever reads this has not written there.
    place = ".".join(str(part) for part in problem["loc"][1:]) or "agent"
    return f"{place}: {problem['msg'].removeprefix('Value error, ')}"
