"""The `agent` part of a workflow: who talks, and the settings every call with it follows.

A setting stands here only when it has an effect; unknown ones are refused, not ignored.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from asisso.agents.turn_policy import TurnPolicy

DEFAULT_MAX_DURATION_S: Final = 3_600
LONGEST_MAX_DURATION_S: Final = 12 * 3_600
"""A recording of this length still fits into one file."""


DEFAULT_SILENCE_TIMEOUT_S: Final = 30
MAX_GREETING_DELAY_MS: Final = 10_000
PhraseText = Annotated[str, Field(max_length=500)]


class Phrases(BaseModel):
    """What a call says by itself, whatever its agent does; an empty text is not said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    silence_prompt: PhraseText = Field("Are you still there?", description="When the caller is silent.")
    silence_farewell: PhraseText = Field(
        "I can't hear you, so I will hang up now. Goodbye.", description="When the caller stays silent."
    )
    time_limit: PhraseText = Field(
        "I am sorry, this call has reached its time limit. Goodbye.",
        description="When the call has lasted max_duration_s.",
    )
    apology: PhraseText = Field(
        "I am sorry, something went wrong on our side. Please call again later.",
        description="When the agent can't go on.",
    )
    resumed: PhraseText = Field(
        "Sorry, we were cut off. Please go on.",
        description="When the agent is back after an interruption on our side.",
    )

    @property
    def texts(self) -> list[str]:
        """All that is said, so that it can be rendered before it is needed."""
        return [text for text in self.model_dump().values() if text]


class AgentSettings(BaseModel):
    """What all kinds have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_duration_s: int = Field(
        DEFAULT_MAX_DURATION_S,
        ge=1,
        le=LONGEST_MAX_DURATION_S,
        description="The call is ended after this many seconds.",
    )
    silence_timeout_s: int = Field(
        DEFAULT_SILENCE_TIMEOUT_S,
        ge=0,
        le=LONGEST_MAX_DURATION_S,
        description="A caller who says nothing for this long is asked once, and the call ended when the silence goes "
        "on for as long again. 0 waits for ever.",
    )
    greeting_delay_ms: int = Field(
        0, ge=0, le=MAX_GREETING_DELAY_MS, description="How long after the answer the agent begins."
    )
    phrases: Phrases = Field(Phrases(), description="What the call itself says when something is in the way.")
    recording: Literal["on", "off"] = Field("on", description="Whether the call is recorded.")


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
