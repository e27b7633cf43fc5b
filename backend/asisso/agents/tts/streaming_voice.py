"""Speech as an agent asks for it: the sound of one sentence, as it comes, wherever it is made."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

from asisso.agents.model_error import ModelError
from asisso.agents.speech import CallSpeech
from asisso.agents.workers import AgentOverloaded
from asisso.audio.frame import Pcm


class StreamingVoice(Protocol):
    """One call's."""

    @property
    def name(self) -> str:
        """For timelines."""

    @property
    def sounds_like(self) -> str:
        """By which its clips are kept for other calls: the same for voices that are the same; empty keeps none."""

    def speak(self, sentence: str, *, keep: bool = False) -> AsyncGenerator[Pcm, None]:
        """Sound at 16 kHz in whole frames of 20 ms, in pieces as they are made; closing it gives the rest up.

        Args:
            sentence: what to say.
            keep: whether it will be said again, in this call or another: never with what a caller said in it.

        Raises:
            ModelError: on the first step or a later one; what came before it stands.
        """

    async def close(self) -> None:
        """Give connections back."""


class EmbeddedVoice:
    """The voice of this machine: whole sentences at once."""

    name = "embedded"
    sounds_like = ""
    """The models keep their clips themselves."""

    def __init__(self, speech: CallSpeech) -> None:
        self._speech = speech

    async def speak(self, sentence: str, *, keep: bool = False) -> AsyncGenerator[Pcm, None]:
        """See `StreamingVoice.speak`."""
        try:
            pcm = await self._speech.synthesize(sentence, keep=keep, is_urgent=True)
        except AgentOverloaded as error:
            raise ModelError(str(error), code="model_busy", retryable=True) from None
        if pcm.size:
            yield pcm

    async def close(self) -> None:
        """The models belong to the process."""
