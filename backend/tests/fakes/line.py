"""A telephone line on scripted time: nothing moves until `advance` is called."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from asisso.agents.agent import Agent, Interrupted
from asisso.agents.control import ControlFailed, Destination
from asisso.audio.frame import Pcm

FRAME_MS = 20


@dataclass
class Spoken:
    """One sentence the agent said."""

    text: str
    pcm: Pcm
    said_ms: int
    starts_ms: int

    sample_rate: int = 16_000

    @property
    def ends_ms(self) -> int:
        return self.starts_ms + self.pcm.size * 1000 // self.sample_rate


class FakeControl:
    """A call whose transfers are under way for ever, unless they are refused."""

    def __init__(self) -> None:
        self.transfers: list[Destination] = []
        self._refusal = ""

    def refuses(self, reason: str) -> None:
        """Fail from now on."""
        self._refusal = reason

    async def transfer(self, destination: Destination) -> None:
        self.transfers.append(destination)
        if self._refusal:
            raise ControlFailed(self._refusal, code="transfer_failed")
        await asyncio.Event().wait()

    async def send_digits(self, digits: str) -> None:
        """Nobody is there to hear them."""

    async def hold(self) -> None:
        """Nobody is there to wait."""

    async def resume(self) -> None:
        """Nobody is there to come back."""


@dataclass
class FakeLine:
    """A `Line` that plays what is said in its own time and remembers everything."""

    now_ms: int = 1_000
    sample_rate: int = 16_000
    said: list[Spoken] = field(default_factory=list)
    live: list[Pcm] = field(default_factory=list)
    interruptions: list[Interrupted] = field(default_factory=list)
    caller_turns: list[tuple[str, int, int]] = field(default_factory=list)
    turns: list[str] = field(default_factory=list)
    control: FakeControl = field(default_factory=lambda: FakeControl())
    notes: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    node_id: str = ""
    gathered: dict[str, object] = field(default_factory=dict)
    usage: dict[str, float] = field(default_factory=dict)
    holds: int = 0
    resumes: int = 0
    held_ms: int | None = None
    _queue: list[Spoken] = field(default_factory=list)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def progress(self, node_id: str, gathered: Mapping[str, object]) -> None:
        self.node_id, self.gathered = node_id, dict(gathered)

    def use(self, **amounts: float) -> None:
        for name, amount in amounts.items():
            self.usage[name] = self.usage.get(name, 0) + amount

    @property
    def is_speaking(self) -> bool:
        return bool(self._queue)

    def turn_began(self) -> None:
        self.turns.append("began")

    def turn_ended(self) -> None:
        self.turns.append("ended")

    def turn_ignored(self) -> None:
        self.turns.append("ignored")

    def say(self, pcm: Pcm, text: str) -> None:
        starts_ms = max([self.now_ms, *(spoken.ends_ms for spoken in self._queue)])
        spoken = Spoken(text, pcm, self.now_ms, starts_ms, self.sample_rate)
        self.said.append(spoken)
        self._queue.append(spoken)

    def say_on(self, pcm: Pcm, text: str = "", *, is_end: bool = False) -> None:
        """Each piece is a sentence of its own here."""
        if pcm.size or text:
            self.say(pcm, text)

    @property
    def unheard_ms(self) -> int:
        return max((spoken.ends_ms - self.now_ms for spoken in self._queue), default=0)

    def play_live(self, pcm: Pcm) -> None:
        self.live.append(pcm)

    def pause_speech(self) -> int | None:
        if not self._queue:
            return None
        self.holds += 1
        self.held_ms = self.now_ms
        return self._queue[-1].ends_ms - self.now_ms

    def resume_speech(self) -> None:
        """What was held goes on where it was."""
        assert self.held_ms is not None
        self.resumes += 1
        self._delay(self.now_ms - self.held_ms)
        self.held_ms = None

    def _delay(self, by_ms: int) -> None:
        self._queue = [replace(spoken, starts_ms=spoken.starts_ms + by_ms) for spoken in self._queue]

    def interrupt(self) -> Interrupted | None:
        if not self._queue:
            return None
        playing, *lost = self._queue
        self._queue.clear()
        until_ms, self.held_ms = self.now_ms if self.held_ms is None else self.held_ms, None
        heard, unheard = _divided(playing, until_ms)
        lost_text = " ".join(text for text in (unheard, *(s.text for s in lost)) if text)
        interrupted = Interrupted(until_ms - playing.starts_ms, heard, lost_text)
        self.interruptions.append(interrupted)
        return interrupted

    def caller_said(self, text: str, *, started_ms: int, ended_ms: int) -> None:
        self.caller_turns.append((text, started_ms, ended_ms))

    def note(self, kind: str, **detail: object) -> None:
        self.notes.append((kind, detail))

    async def drained(self) -> None:
        await self.until(lambda: not self.is_speaking)

    @property
    def texts(self) -> list[str]:
        return [spoken.text for spoken in self.said]

    @property
    def turn_notes(self) -> list[dict[str, object]]:
        return [detail for kind, detail in self.notes if kind == "turn"]

    async def advance(self, duration_ms: int = FRAME_MS) -> None:
        """Let time pass: what has been heard to its end leaves the queue."""
        self.now_ms += duration_ms
        if self.held_ms is None:
            self._queue = [spoken for spoken in self._queue if spoken.ends_ms > self.now_ms]
        async with self._changed:
            self._changed.notify_all()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds, looking again whenever time has passed."""
        async with self._changed:
            await self._changed.wait_for(condition)


def _divided(playing: Spoken, until_ms: int) -> tuple[str, str]:
    """The words of a sentence that were heard by then, and the others."""
    words = playing.text.split()
    share = (until_ms - playing.starts_ms) / max(1, playing.ends_ms - playing.starts_ms)
    heard = int(len(words) * min(1.0, max(0.0, share)))
    return " ".join(words[:heard]), " ".join(words[heard:])


class FakeCaller:
    """Whoever speaks into the other end of a `FakeLine`, as fast as the agent can follow."""

    def __init__(self, agent: Agent, line: FakeLine) -> None:
        self._agent = agent
        self._line = line
        self.waits_for_words = True

    async def speak(self, pcm: Pcm) -> None:
        """Say something, and let its time pass."""
        frame_samples = self._agent.sample_rate * FRAME_MS // 1000
        for start in range(0, pcm.size, frame_samples):
            frame = pcm[start : start + frame_samples]
            await self._line.advance()
            self._agent.hear(np.pad(frame, (0, frame_samples - frame.size)))
            await self._let_agent_follow()

    async def wait(self, duration_ms: int) -> None:
        """Be silent for a while."""
        await self.speak(np.zeros(duration_ms * self._agent.sample_rate // 1000, np.int16))

    async def wait_for(self, condition: Callable[[], bool], *, limit_s: float = 10) -> None:
        """Be silent until something has happened; fails when it takes longer than `limit_s` on the wall clock."""
        async with asyncio.timeout(limit_s):
            while not condition():
                await self.wait(FRAME_MS)
                await asyncio.sleep(0.001)

    async def _let_agent_follow(self) -> None:
        await asyncio.sleep(0)
        while self._is_behind():  # noqa: ASYNC110 - the agent says how much, not when
            await asyncio.sleep(0.0005)

    def _is_behind(self) -> bool:
        has_sound = getattr(self._agent, "lag_ms", 0) > 0
        return has_sound or (self.waits_for_words and getattr(self._agent, "is_asking", False))
