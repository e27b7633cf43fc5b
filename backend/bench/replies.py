"""The embedded agent's reply latency: from the end of the caller's speech to the agent's first sound, at the telephone.

The caller leaves a message with name and number at the sample reception: half of what the agent says has to be rendered
anew. Beside it: how long sound takes to the product and back when nobody thinks about it.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from typing import Any, Final

from conversations.caller import Caller
from conversations.place import Place
from conversations.run import finished_run_of
from conversations.script import Conversation, Says
from conversations.voices import sound_of

from .figures import p50_p95, p50_p95_max

LOADS: Final = ((1, 3), (10, 2))
"""How many calls at once, and how often."""

APART_S: Final = 0.7
"""Callers do not speak in chorus."""

ECHO_TRIES: Final = 20
ECHO_NUMBER: Final = "8190"
FIRST_CALLER: Final = 9000
PARTS: Final = (
    "endpointing_ms",
    "prediction_ms",
    "recognition_ms",
    "meaning_ms",
    "tts_ttfb_ms",
    "first_frame_ms",
    "turn_latency_ms",
)
"""As a run's `latency.turns` has them; the prediction runs beside the endpointing."""

MESSAGE: Final = Conversation(
    "somebody leaves a message",
    "reception",
    tuple(
        Says((text,), "hibari")
        for text in (
            "What are your opening hours?",
            "I would like to leave a message.",
            "My name is John Smith.",
            "Yes, that is right.",
            "five five five one two three four",
            "Yes.",
            "It is about my invoice of last month.",
            "No, that is all. Goodbye.",
        )
    ),
    ends_at="bye",
)


async def measure(place: Place) -> AsyncIterator[dict[str, Any]]:
    """One result for each number of calls at once."""
    await place.put_behind(ECHO_NUMBER, {"kind": "echo"})
    for at_once, rounds in LOADS:
        echoes = await _echoes_ms(place)
        replies, turns, media = await _replies(place, at_once, rounds)
        yield {
            "bench": "replies",
            "unit": "ms from the end of the caller's speech to the agent's first sound, at the telephone",
            "calls_at_once": at_once,
            "replies": len(replies),
            "embedded": p50_p95_max(replies),
            "parts": {
                part: p50_p95_max([turn[part] for turn in turns if turn.get(part) is not None])
                for part in PARTS
            }
            | {"media_ms": p50_p95_max(media)},
            "baseline": p50_p95(echoes),
            "baseline_is": "sound to the product's echo agent and back",
            "ratio": round(statistics.median(replies) / statistics.median(echoes), 2),
        }


async def _replies(
    place: Place, at_once: int, rounds: int
) -> tuple[list[float], list[dict[str, Any]], list[float]]:
    """All replies as heard, the product's own figures of them, and what the way there and back adds."""
    heard: list[float] = []
    turns: list[dict[str, Any]] = []
    media: list[float] = []
    for number in range(rounds):
        callers = [
            Caller(MESSAGE, f"{FIRST_CALLER + at_once * 100 + number * at_once + one}")
            for one in range(at_once)
        ]
        await asyncio.gather(*(_call(place, caller, one * APART_S) for one, caller in enumerate(callers)))
        for caller in callers:
            assert not caller.trouble, caller.trouble
            own = (await finished_run_of(place.on, caller.number))["latency"]["turns"]
            heard += caller.replies_ms
            turns += own
            # The last words are answered by the end of the call, and that is no turn of the caller's any more.
            media += [
                at_telephone - inside["turn_latency_ms"]
                for at_telephone, inside in zip(caller.replies_ms, own, strict=False)
                if inside["turn_latency_ms"] is not None
            ]
    return heard, turns, media


async def _call(place: Place, caller: Caller, after_s: float) -> None:
    async def is_put_through() -> bool:
        return False

    await asyncio.sleep(after_s)
    await caller.live(place.telephone, place.number_of(MESSAGE), is_put_through)


async def _echoes_ms(place: Place) -> list[float]:
    """How long after a word is sent it is heard again."""
    word = await asyncio.to_thread(sound_of, Says(("Hello.",), "hibari"))
    call = await place.telephone.dial(ECHO_NUMBER, caller_number=f"{FIRST_CALLER}")
    await call.answered()
    waits = []
    for _ in range(ECHO_TRIES):
        await call.hears_silence(300)
        sent_at = time.time()
        call.play(word)
        waits.append((await call.hears_audio(since=sent_at) - sent_at) * 1000)
        await call.played()
    await call.hang_up()
    return waits
