"""Who has the floor in a conversation, and the turns of the caller that wait for an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from asisso.agents.agent import Interrupted, Line
from asisso.agents.listening import Utterance

MAX_WAITING_TURNS: Final = 8
"""Turns that came while an earlier one was answered; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys the caller pressed."""

    keys: str


@dataclass(frozen=True, slots=True)
class Turn:
    """Something to answer, who had the floor when it was complete, and when that was on the line's clock."""

    content: Utterance | Keys
    floor: int
    at_ms: int


class Floor:
    """A `TurnListener` that keeps turns for whoever answers them.

    Args:
        always_finishes: whether the agent is not to be interrupted by speech.
        agent_text: gives what the agent has said lately.
        taken: called whenever the caller takes the floor, with what that cut off.

    Attributes:
        count: how often the caller took the floor: an answer begun before that is not finished.
    """

    def __init__(
        self,
        *,
        always_finishes: bool,
        agent_text: Callable[[], str],
        taken: Callable[[Interrupted | None], None] = lambda cut: None,
    ) -> None:
        self._always_finishes = always_finishes
        self._agent_text = agent_text
        self._taken = taken
        self._turns: asyncio.Queue[Turn] = asyncio.Queue(MAX_WAITING_TURNS)
        self._line: Line | None = None
        self.count = 0

    def open(self, line: Line) -> None:
        """The conversation begins."""
        self._line = line

    def close(self) -> None:
        """Nobody can take the floor any more: these are the last words."""
        self._line = None

    async def next_turn(self) -> Turn:
        """Wait for the caller's next turn."""
        return await self._turns.get()

    @property
    def agent_text(self) -> str:
        """See `TurnListener`."""
        return self._agent_text()

    def on_speech_started(self) -> None:
        """The caller takes the floor, unless the agent is not to be interrupted."""
        if self._line is None:
            return
        if not (self._always_finishes and self._line.is_speaking):
            self.count += 1
            self._taken(None)
        self._line.turn_began()

    def on_hold(self) -> int | None:
        """Somebody speaks over the agent."""
        return self._line.pause_speech() if self._line is not None else None

    def on_resume(self, reason: str) -> None:
        """It was nothing."""
        if self._line is not None:
            self._line.resume_speech()
            self._line.note("speech_resumed", reason=reason)

    def on_barge_in(self) -> None:
        """The caller interrupts."""
        if self._line is not None:
            self.count += 1
            self._taken(self._line.interrupt())

    def on_turn_ended(self, utterance: Utterance) -> None:
        """The caller has spoken."""
        self._enqueue(utterance)

    def on_key_pressed(self) -> None:
        """The caller presses keys: that interrupts in any case."""
        if self._line is not None:
            self.count += 1
            self._line.turn_began()
            self._taken(self._line.interrupt())

    def on_keys(self, keys: str) -> None:
        """The caller has keyed something in."""
        self._enqueue(Keys(keys))

    def _enqueue(self, content: Utterance | Keys) -> None:
        if self._line is None:
            return
        self._line.turn_ended()
        if self._turns.full():
            dropped = self._turns.get_nowait().content
            if isinstance(dropped, Utterance) and dropped.words is not None:
                dropped.words.cancel()
        self._turns.put_nowait(Turn(content, self.count, self._line.now_ms))
