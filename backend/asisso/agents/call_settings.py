"""The settings every kind of agent has in common, and what a call says by itself."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from asisso.agents.after_call import AfterCall
from asisso.agents.llm.openai_chat import OpenAIChatSettings
from asisso.whole_number import WHOLE

DEFAULT_MAX_DURATION_S: Final = 3_600
LONGEST_MAX_DURATION_S: Final = 12 * 3_600
"""A recording of this length still fits into one file."""


DEFAULT_SILENCE_TIMEOUT_S: Final = 30
MAX_GREETING_DELAY_MS: Final = 10_000
PhraseText = Annotated[str, Field(max_length=500)]


class Phrases(BaseModel):
    """What a call says by itself, whatever its agent does; an empty text is not said."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

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

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    max_duration_s: Annotated[int, Field(ge=1, le=LONGEST_MAX_DURATION_S), WHOLE] = Field(
        DEFAULT_MAX_DURATION_S,
        description="The call is ended after this many seconds.",
    )
    silence_timeout_s: Annotated[int, Field(ge=0, le=LONGEST_MAX_DURATION_S), WHOLE] = Field(
        DEFAULT_SILENCE_TIMEOUT_S,
        description="A caller who says nothing for this long is asked once, and the call ended when the silence goes "
        "on for as long again. 0 waits for ever.",
    )
    greeting_delay_ms: Annotated[int, Field(ge=0, le=MAX_GREETING_DELAY_MS), WHOLE] = Field(
        0, description="How long after the answer the agent begins."
    )
    phrases: Phrases = Field(Phrases(), description="What the call itself says when something is in the way.")
    recording: Literal["on", "off"] = Field("on", description="Whether the call is recorded.")
    after_call: AfterCall = Field(
        AfterCall(), description="What a language model makes of the call once it has ended."
    )

    @property
    def chat_model(self) -> OpenAIChatSettings | None:
        """The language model the agent talks with; None for kinds without one."""
        return None

    @property
    def analysis_model(self) -> OpenAIChatSettings | None:
        """Who reads the call afterwards; None when nobody is to."""
        if not self.after_call.is_wanted:
            return None
        return self.after_call.llm or self.chat_model

    @model_validator(mode="after")
    def _has_a_reader(self) -> Self:
        if self.after_call.is_wanted and self.analysis_model is None:
            raise ValueError("after_call.llm: this kind of agent has no language model; name one here")
        return self
