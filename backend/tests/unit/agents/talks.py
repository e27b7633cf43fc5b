"""One conversation with an embedded agent on a scripted line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from asisso.agents.agent import AgentEnd
from asisso.agents.embedded import EmbeddedAgent
from asisso.agents.fixed_texts import choices_of
from asisso.agents.meaning.encoder import Encoder
from asisso.agents.speech import SpeechModels
from asisso.workflows.definition import WorkflowDefinition
from tests.fakes.conversation import embedded_agent
from tests.fakes.line import FakeCaller, FakeLine
from tests.fakes.speech import ScriptedRecognizer, ToneSynthesizer, fake_models, murmur


class Conversation:
    """Agent, caller and line; `answers` is what the agent said behind its first words."""

    def __init__(self, agent: EmbeddedAgent, recognizer: ScriptedRecognizer, models: SpeechModels) -> None:
        self.agent = agent
        self.models = models
        self.recognizer = recognizer
        self.line = FakeLine()
        self.caller = FakeCaller(agent, self.line)
        self.task: asyncio.Task[AgentEnd] = asyncio.create_task(agent.converse(self.line))
        self.opening_sentences = 0

    async def press(self, keys: str) -> None:
        """Press keys, and wait until that has put the caller through."""
        for key in keys:
            self.agent.press(key)
        await self.caller.wait_for(lambda: bool(self.line.control.transfers))

    async def say(self) -> None:
        """One turn of the caller, up to the end of the agent's answer."""
        answers = len(self.line.said)
        await self.caller.speak(murmur(600))
        await self.caller.wait_for(lambda: len(self.line.said) > answers or self.task.done())
        await self.caller.wait_for(lambda: not self.line.is_speaking or self.task.done())

    async def speak_in_pieces(self, pieces: int, *, pause_ms: int) -> None:
        """One turn with pauses inside, up to the end of the answer to it."""
        answers = len(self.line.said)
        for piece in range(pieces):
            await self.caller.speak(murmur(600))
            if piece < pieces - 1:
                await self.caller.wait(pause_ms)
        await self.caller.wait_for(lambda: len(self.line.said) > answers)
        await self.caller.wait_for(lambda: not self.line.is_speaking)

    @property
    def answers(self) -> list[str]:
        return self.line.texts[self.opening_sentences :]


@asynccontextmanager
async def conversation(
    definition: WorkflowDefinition,
    *words: str,
    synthesizer: ToneSynthesizer | None = None,
    encoder: Encoder | None = None,
    **parts: Any,
) -> AsyncIterator[Conversation]:
    """A conversation in which the caller says these words, turn by turn; begun, and still greeting."""
    recognizer = ScriptedRecognizer(*words)
    models = await fake_models(recognizer, synthesizer, encoder=encoder)
    await models.warm_meaning(choices_of(definition))
    agent = embedded_agent(definition, models, **parts)
    await agent.prepare()
    running = Conversation(agent, recognizer, models)
    expected = len(agent._voice._prepared)
    await running.caller.wait_for(lambda: len(running.line.said) >= expected)
    running.opening_sentences = len(running.line.said)
    try:
        yield running
    finally:
        recognizer.may_answer.set()
        running.task.cancel()
        await asyncio.wait([running.task])
        await agent.close()
        models.close()


async def greeting_over(call: Conversation) -> None:
    """Wait until the first words have been heard."""
    await call.caller.wait_for(lambda: not call.line.is_speaking)
