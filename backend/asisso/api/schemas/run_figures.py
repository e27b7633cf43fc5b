"""What a call's answers took and what the call used."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from asisso.api.schemas.base import Output

_NAMES_BEFORE = {"tts_ttfb_ms": "synthesis_ms"}


def _rounded(value: object) -> int | None:
    """Agents may note fractions; what is no number at all says nothing."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return round(value)
    return None


Milliseconds = Annotated[int | None, BeforeValidator(_rounded)]


class TurnLatencyOut(Output):
    """One of the agent's answers: how long its parts took, in milliseconds; null where an agent has no such part."""

    endpointing_ms: Milliseconds = Field(
        description="From the end of the caller's speech until the turn counted as over.", examples=[400]
    )
    prediction_ms: Milliseconds = Field(
        description="What telling a pause from an end took; part of `endpointing_ms`.", examples=[12]
    )
    recognition_ms: Milliseconds = Field(description="From then until the words were there.", examples=[140])
    meaning_ms: Milliseconds = Field(description="What finding out took what the words mean.", examples=[9])
    llm_ttft_ms: Milliseconds = Field(
        description="From asking a language model to its first token.", examples=[None]
    )
    tts_ttfb_ms: Milliseconds = Field(
        description="From the first sentence's being known to the first byte of its speech.", examples=[80]
    )
    first_frame_ms: Milliseconds = Field(
        description="From there until the first frame was sent to Asterisk.", examples=[1]
    )
    turn_latency_ms: Milliseconds = Field(
        description="All of it: from the end of the caller's speech to the first frame of the answer.",
        examples=[630],
    )

    @model_validator(mode="before")
    @classmethod
    def _is_whole(cls, told: Any) -> Any:
        return {name: told.get(name, told.get(_NAMES_BEFORE.get(name, name))) for name in cls.model_fields}


class RunLatencyOut(Output):
    """How long things took; null for what never happened."""

    answer_ms: Milliseconds = Field(
        description="From the call's arrival until the agent and the caller were together.", examples=[180]
    )
    first_audio_ms: Milliseconds = Field(
        description="From the call's arrival until the agent's first audio was sent.", examples=[240]
    )
    turns: list[TurnLatencyOut]

    @model_validator(mode="before")
    @classmethod
    def _is_whole(cls, told: Any) -> Any:
        return {"answer_ms": None, "first_audio_ms": None, "turns": []} | told


class RunUsageOut(Output):
    """What the call used; 0 for what it did not. Agents may add amounts of their providers, such as
    `llm_cached_input_tokens`: their names end with their unit."""

    model_config = ConfigDict(from_attributes=True, extra="allow")
    __pydantic_extra__: dict[str, float]

    call_seconds: float = Field(description="From the answer to the end.", examples=[42.0])
    stt_seconds: float = Field(description="The caller's speech that was recognised.", examples=[11.4])
    tts_seconds: float = Field(description="Speech that was made for the agent.", examples=[18.2])
    tts_characters: float = Field(description="Characters of the texts it was made from.", examples=[264])
    llm_input_tokens: float = Field(
        description="Tokens language models were given, after the call too.", examples=[0]
    )
    llm_output_tokens: float = Field(description="Tokens language models wrote.", examples=[0])
    media_attempts: int = Field(
        description="Media sockets that were asked for; more than one after a break.", examples=[1]
    )

    @model_validator(mode="before")
    @classmethod
    def _is_whole(cls, told: Any) -> Any:
        return dict.fromkeys(cls.model_fields, 0) | told
