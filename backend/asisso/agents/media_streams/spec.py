"""The settings of an agent that is a bot elsewhere."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from asisso.agents.call_settings import LONGEST_MAX_DURATION_S, AgentSettings, PhraseText
from asisso.agents.secret import Secret
from asisso.whole_number import WHOLE

WebSocketUrl = Annotated[str, Field(max_length=2_000, pattern=r"^wss?://[^\s/?#@]+[^\s#]*$")]


class MediaStreamsSpec(AgentSettings):
    """A bot that speaks Twilio's media-streams protocol over a WebSocket."""

    kind: Literal["media_streams"]
    url: WebSocketUrl = Field(
        description="Where the bot listens.", examples=["wss://bots.example.com/reception"]
    )
    parameters: dict[
        Annotated[str, Field(min_length=1, max_length=100)], Annotated[str, Field(max_length=2_000)]
    ] = Field(
        default={},
        max_length=50,
        description="The bot's custom parameters; their values are templates over the call's context.",
        examples=[{"caller": "{{caller_number}}"}],
    )
    account_sid: str = Field(
        "",
        max_length=100,
        description="The account the bot is told; without one it is made of the telephony configuration.",
    )
    auth_token: Secret | None = Field(
        None, description="Signs the connection as Twilio does, in the header X-Twilio-Signature."
    )
    authorization: Secret | None = Field(
        None, description="Sent as the header Authorization, such as: Bearer abc."
    )
    filler: PhraseText = Field(
        "One moment, please.", description="Said when the bot hangs and nothing is heard; empty for nothing."
    )
    silence_timeout_s: Annotated[int, Field(ge=0, le=LONGEST_MAX_DURATION_S), WHOLE] = Field(
        0,
        description="When the bot has not been heard for this long the caller is asked whether somebody is there, and "
        "the call ended after as long again. 0, as bots watch over silences themselves: never.",
    )
