"""Recognition by OpenAI's `/audio/transcriptions`, which speaches, LocalAI, vLLM and others speak too."""

from __future__ import annotations

import asyncio
import re
from typing import Final

import openai
from pydantic import Field

from asisso.agents.model_error import too_slow
from asisso.agents.openai_server import ModelName, OpenAIServer, Seconds, openai_client, told
from asisso.agents.stt.recognizer import RECOGNITION_HZ
from asisso.audio.frame import Pcm
from asisso.audio.wav import wav_bytes
from asisso.outbound_addresses import AddressPolicy

_WHAT: Final = "Speech recognition"
_MAX_TEXT: Final = 4_000
_NOISE: Final = re.compile(r"\[[^\]]*\]|\([^)]*\)")
"""Whisper and its kin write [BLANK_AUDIO] and (music) where nobody spoke."""


class OpenAITranscriberSettings(OpenAIServer):
    """A recognizer and its time limit."""

    model: ModelName = Field("whisper-1", description="The model's name at that server.")
    timeout_s: Seconds = Field(3.0, description="How long the words of one turn may take.")


class OpenAITranscriber:
    """A `Transcriber`."""

    def __init__(self, settings: OpenAITranscriberSettings, language: str, policy: AddressPolicy) -> None:
        """`language` as ISO 639-1, such as `en`."""
        self._settings = settings
        self._language = language
        self._client = openai_client(settings, policy)

    @property
    def name(self) -> str:
        return self._settings.model

    async def transcribe(self, pcm: Pcm) -> str:
        """See `Transcriber.transcribe`."""
        limit_s = self._settings.timeout_s
        with told(_WHAT):
            try:
                async with asyncio.timeout(limit_s):
                    answer = await self._client.audio.transcriptions.create(
                        file=("turn.wav", wav_bytes(pcm, RECOGNITION_HZ), "audio/wav"),
                        model=self._settings.model,
                        language=self._language or openai.omit,
                        response_format="json",
                    )
            except TimeoutError:
                raise too_slow("Recognition of the caller's words", limit_s) from None
            return _NOISE.sub("", answer.text[:_MAX_TEXT]).strip()

    async def close(self) -> None:
        """See `Transcriber.close`."""
        await self._client.close()
