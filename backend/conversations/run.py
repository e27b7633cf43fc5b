"""Conversations on a real Asterisk, a few at a time, and what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.product import ProductFailed
from bench.stage import Stage, eventually

from .caller import Caller
from .judge import faults
from .place import Place
from .script import Conversation

AT_ONCE = 3
"""On two cores, product, Asterisk and callers together; more would measure the machine."""

RUN_TIMEOUT_S = 20.0
FIRST_CALLER = 5000


@dataclass(frozen=True)
class Result:
    """What became of a conversation; `faults` is empty when it ended as it has to."""

    conversation: Conversation
    faults: list[str]
    run: dict[str, Any] = field(default_factory=dict)

    def line(self) -> dict[str, Any]:
        """For people and programs, one line of JSON."""
        turns = [f"{turn['speaker']}: {turn['text']}" for turn in self.run.get("transcript", [])]
        return {
            "conversation": self.conversation.name,
            "sample": self.conversation.sample,
            "is_well": not self.faults,
            "faults": self.faults,
            "ended_at": self.run.get("node_id"),
            "gathered": self.run.get("gathered"),
            "outcome": self.run.get("outcome"),
            **({} if not self.faults else {"transcript": turns}),
        }


async def results(
    place: Place, conversations: Sequence[Conversation], at_once: int = AT_ONCE
) -> AsyncIterator[Result]:
    """Have all of them, so many at once; results come as they end."""
    room = asyncio.Semaphore(at_once)

    async def one(place_: int, conversation: Conversation) -> Result:
        async with room:
            return await have(place, conversation, str(FIRST_CALLER + place_))

    async with asyncio.TaskGroup() as calls:
        running = [calls.create_task(one(*numbered)) for numbered in enumerate(conversations)]
        for ended in asyncio.as_completed(running):
            yield await ended


async def have(place: Place, conversation: Conversation, caller_number: str) -> Result:
    """One conversation, and the judgement on it."""
    caller = Caller(conversation, caller_number)
    on = place.on

    async def is_put_through() -> bool:
        run = await _run_of(on, caller_number)
        kinds = [entry["kind"] for entry in await on.timeline(run["id"])] if run else []
        return "transferred" in kinds

    await caller.live(place.telephone, place.number_of(conversation), is_put_through)
    trouble = [caller.trouble] if caller.trouble else []
    try:
        run = await finished_run_of(on, caller_number)
    except ProductFailed as missing:
        return Result(conversation, [*trouble, str(missing)])
    return Result(conversation, trouble + faults(conversation, run), run)


async def finished_run_of(on: Stage, caller_number: str) -> dict[str, Any]:
    """The run of the last call of this number, whole, once it has ended.

    Raises:
        ProductFailed: it does not end, or there is none.
    """
    ended = await eventually(
        lambda: _run_of(on, caller_number),
        lambda seen: seen is not None and seen["state"] == "completed",
        f"the end of the call of {caller_number}",
        RUN_TIMEOUT_S,
    )
    run: dict[str, Any] = await on.api.get(f"/runs/{ended['id']}")
    return run


async def _run_of(on: Stage, caller_number: str) -> dict[str, Any] | None:
    found = (await on.api.get("/runs", **{"from": caller_number, "limit": "1"}))["items"]
    return found[0] if found else None
