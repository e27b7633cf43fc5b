"""Does what a conversation's engine commands: speaks, fetches, puts through. One for all agents that follow one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol

from asisso.agents.agent import AgentEnd
from asisso.agents.control import CallControl
from asisso.workflows.definition import HttpData
from asisso.workflows.engine import Engine
from asisso.workflows.steps import Event, Say


class FetchFailed(Exception):
    """A request of a workflow was not answered, or not well; the text is a sentence for a person."""


Fetch = Callable[[HttpData], Awaitable[Mapping[str, object]]]
"""Does one request and gives the values to save; raises `FetchFailed`."""


class Speaker(Protocol):
    """Who says the engine's words."""

    async def say(self, say: Say) -> None:
        """Hand a text over to be said behind what is still playing; returns before it has been heard."""

    async def drained(self) -> None:
        """Wait until all has been heard."""

    def progressed(self, engine: Engine) -> None:
        """The conversation has moved on: another node, or another value."""


class Dialogue:
    """One conversation's engine with its hands.

    Attributes:
        end: how the conversation ended; None while it goes on.
    """

    def __init__(
        self,
        engine: Engine,
        speaker: Speaker,
        control: CallControl,
        fetch: Fetch,
        now: Callable[[], datetime],
    ) -> None:
        self.engine = engine
        self.end: AgentEnd | None = None
        self._speaker = speaker
        self._control = control
        self._fetch = fetch
        self._now = now

    async def begin(self) -> None:
        """Say the first words, and go on until the caller has to say something."""
        raise NotImplementedError

    async def handle(self, event: Event) -> None:
        """Follow one event with all that comes of it, requests and failed transfers included."""
        raise NotImplementedError
