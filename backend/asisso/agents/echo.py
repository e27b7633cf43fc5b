"""The echo agent: gives every sound back at once. For testing lines, paths and delays."""

from __future__ import annotations

import asyncio

from asisso.agents.agent import AgentEnd, Line
from asisso.audio.frame import Pcm


class EchoAgent:
    """An `Agent`."""

    sample_rate = 16_000
    ear = None

    def __init__(self) -> None:
        self._line: Line | None = None

    async def prepare(self) -> None:
        """There is nothing to prepare."""

    async def converse(self, line: Line) -> AgentEnd:
        """Echo until the call ends and cancels this; an echo is never done by itself."""
        self._line = line
        try:
            await asyncio.Event().wait()
        finally:
            self._line = None
        return AgentEnd()

    def hear(self, pcm: Pcm) -> None:
        """See `Agent.hear`."""
        if self._line is not None:
            self._line.play_live(pcm)

    def press(self, digit: str) -> None:
        """Keys have no echo."""

    async def close(self) -> None:
        """There is nothing to free."""
