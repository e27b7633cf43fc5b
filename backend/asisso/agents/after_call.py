"""What a workflow wants to be known of a call when it is over. Settings only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from asisso.agents.llm.openai_chat import OpenAIChatSettings

MAX_DISPOSITIONS: Final = 30


def _distinct(names: list[str]) -> list[str]:
    if len({name.casefold() for name in names}) < len(names):
        raise ValueError("names the same disposition twice")
    return names


Disposition = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^\S(.*\S)?$")]


class AfterCall(BaseModel):
    """A language model reads the transcript once the call has ended; its answer comes with the run."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    summary: bool = Field(False, description="Whether the call is summed up in two or three sentences.")
    dispositions: Annotated[list[Disposition], AfterValidator(_distinct)] = Field(
        [],
        max_length=MAX_DISPOSITIONS,
        description="What a call may have come to, in the workflow's own words; one of them is chosen.",
        examples=[["appointment made", "call back", "wrong number"]],
    )
    llm: OpenAIChatSettings | None = Field(
        None, description="Which model reads it; left out, the one that the agent talks with."
    )

    @property
    def is_wanted(self) -> bool:
        """Whether there is anything to do."""
        return self.summary or bool(self.dispositions)


def asks_for_analysis(agent: Mapping[str, Any]) -> bool:
    """Whether a stored agent, its secrets left out, wants its calls read afterwards."""
    after_call = agent.get("after_call")
    return isinstance(after_call, dict) and bool(after_call.get("summary") or after_call.get("dispositions"))
