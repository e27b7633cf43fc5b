"""Speech by OpenAI's `/audio/speech`, which Kokoro-FastAPI, LocalAI and others speak too: PCM as it is made."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Final

import numpy as np
import openai
from pydantic import Field

from asisso.agents.model_error import ModelError, too_slow
from asisso.agents.openai_server import ModelName, OpenAIServer, Seconds, openai_client, told
from asisso.agents.tts.synthesizer import SYNTHESIS_HZ
from asisso.audio.frame import PTIME_MS, Pcm
from asisso.audio.resample import LiveResampler
from asisso.outbound_addresses import AddressPolicy

PCM_HZ: Final = 24_000
"""What `response_format=pcm` means: 24 kHz, 16 bit, mono, little-endian, no header."""

MAX_SENTENCE_S: Final = 60
"""A sentence has at most some 200 characters; a longer sound is a fault."""

_WHAT: Final = "Speech synthesis"
_FRAME: Final = PCM_HZ * PTIME_MS // 1000


class OpenAIVoiceSettings(OpenAIServer):
    """A synthesizer and its time limits."""

    model: ModelName = Field("gpt-4o-mini-tts", description="The model's name at that server.")
    speed: float | None = Field(None, ge=0.25, le=4, description="1 is the voice's own speed.")
    first_sound_timeout_s: Seconds = Field(2.5, description="How long a sentence's beginning may take.")
    between_sounds_timeout_s: Seconds = Field(
        0.8,
        description="How long a sentence that has begun may stand still; the embedded voice goes on then.",
    )


class OpenAIVoice:
    """A `StreamingVoice`."""

    def __init__(self, settings: OpenAIVoiceSettings, voice: str, policy: AddressPolicy) -> None:
        """`voice` is one of that server's."""
        self._settings = settings
        self._voice = voice
        self._client = openai_client(settings, policy)

    @property
    def name(self) -> str:
        return f"{self._settings.model} {self._voice}"

    @property
    def sounds_like(self) -> str:
        """See `StreamingVoice.sounds_like`."""
        settings = self._settings
        key = hashlib.sha256(settings.api_key.get_secret_value().encode()).hexdigest()[:16]
        return f"{settings.base_url} {key} {self.name} {settings.speed}"

    async def speak(self, sentence: str, *, keep: bool = False) -> AsyncGenerator[Pcm, None]:
        """See `StreamingVoice.speak`; nothing is kept here."""
        resampler = LiveResampler(PCM_HZ, SYNTHESIS_HZ)
        rest = b""
        samples = 0
        async with aclosing(self._sound(sentence)) as chunks:
            async for chunk in chunks:
                data = rest + chunk
                whole = len(data) // 2 * 2
                rest = data[whole:]
                pcm = np.frombuffer(data[:whole], "<i2").astype(np.int16, copy=False)
                samples += pcm.size
                if samples > MAX_SENTENCE_S * PCM_HZ:
                    raise ModelError(f"{_WHAT} does not stop.", code="model_garbled", retryable=True)
                frames = resampler.push(pcm)
                if frames.size:
                    yield frames
        if samples == 0:
            raise ModelError(f"{_WHAT} gave no sound.", code="model_garbled", retryable=True)
        # What waits for a whole frame, and what is still inside the filter.
        last = resampler.push(np.zeros(-samples % _FRAME + _FRAME, np.int16))
        yield last

    async def _sound(self, sentence: str) -> AsyncGenerator[bytes, None]:
        """The bytes, each within its time."""
        settings = self._settings
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + settings.first_sound_timeout_s
        request = self._client.audio.speech.with_streaming_response.create(
            input=sentence,
            model=settings.model,
            voice=self._voice,
            response_format="pcm",
            speed=openai.omit if settings.speed is None else settings.speed,
        )
        with told(_WHAT):
            try:
                async with asyncio.timeout_at(give_up_at):
                    answer = await request.__aenter__()
            except TimeoutError:
                raise too_slow("The sound of a sentence", settings.first_sound_timeout_s) from None
            try:
                chunks: AsyncIterator[bytes] = answer.iter_bytes()
                has_begun = False
                while True:
                    limit_s = (
                        settings.between_sounds_timeout_s if has_begun else settings.first_sound_timeout_s
                    )
                    try:
                        async with asyncio.timeout_at(loop.time() + limit_s if has_begun else give_up_at):
                            chunk = await anext(chunks, None)
                    except TimeoutError:
                        raise too_slow("The rest of a sentence's sound", limit_s) from None
                    if chunk is None:
                        return
                    has_begun = True
                    yield chunk
            finally:
                await request.__aexit__(None, None, None)

    async def close(self) -> None:
        """See `StreamingVoice.close`."""
        await self._client.close()
