"""Recognition as an agent asks for it: the words of one turn, wherever they are found."""

from __future__ import annotations

from typing import Protocol

from asisso.agents.model_error import ModelError
from asisso.agents.speech import CallSpeech
from asisso.agents.workers import AgentOverloaded
from asisso.audio.frame import Pcm


class Transcriber(Protocol):
    """One call's."""

    @property
    def name(self) -> str:
        """For timelines."""

    async def transcribe(self, pcm: Pcm) -> str:
        """The words in at most half a minute of sound at 16 kHz; empty when there are none.

        Raises:
            ModelError: it could not be done.
        """

    async def close(self) -> None:
        """Give connections back."""


class EmbeddedTranscriber:
    """The recognizer of this machine."""

    name = "embedded"

    def __init__(self, speech: CallSpeech) -> None:
        self._speech = speech

    async def transcribe(self, pcm: Pcm) -> str:
        """See `Transcriber.transcribe`."""
        try:
            return await self._speech.recognize(pcm)
        except AgentOverloaded as error:
            raise ModelError(str(error), code="model_busy", retryable=True) from None

    async def close(self) -> None:
        """The models belong to the process."""
