"""Word error rate of recorded human speech through the whole path: telephone, G.711, Asterisk, product, transcript.

The agent takes dictation: whatever is said is an answer, and it says "go on".
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from bench.product import Product
from bench.stage import Stage, stage
from pbxlab import sounds
from pbxlab.provision import AsteriskRoot
from pbxlab.telephone import PhoneCall, Telephone

from .place import put_behind
from .run import AT_ONCE, finished_run_of
from .voices import RATE_HZ, SPEECH_DBFS, levelled, without_margins
from .words import WordErrors, spelled_alike, word_errors

HIGHEST_ERROR_RATE: Final = 0.06
FEWEST_WORDS: Final = 4
LONGEST_S: Final = 20
PROMPTS_A_CALL: Final = 8
LINES: Final = 20
"""How many answers the agent waits for: a long pause in a prompt makes two of it."""

NUMBER: Final = "8000"
PAUSE_MS: Final = 900
LOST_MS: Final = 300
FIRST_CALLER: Final = 7000

_SLIPS: Final = {
    "represenatives": "representatives",
    "umute": "unmute",
    "Un-indentified": "Unidentified",
    "witheld": "withheld",
}
"""What the list of the prompts' texts spells otherwise than the language does."""


@dataclass(frozen=True)
class Dictated:
    """One prompt, and what stands in the transcript for it."""

    name: str
    said: str
    understood: str

    @property
    def errors(self) -> WordErrors:
        return word_errors(self.said, self.understood)

    def line(self) -> dict[str, Any]:
        """For people and programs."""
        return {
            "prompt": self.name,
            "errors": self.errors.errors,
            "words": self.errors.words,
            **({"said": self.said, "understood": self.understood} if self.errors.errors else {}),
        }


@dataclass
class Dictation:
    """All prompts together."""

    prompts: list[Dictated] = field(default_factory=list)

    @property
    def errors(self) -> WordErrors:
        return sum((one.errors for one in self.prompts), WordErrors(0, 0))

    def line(self) -> dict[str, Any]:
        """For people and programs."""
        return {
            "summary": "words",
            "prompts": len(self.prompts),
            "errors": self.errors.errors,
            "words": self.errors.words,
            "word_error_rate": round(self.errors.rate, 4),
        }


def text_of(prompt: sounds.Prompt) -> str:
    """What is spoken in a prompt: its text without the list's remarks and slips."""
    text = re.sub(r"\([^)]*\)", "", prompt.text)
    for slip, meant in _SLIPS.items():
        text = text.replace(slip, meant)
    return text


def prompts(count: int) -> list[sounds.Prompt]:
    """So many human recordings of four words and more, spread over all names."""
    spoken = [
        prompt
        for _, prompt in sorted(sounds.prompts().items())
        if prompt.is_speech
        and len(spelled_alike(text_of(prompt))) >= FEWEST_WORDS
        and len(prompt.load(RATE_HZ)) <= LONGEST_S * RATE_HZ
    ]
    return list(islice(spoken[:: max(1, len(spoken) // count)], count))


async def dictate(
    product: Product,
    root: AsteriskRoot,
    chosen: Sequence[sounds.Prompt],
    on_dictated: Callable[[Dictated], None] = lambda one: None,
    at_once: int = AT_ONCE,
) -> Dictation:
    """Say the prompts to the agent, several a call and several calls at once."""
    done = Dictation()
    room = asyncio.Semaphore(at_once)
    async with stage(product, root, name="dictation", numbers=()) as on:
        await put_behind(on, NUMBER, {"kind": "embedded"}, _definition())
        await on.becomes("connected")

        async def one_call(place: int) -> None:
            async with room:
                few = chosen[place : place + PROMPTS_A_CALL]
                for one in await _in_one_call(on, telephone, few, str(FIRST_CALLER + place)):
                    done.prompts.append(one)
                    on_dictated(one)

        async with Telephone(on.asterisk.sip_address) as telephone, asyncio.TaskGroup() as calls:
            for place in range(0, len(chosen), PROMPTS_A_CALL):
                calls.create_task(one_call(place))
    return done


async def _in_one_call(
    on: Stage, telephone: Telephone, chosen: Sequence[sounds.Prompt], caller_number: str
) -> list[Dictated]:
    clips = [levelled(without_margins(prompt.load(RATE_HZ)), SPEECH_DBFS) for prompt in chosen]
    call = await telephone.dial(NUMBER, caller_number=caller_number)
    began_ms: list[float] = []
    acted_at = 0.0
    for clip in clips:
        await _is_answered(call, acted_at)
        began_ms.append((time.time() - call.invited_at) * 1000)
        call.play(clip)
        acted_at = await call.played()
    await _is_answered(call, acted_at)
    await call.hang_up()
    run = await finished_run_of(on, caller_number)
    turns = [turn for turn in run["transcript"] if turn["speaker"] == "caller"]
    return [
        Dictated(
            prompt.name,
            text_of(prompt),
            " ".join(turn["text"] for turn in turns if _place(turn, began_ms) == place),
        )
        for place, prompt in enumerate(chosen)
    ]


def _place(turn: dict[str, Any], began_ms: Sequence[float]) -> int:
    """Which of the prompts a turn belongs to: the last one that had begun."""
    heard_ms = turn["started_ms"] + LOST_MS
    return sum(1 for began in began_ms if began <= heard_ms) - 1


async def _is_answered(call: PhoneCall, acted_at: float) -> None:
    await call.hears_audio(since=acted_at)
    await call.hears_silence(PAUSE_MS)


def _definition() -> dict[str, Any]:
    lines = [{"name": f"line_{n}", "type": "text", "ask": "Go on."} for n in range(1, LINES + 1)]
    return {
        "nodes": [
            {"id": "start", "type": "start", "data": {"say": "I am listening.", "collect": lines}},
            {"id": "end", "type": "end", "data": {"say": "Goodbye."}},
        ],
        "edges": [{"id": "full", "source": "start", "target": "end", "data": {"when": f"line_{LINES}"}}],
    }
