"""Does what a conversation's engine commands: speaks, fetches, puts through. One for all agents that follow one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from asisso.agents.agent import AgentEnd, AgentFailed
from asisso.agents.control import (
    DEFAULT_BRIEFING,
    CallControl,
    ControlFailed,
    Destination,
    ToDialplan,
    ToReferral,
    ToTelephone,
)
from asisso.workflows import steps
from asisso.workflows.definition import HttpData, TransferData
from asisso.workflows.engine import Engine
from asisso.workflows.steps import Command, Event, Finish, PutThrough, Say

MAX_STEPS: Final = 20
"""Requests and failed transfers without a word of the caller in between: more of them go round in a circle."""

FILLER_AFTER_S: Final = 1.5
FILLER_EVERY_S: Final = 4.0
"""Silence a caller bears while a request is under way: until the first filler, and between two."""

FILLERS: Final = ("One moment, please.", "I am still looking.", "It takes a little longer than usual.")
"""The last one is said again and again; a request has its time limit."""

GRACE_S: Final = 1.0
"""What a `Fetch` gets beyond its own time limit to say so."""

HEARD_LIMIT_S: Final = 60.0
"""How long it may take until all has been heard that was said before a transfer."""


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
    """One conversation's engine with its hands. One event at a time: whoever uses it waits for `handle`.

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
        self._told: tuple[str, Mapping[str, object]] | None = None

    async def begin(self) -> None:
        """Say the first words, and go on until the caller has to say something.

        Raises:
            AgentFailed: the workflow goes round in a circle.
        """
        await self._follow(self.engine.begin(self._now()))

    async def handle(self, event: Event) -> None:
        """Follow one event with all that comes of it, requests and failed transfers included.

        Raises:
            AgentFailed: the workflow goes round in a circle.
        """
        if self.end is None:
            await self._follow(self.engine.handle(event, self._now()))

    async def _follow(self, commands: Sequence[Command]) -> None:
        for _ in range(MAX_STEPS):
            self._tell_progress()
            event = await self._carry_out(commands)
            if event is None:
                return
            commands = self.engine.handle(event, self._now())
        raise AgentFailed(f"The workflow goes round in a circle at its node {self.engine.node.id}.")

    async def _carry_out(self, commands: Sequence[Command]) -> Event | None:
        """Do one command after the other; the event that the last of them brought about."""
        for command in commands:
            match command:
                case Say():
                    await self._speaker.say(command)
                case steps.Fetch():
                    return await self._fetched(command.request)
                case PutThrough():
                    return await self._put_through(command.data)
                case Finish():
                    self.end = AgentEnd(command.outcome)
                    return None
        return None

    def _tell_progress(self) -> None:
        now = (self.engine.node.id, dict(self.engine.gathered))
        if now != self._told:
            self._told = now
            self._speaker.progressed(self.engine)

    # requests

    async def _fetched(self, request: HttpData) -> Event:
        filling = asyncio.create_task(self._fill_silence())
        try:
            async with asyncio.timeout(request.timeout_s + GRACE_S):
                return steps.Fetched(await self._fetch(request))
        except FetchFailed as failed:
            return steps.FetchFailed(str(failed))
        except TimeoutError:
            return steps.FetchFailed(f"There was no answer within {request.timeout_s:g} s.")
        finally:
            await _stopped(filling)

    async def _fill_silence(self) -> None:
        """Say that it goes on whenever the caller has heard nothing for a while."""
        pause_s = FILLER_AFTER_S
        for number in range(len(FILLERS) * MAX_STEPS):
            await self._speaker.drained()
            await asyncio.sleep(pause_s)
            await self._speaker.say(Say(FILLERS[min(number, len(FILLERS) - 1)]))
            pause_s = FILLER_EVERY_S

    # transfers

    async def _put_through(self, data: TransferData) -> Event | None:
        """Transfer the caller; when that succeeds the conversation is over, and whoever waits here is cancelled."""
        try:
            async with asyncio.timeout(HEARD_LIMIT_S):
                await self._speaker.drained()
        except TimeoutError:
            pass  # speech that is held up for so long is not worth the caller's transfer
        try:
            await self._control.transfer(destination_of(data))
        except ControlFailed as failed:
            return steps.TransferFailed(str(failed))
        self.end = AgentEnd("transferred")
        return None


async def _stopped(task: asyncio.Task[None]) -> None:
    """End a task of ours; an error of its own is nobody else's."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error


def destination_of(data: TransferData) -> Destination:
    """Whom a transfer node puts the caller through to; its templates are filled in already."""
    match data.mode:
        case "blind":
            return ToTelephone(data.to)
        case "attended":
            briefing = data.briefing or DEFAULT_BRIEFING
            return ToTelephone(data.to, briefing=briefing, must_confirm=data.must_confirm)
        case "dialplan":
            return ToDialplan(data.context, data.extension)
        case "refer":
            return ToReferral(data.to)
