"""What a call says by itself: questions into silence, apologies, last words.

Works without the agent, which may be what broke, and where there is no media either, by Asterisk's own prompts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from asisso.agents.agent import AgentError
from asisso.agents.call_settings import Phrases
from asisso.audio.frame import Pcm

from .caller_leg import CallerLeg
from .line import CallLine
from .log import CallLog
from .machine import Phrase

VOICE_HZ = 16_000
SPEAK_LIMIT_S = 8.0
"""For rendering and hearing a phrase; the machine waits a little longer."""

Speak = Callable[[str], Awaitable[Pcm]]
"""Renders a sentence at `VOICE_HZ`; raises AgentError."""

ASTERISK_PROMPTS = {
    Phrase.APOLOGY: ["sorry-youre-having-problems"],
    Phrase.TIME_LIMIT: ["vm-goodbye"],
    Phrase.SILENCE_FAREWELL: ["vm-goodbye"],
}
"""From the prompts every Asterisk comes with."""


class Announcer:
    """The voice of one call beside its agent's."""

    def __init__(
        self, line: CallLine, caller: CallerLeg, phrases: Phrases, speak: Speak, call_log: CallLog
    ) -> None:
        self._line = line
        self._caller = caller
        self._phrases = phrases
        self._speak = speak
        self._log = call_log

    async def say(self, phrase: Phrase) -> None:
        """Say a phrase and wait until it has been heard, in one way or another, or not at all."""
        async with self._caller.turn:
            pass  # the caller may just be brought back from the music
        text = getattr(self._phrases, phrase.value)
        if not text:
            return
        if not (self._line.is_connected and await self._said(text, transcript=text)):
            self._log.note("asterisk_prompt", phrase=phrase.value)
            await self._caller.hear_prompts(ASTERISK_PROMPTS.get(phrase, []))

    async def brief(self, text: str) -> None:
        """Tell the transfer's target; it stands in the timeline, not in the caller's transcript."""
        self._log.note("briefing", pii_text=text)
        await self._said(text, transcript="")

    async def _said(self, text: str, *, transcript: str) -> bool:
        try:
            async with asyncio.timeout(SPEAK_LIMIT_S):
                self._line.announce(await self._speak(text), VOICE_HZ, transcript)
                await self._line.drained()
        except (AgentError, TimeoutError) as error:
            self._log.note("announcement_failed", reason=str(error) or "too slow")
            return False
        return True
