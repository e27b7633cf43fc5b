"""The rules of turn-taking as values: what a workflow may set under `turns`, and what it is otherwise."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from asisso.agents.words import BACK_CHANNELS

MAX_TURN_MS: Final = 28_000
"""Recognizers break down beyond half a minute, and the look-back belongs to it."""

BackChannel = Annotated[str, Field(min_length=1, max_length=40)]


class TurnPolicy(BaseModel):
    """The times and words turn-taking goes by."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    barge_in: Literal["words", "sound", "off"] = Field(
        "words",
        description="What interrupts the agent. words: it falls silent at the first sound, and goes on when that was "
        "only an uh-huh or a noise. sound: any speech interrupts for good. off: it always finishes.",
    )
    hold_after_ms: int = Field(
        64, ge=32, le=2_000, description="With words: how much speech it takes until the agent falls silent."
    )
    barge_in_ms: int = Field(
        200, ge=32, le=5_000, description="With sound: how much speech it takes to interrupt the agent."
    )
    min_words: int = Field(
        1, ge=1, le=10, description="With words: how many words interrupt the agent; an uh-huh is none."
    )
    back_channels: tuple[BackChannel, ...] = Field(
        BACK_CHANNELS,
        strict=False,
        max_length=100,
        description="Words that only show that the caller listens.",
    )
    min_speech_ms: int = Field(
        96, ge=32, le=2_000, description="How much speech it takes to begin a turn, so that a click is none."
    )
    end_silence_ms: int = Field(
        600,
        ge=160,
        le=10_000,
        description="The silence that ends a turn when nothing tells whether it is complete.",
    )
    end_silence_complete_ms: int = Field(
        400, ge=160, le=10_000, description="The same behind a turn that sounds complete."
    )
    end_silence_unfinished_ms: int = Field(
        1_000,
        ge=160,
        le=10_000,
        description="The same behind a turn that sounds unfinished, such as: my name is.",
    )
    end_of_turn: Literal["auto", "off"] = Field(
        "auto",
        description="Whether a model and the words tell complete from unfinished turns; off goes by silence alone.",
    )
    look_back_ms: int = Field(
        300, ge=0, le=1_000, description="Sound before the first detected speech that belongs to the turn."
    )
    speech_probability: float = Field(
        0.5, ge=0.2, le=1, description="From here on 32 ms of sound count as speech; 0.15 less keep it so."
    )
    max_turn_ms: int = Field(
        MAX_TURN_MS, ge=2_000, le=MAX_TURN_MS, description="Where a turn is ended in any case."
    )
    key_pause_ms: int = Field(
        1_500, ge=200, le=20_000, description="How long after a key the next one belongs to the same entry."
    )
    key_terminator: Literal["#", "*", ""] = Field(
        "#", description="The key that completes an entry at once and is no part of it; empty for none."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.end_silence_complete_ms <= self.end_silence_ms <= self.end_silence_unfinished_ms:
            raise ValueError(
                "end_silence_complete_ms must be at most end_silence_ms, and that at most end_silence_unfinished_ms"
            )
        longest_ms = self.end_silence_unfinished_ms + max(self.barge_in_ms, self.min_speech_ms)
        if self.max_turn_ms <= longest_ms:
            raise ValueError("max_turn_ms is too short for the silence that ends a turn")
        return self
