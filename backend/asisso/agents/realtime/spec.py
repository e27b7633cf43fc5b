"""The settings of an agent that is a speech-to-speech model."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from asisso.agents.call_settings import AgentSettings, PhraseText
from asisso.agents.graph_tools import USUAL_CALL_TOOLS, CallTool
from asisso.agents.openai_server import ModelName
from asisso.agents.secret import Secret
from asisso.agents.turn_policy import TurnPolicy

OPENAI_REALTIME_URL = "wss://api.openai.com/v1/realtime"
RealtimeUrl = Annotated[str, Field(max_length=500, pattern=r"^wss?://[^\s/?#@]+[^\s#@]*$")]


class RealtimeSpec(AgentSettings):
    """A model that hears and speaks by itself, over OpenAI's realtime protocol."""

    kind: Literal["realtime"]
    url: RealtimeUrl = Field(
        OPENAI_REALTIME_URL, description="A server that speaks the protocol; the model is added to it."
    )
    model: ModelName = Field(description="Its name at the server.", examples=["gpt-realtime-2"])
    api_key: Secret = Field(
        SecretStr(""), description="Sent as a bearer token; empty where none is asked for."
    )
    voice: Annotated[str, Field(min_length=1, max_length=100)] = Field(
        "marin", description="The voice of the model."
    )
    language: str = Field(
        "",
        pattern=r"^([a-z]{2})?$",
        max_length=2,
        description="What callers speak, such as en; empty: the server finds out.",
    )
    transcription_model: str = Field(
        "gpt-4o-mini-transcribe",
        max_length=200,
        description="Writes down at the server what the caller says; empty for no transcript of it.",
    )
    turn_detection: Literal["server", "semantic", "ours"] = Field(
        "server",
        description="Who says when a turn is over and when the caller interrupts. server: the model's server, by "
        "silence. semantic: the same, by what is said. ours: this product, by `turns`.",
    )
    turns: TurnPolicy = Field(
        TurnPolicy(),
        description="With ours: when the caller interrupts and when a turn is over. Always: keys.",
    )
    tools: tuple[CallTool, ...] = Field(
        USUAL_CALL_TOOLS,
        strict=False,
        max_length=6,
        description="Controls of the call the model may use beside the workflow's edges.",
    )
    filler: PhraseText = Field(
        "One moment, please.", description="Said when an answer is late; empty for nothing."
    )
