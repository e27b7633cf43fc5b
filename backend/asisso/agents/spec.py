"""The `agent` part of a workflow: who talks, and the settings every call with it follows.

A setting stands here only when it has an effect; unknown ones are refused, not ignored.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

DEFAULT_MAX_DURATION_S: Final = 3_600
LONGEST_MAX_DURATION_S: Final = 12 * 3_600
"""A recording of this length still fits into one file."""


class AgentSettings(BaseModel):
    """What all kinds have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_duration_s: int = Field(
        DEFAULT_MAX_DURATION_S,
        ge=1,
        le=LONGEST_MAX_DURATION_S,
        description="The call is ended after this many seconds.",
    )
    recording: Literal["on", "off"] = Field("on", description="Whether the call is recorded.")


class EchoSpec(AgentSettings):
    """Gives every sound back."""

    kind: Literal["echo"]


class EmbeddedSpec(AgentSettings):
    """Speech recognition and synthesis on this machine."""

    kind: Literal["embedded"]
    language: Literal["en"] = Field("en", description="The language it hears and speaks.")


AgentSpec = EchoSpec | EmbeddedSpec

_ADAPTER: Final[TypeAdapter[AgentSpec]] = TypeAdapter(Annotated[AgentSpec, Field(discriminator="kind")])


def parse_agent_spec(agent: object) -> AgentSpec:
    """Read the `agent` of a workflow from what was JSON.

    Raises:
        ValueError: an unknown kind or setting, or a bad value; the text names each on a line of its own.
    """
    try:
        return _ADAPTER.validate_python(agent)
    except ValidationError as error:
        raise ValueError("\n".join(_sentence(problem) for problem in error.errors())) from None


def _sentence(problem: ErrorDetails) -> str:
    # The first part of a place is the kind that was chosen, which whoever reads this has not written there.
    place = ".".join(str(part) for part in problem["loc"][1:]) or "agent"
    return f"{place}: {problem['msg']}"
