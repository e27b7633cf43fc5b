"""One caller: dials, does what the script says, and waits for the end.

Must not know how the conversation is meant to end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from pbxlab.telephone import CallEnded, PhoneCall, Telephone
from pbxlab.telephone.g711 import Pcm

from .script import Conversation, HangsUp, IsSilent, Plays, Presses, Says, Step
from .voices import sound_of, surroundings

PAUSE_MS = 700
"""So long the agent has to be silent until the caller thinks it is the caller's turn; between sentences it is less."""

AGENT_TIMEOUT_S = 20.0
SILENCE_PATIENCE_S = 45.0
"""An agent asks a silent caller after a time of its own."""

END_TIMEOUT_S = 40.0


class Caller:
    """Lives through one conversation.

    Attributes:
        number: the caller's own, by which the run is found.
        trouble: what kept the script from going on, for a person; empty when nothing did.
        replies_ms: how long after each of the caller's words and keys the agent was heard, but for interruptions.
    """

    def __init__(self, conversation: Conversation, number: str) -> None:
        self.number = number
        self.trouble = ""
        self.replies_ms: list[float] = []
        self._conversation = conversation
        self._acted_at = 0.0

    async def live(
        self, telephone: Telephone, extension: str, is_put_through: Callable[[], Awaitable[bool]]
    ) -> None:
        """Dial, talk, and stay until the call is over.

        Args:
            is_put_through: whether somebody else has taken the call; then it is the caller who hangs up.
        """
        clips = {
            id(step): await asyncio.to_thread(sound_of, step)
            for step in self._conversation.steps
            if isinstance(step, Says | Plays)
        }
        call = await telephone.dial(extension, caller_number=self.number)
        try:
            await call.answered()
            if self._conversation.noise is not None:
                call.surround(await asyncio.to_thread(surroundings, self._conversation.noise))
            for step in self._conversation.steps:
                await self._do(call, step, clips)
            await self._end(call, is_put_through)
        except CallEnded as ended:
            self.trouble = f"the call ended too early: {ended}"
        except TimeoutError as late:
            self.trouble = str(late)
        finally:
            with suppress(TimeoutError):
                await call.hang_up()

    async def _do(self, call: PhoneCall, step: Step, clips: Mapping[int, Pcm]) -> None:
        match step:
            case HangsUp():
                await self._turn(call, None)
                await call.hang_up()
                return
            case IsSilent():
                await self._turn(call, None)
                silent_from = time.time()
                await call.hears_audio(SILENCE_PATIENCE_S, since=silent_from)
                self._acted_at = 0.0
                return
            case Presses():
                await self._turn(call, step.over_ms)
                call.send_digits(step.keys)
            case Says() | Plays():
                await self._turn(call, step.over_ms)
                call.play(clips[id(step)])
        self._acted_at = await call.played()

    async def _turn(self, call: PhoneCall, over_ms: int | None) -> None:
        """Wait until it is the caller's turn, or for the moment to interrupt."""
        began_at = await self._reply(call)
        if over_ms is None:
            await call.hears_silence(PAUSE_MS, timeout_s=AGENT_TIMEOUT_S * 2)
        else:
            await asyncio.sleep(max(0.0, began_at + over_ms / 1000 - time.time()))

    async def _reply(self, call: PhoneCall) -> float:
        """Wait for the agent's first sound since the caller has acted; when that was."""
        began_at = await call.hears_audio(AGENT_TIMEOUT_S, since=self._acted_at)
        if self._acted_at:
            self.replies_ms.append((began_at - self._acted_at) * 1000)
        return began_at

    async def _end(self, call: PhoneCall, is_put_through: Callable[[], Awaitable[bool]]) -> None:
        give_up_at = time.time() + END_TIMEOUT_S
        while call.end_reason is None and time.time() < give_up_at:
            if await is_put_through():
                await call.hang_up()
                return
            with suppress(TimeoutError):
                await call.ended(0.25)
        if call.end_reason is None:
            raise TimeoutError(f"the call did not end within {END_TIMEOUT_S:g} s")
