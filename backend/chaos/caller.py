"""One caller: dials, listens, talks, hangs up, and knows what was heard when.

Must not know which fault happens. Whatever becomes of the call, `live` ends; how it went is read off the attributes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress

from bench.calls import AGENT_EXTENSION
from pbxlab.telephone import CallEnded, PhoneCall, Telephone
from pbxlab.telephone.g711 import Pcm

from .leaving import Leaving, Moment

ANSWER_PATIENCE_S = 20.0
"""Retransmissions of an INVITE reach a PBX that was away for ten seconds."""

REPLY_PATIENCE_S = 5.0
"""Then the caller says something else."""

PAUSE_MS = 600


class Caller:
    """A caller of the agent.

    Attributes:
        number: the caller's own, by which the run is found.
        call: None until dialled.
        was_greeted: the agent was heard.
        asked, replies: prompts said to the end, and those the agent spoke after.
        may_hang_up: cleared by a fault that wants to see whether the agent comes back.
    """

    def __init__(self, number: str, leaving: Leaving, prompts: Iterator[Pcm]) -> None:
        self.number = number
        self.leaving = leaving
        self.call: PhoneCall | None = None
        self.was_greeted = False
        self.asked = 0
        self.replies = 0
        self.may_hang_up = asyncio.Event()
        self.may_hang_up.set()
        self._prompts = prompts

    @property
    def is_up(self) -> bool:
        """Whether the call is answered and has not ended."""
        return self.call is not None and self.call.answered_at is not None and self.call.end_reason is None

    @property
    def is_ringing(self) -> bool:
        """Whether the call waits for an answer."""
        return self.call is not None and self.call.answered_at is None and self.call.end_reason is None

    async def live(self, telephone: Telephone) -> None:
        """Dial and stay until it is time to go, or until the call is ended by others."""
        self.call = call = await telephone.dial(AGENT_EXTENSION, caller_number=self.number)
        with suppress(CallEnded, TimeoutError):
            await self._stay(call)
            await self.may_hang_up.wait()
        await call.hang_up()

    async def _stay(self, call: PhoneCall) -> None:
        patience_s = self.leaving.after_s
        match self.leaving.moment:
            case Moment.BEFORE_ANSWER:
                await asyncio.sleep(patience_s)
            case Moment.GREETING:
                await self._hear_greeting(call)
                await asyncio.sleep(patience_s)
            case Moment.MID_WORD:
                await self._hear_greeting(call)
                call.play(next(self._prompts))
                await asyncio.sleep(patience_s)
            case Moment.CONVERSATION:
                with suppress(TimeoutError):
                    async with asyncio.timeout(patience_s):
                        await self._converse(call)

    async def _hear_greeting(self, call: PhoneCall) -> None:
        await call.hears_audio(ANSWER_PATIENCE_S)
        self.was_greeted = True

    async def _converse(self, call: PhoneCall) -> None:
        """Ask and listen, then stay without a word; who calls sets the limit."""
        await self._hear_greeting(call)
        for prompt in self._prompts:
            with suppress(TimeoutError):
                await call.hears_silence(PAUSE_MS)
            call.play(prompt)
            said_at = await call.played()
            self.asked += 1
            with suppress(TimeoutError):
                await call.hears_audio(REPLY_PATIENCE_S, since=said_at)
                self.replies += 1
        await call.until(lambda: False, "the caller had enough", self.leaving.after_s)
