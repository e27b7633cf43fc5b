"""Models somewhere else that do what a test has written down: they answer, wait, break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

import numpy as np

from asisso.agents.llm.chat_model import ChatCapabilities, Delta, Message, TextDelta, ToolSpec
from asisso.agents.model_error import ModelError
from asisso.audio.frame import Pcm

Step = str | Delta | ModelError | asyncio.Event

SLOW = ModelError("It did not come within 2 s.", code="model_slow", retryable=True)
REFUSED = ModelError("It refused the key.", code="model_unauthorized", retryable=False)


class ScriptedModel:
    """A `ChatModel`: each answer is a list of words, calls, waits and failures.

    Attributes:
        asked: what it was shown and offered each time.
        given_up: answers that were not wanted to their end.
    """

    capabilities = ChatCapabilities()

    def __init__(self, *replies: Sequence[Step], name: str = "scripted") -> None:
        self.name = name
        self.replies = list(replies)
        self.asked: list[tuple[list[Message], dict[str, ToolSpec]]] = []
        self.given_up = 0
        self.is_closed = False

    async def reply(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec]
    ) -> AsyncGenerator[Delta, None]:
        self.asked.append((list(messages), {tool.name: tool for tool in tools}))
        try:
            for step in self.replies.pop(0) if self.replies else ["I see."]:
                match step:
                    case str():
                        yield TextDelta(step)
                    case ModelError():
                        raise step
                    case asyncio.Event():
                        await step.wait()
                    case _:
                        yield step
        except (GeneratorExit, asyncio.CancelledError):
            self.given_up += 1
            raise

    async def close(self) -> None:
        self.is_closed = True


class ScriptedVoice:
    """A `StreamingVoice`: 60 ms a character in pieces of 100 ms; breaks after so many pieces where it is told to."""

    name = "scripted"
    sounds_like = "scripted"

    def __init__(self) -> None:
        self.spoken: list[str] = []
        self.breaks_after: int | None = None
        self.is_closed = False

    async def speak(self, sentence: str, *, keep: bool = False) -> AsyncGenerator[Pcm, None]:
        self.spoken.append(sentence)
        for number in range(-(-len(sentence) * 60 // 100)):
            if number == self.breaks_after:
                raise SLOW
            yield np.full(1_600, 500, np.int16)

    async def close(self) -> None:
        self.is_closed = True


class ScriptedTranscriber:
    """A `Transcriber`."""

    name = "scripted"

    def __init__(self, *words: str | ModelError) -> None:
        self.words = list(words)
        self.is_closed = False

    async def transcribe(self, pcm: Pcm) -> str:
        said = self.words.pop(0)
        if isinstance(said, ModelError):
            raise said
        return said

    async def close(self) -> None:
        self.is_closed = True
