"""The settings of a cascade agent."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType

from asisso.agents.call_settings import AgentSettings, PhraseText
from asisso.agents.graph_tools import USUAL_CALL_TOOLS, CallTool
from asisso.agents.llm.openai_chat import OpenAIChatSettings
from asisso.agents.openai_server import Seconds
from asisso.agents.stt.openai_transcriber import OpenAITranscriberSettings
from asisso.agents.tts.openai_voice import OpenAIVoiceSettings
from asisso.agents.turn_policy import TurnPolicy

DEFAULT_FILLERS: Final = ("One moment, please.", "Just a moment longer.", "I am still here, one more moment.")


class EmbeddedPart(BaseModel):
    """The part of this machine: no key, no network, English."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    kind: Literal["embedded"] = "embedded"


class OpenAIRecognition(OpenAITranscriberSettings):
    """Any server with OpenAI's `/audio/transcriptions`."""

    kind: Literal["openai"]


class OpenAISpeech(OpenAIVoiceSettings):
    """Any server with OpenAI's `/audio/speech`."""

    kind: Literal["openai"]


class SecondModel(OpenAIChatSettings):
    """The model that is asked when the first one fails or is too slow."""

    kind: Literal["openai"] = "openai"


class FirstModel(OpenAIChatSettings):
    """Any server with OpenAI's `/chat/completions`."""

    kind: Literal["openai"] = "openai"
    fallback: SecondModel | None = Field(
        None, description="Asked when this one fails; behind it the embedded conversation takes over."
    )


Recognition = TypeAliasType(
    "Recognition", Annotated[EmbeddedPart | OpenAIRecognition, Field(discriminator="kind")]
)
Speech = TypeAliasType("Speech", Annotated[EmbeddedPart | OpenAISpeech, Field(discriminator="kind")])


class CascadePhrases(BaseModel):
    """What the agent says by itself; write them in the caller's language."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    fillers: tuple[PhraseText, ...] = Field(
        DEFAULT_FILLERS, strict=False, max_length=8, description="One after the other while a model is slow."
    )
    not_understood: PhraseText = Field(
        "Sorry, I did not catch that.", description="When no words were recognised."
    )
    too_slow: PhraseText = Field(
        "I am sorry, that took too long.",
        description="When no model answered; the embedded conversation goes on behind it.",
    )


class CascadeSpec(AgentSettings):
    """Recognition, a language model and speech, each from a server of its own or from this machine."""

    kind: Literal["cascade"]
    language: str = Field(
        "en",
        pattern=r"^[a-z]{2}$",
        max_length=2,
        description="Spoken by the caller; told to recognition (ISO 639-1).",
    )
    voice: Annotated[str, Field(min_length=1, max_length=100)] = Field(
        "alloy", description="One of the speech server's; the embedded speech has one voice only."
    )
    stt: Recognition = Field(EmbeddedPart(), description="Who recognises the caller's words.")
    llm: FirstModel = Field(description="Who thinks.")
    tts: Speech = Field(EmbeddedPart(), description="Who speaks.")
    tools: tuple[CallTool, ...] = Field(
        USUAL_CALL_TOOLS,
        strict=False,
        max_length=6,
        description="Controls of the call the model may use beside the workflow's edges. transfer_call and "
        "hand_back_call let it send the caller anywhere: callers can talk models into things.",
    )
    reply_timeout_s: Seconds = Field(
        10.0, description="How long an answer's next sentence may take, all tries together."
    )
    filler_after_ms: int = Field(
        1_500, ge=500, le=10_000, description="The silence behind which a caller who waits hears a filler."
    )
    says: CascadePhrases = Field(CascadePhrases(), description="The agent's own phrases.")
    turns: TurnPolicy = Field(
        TurnPolicy(), description="When the caller interrupts, and when a turn is over."
    )

    @property
    def chat_model(self) -> OpenAIChatSettings:
        """See `AgentSettings.chat_model`."""
        return self.llm
