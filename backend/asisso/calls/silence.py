"""Who owes whom a word, and for how long already. Pure: times come in as ms of the call's clock.

Two silences end a call that would otherwise hang on for ever: the caller's, after a question whether somebody is
there, and the agent's, which no caller should have to bear.
"""

from __future__ import annotations

from enum import Enum, auto

AGENT_REPLY_TIMEOUT_MS = 12_000
"""An agent that answers later than this is broken; recognition under overload gives up after 10 s."""


class Silence(Enum):
    """What has become due."""

    PROMPT = auto()
    CALLER = auto()
    AGENT = auto()


class _Floor(Enum):
    OPEN = auto()
    CALLER = auto()
    AGENT = auto()


class SilenceWatch:
    """One call's silences.

    Args:
        timeout_ms: of the caller, once before the prompt and once more after it; 0 waits for ever.
    """

    def __init__(self, timeout_ms: int) -> None:
        self._timeout_ms = timeout_ms
        self._floor = _Floor.OPEN
        self._since_ms = 0
        self._has_prompted = False

    def turn_began(self, now_ms: int) -> None:
        """The caller speaks."""
        self._floor, self._since_ms, self._has_prompted = _Floor.CALLER, now_ms, False

    def turn_ended(self, now_ms: int) -> None:
        """The caller is done, and the agent owes an answer."""
        self._floor, self._since_ms, self._has_prompted = _Floor.AGENT, now_ms, False

    def restart(self, now_ms: int) -> None:
        """Everybody has all the time again: the talk begins, or goes on after a hold."""
        self._floor, self._since_ms = _Floor.OPEN, now_ms

    def look(self, now_ms: int, *, is_agent_heard: bool) -> Silence | None:
        """Asked several times a second; what became due is told once."""
        if is_agent_heard:
            if self._floor is not _Floor.CALLER:
                self._floor, self._since_ms = _Floor.OPEN, now_ms
            return None
        silent_ms = now_ms - self._since_ms
        if self._floor is _Floor.AGENT and silent_ms >= AGENT_REPLY_TIMEOUT_MS:
            self.restart(now_ms)
            return Silence.AGENT
        if self._floor is not _Floor.OPEN or not self._timeout_ms or silent_ms < self._timeout_ms:
            return None
        self._since_ms = now_ms
        if self._has_prompted:
            return Silence.CALLER
        self._has_prompted = True
        return Silence.PROMPT
