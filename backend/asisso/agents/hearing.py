"""The ears of all calls of a process: one look every few ms at whatever has come, one run of the network for all.

Silence ends in the `ear` of its call. What may be speech is judged off the event loop, as many calls as there are in
one batch.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from asisso.agents.agent import AgentError, AgentFailed
from asisso.agents.ear import Arrivals, Ear, Surroundings
from asisso.agents.vad.detector import WINDOW_SAMPLES, VoiceModel
from asisso.agents.workers import AgentOverloaded, Workers

GATHER_S: Final = 0.016
"""How long windows wait for those of other calls, where these don't come together: half a window, so that no call waits
for a second look."""

MAX_BATCH: Final = 48
"""Calls in one run: 1 ms on one processor; more make a second run, on another processor where there is one."""

_COST_S: Final = 0.00005


@dataclass(frozen=True, slots=True)
class HearingStats:
    """How the ears keep up.

    Attributes:
        calls: that are listened to.
        judged_windows: windows of 32 ms the network looked at, since the start.
        unjudged_windows: windows that there was no time for; they count as silence.
        runs: runs of the network they took.
        late_s: how long the last batch took from its look to its answer.
    """

    calls: int
    judged_windows: int
    unjudged_windows: int
    runs: int
    late_s: float


class Hearing:
    """Belongs to the event loop's thread.

    Attributes:
        arrivals: whose ears have something new.
    """

    def __init__(
        self,
        workers: Workers,
        model: Callable[[], VoiceModel | None],
        *,
        batches: int,
        gather_s: float = GATHER_S,
    ) -> None:
        """`model` gives None until it is loaded: nothing is speech then. `batches` run at once, at the most."""
        self._workers = workers
        self._model = model
        self._max_batches = batches
        self._gather_s = gather_s
        self._calls = 0
        self.arrivals = Arrivals(self._wake)
        self._timer: asyncio.TimerHandle | None = None
        self._wanting: dict[Ear, None] = {}
        self._batches: set[asyncio.Task[None]] = set()
        self._judged_windows = self._unjudged_windows = self._runs = 0
        self._late_s = 0.0

    @property
    def stats(self) -> HearingStats:
        return HearingStats(
            self._calls, self._judged_windows, self._unjudged_windows, self._runs, self._late_s
        )

    @property
    def late_s(self) -> float:
        """How far the ears are behind."""
        return self._late_s

    def enter(self, ear: Ear, line: Surroundings, now_ms: int) -> None:
        """A call begins to listen."""
        self._calls += 1
        ear.open(line, self.arrivals, now_ms)

    def leave(self, ear: Ear) -> None:
        """It does not any more."""
        self._calls -= 1
        ear.shut()
        self._wanting.pop(ear, None)

    def _wake(self, is_gathered: bool) -> None:
        wait_s = 0.0 if is_gathered else self._gather_s
        self._timer = asyncio.get_running_loop().call_later(wait_s, self._look)

    def _look(self) -> None:
        self._timer = None
        self._wanting.update(dict.fromkeys(self.arrivals.look()))
        self._start_batches()

    def _start_batches(self) -> None:
        while self._wanting and len(self._batches) < self._max_batches:
            batch = [ear for ear, _ in zip(self._wanting, range(MAX_BATCH), strict=False)]
            for ear in batch:
                del self._wanting[ear]
            task = asyncio.get_running_loop().create_task(self._judge(batch))
            self._batches.add(task)
            task.add_done_callback(self._batches.discard)

    async def _judge(self, batch: list[Ear]) -> None:
        began = time.monotonic()
        shown = [ear.begin_judging() for ear in batch]
        try:
            answers = await self._probabilities(batch, shown)
        except AgentOverloaded:
            # Deaf for a moment is better than a call that ends.
            self._unjudged_windows += sum(map(len, shown))
            answers = _nothing(shown)
        except AgentError as error:
            self._fail(batch, error)
            return
        except Exception as error:
            self._fail(batch, AgentFailed(f"Voice detection broke: {type(error).__name__}."))
            raise
        self._late_s = time.monotonic() - began
        self._spread(batch, answers)

    async def _probabilities(self, batch: list[Ear], shown: list[list[int]]) -> list[list[float]]:
        model = self._model()
        answers = _nothing(shown)
        if model is None or not any(shown):
            return answers
        steps = [_Step(batch, shown, step, model) for step in range(max(map(len, shown)))]
        total = sum(map(len, shown))
        await self._workers.run(lambda: _judge_all(model, steps), cost_s=total * _COST_S)
        for step in steps:
            for index, probability in zip(step.present, step.probabilities, strict=True):
                answers[index][step.number] = probability
        self._judged_windows += total
        self._runs += len(steps)
        return answers

    def _spread(self, batch: list[Ear], answers: list[list[float]]) -> None:
        for ear, probabilities in zip(batch, answers, strict=True):
            if ear.judged(probabilities):
                self._wanting[ear] = None
        asyncio.get_running_loop().call_soon(self._start_batches)

    def _fail(self, batch: list[Ear], error: AgentError) -> None:
        for ear in batch:
            ear.owner.fail(error)

    def close(self) -> None:
        """Stop judging."""
        if self._timer is not None:
            self._timer.cancel()
        for task in self._batches:
            task.cancel()


class _Step:
    """The first window of each call of a batch, or the second of those that have one, and so on."""

    def __init__(self, batch: list[Ear], shown: list[list[int]], number: int, model: VoiceModel) -> None:
        self.number = number
        self.present = [index for index, windows in enumerate(shown) if len(windows) > number]
        self.probabilities: list[float] = []
        sound = bytearray()
        self._memories = []
        for index in self.present:
            ear = batch[index]
            sound += ear.shown(shown[index][number])
            memory = ear.owner.memory
            if memory is None:
                memory = ear.owner.memory = model.memory()
            elif number == 0 and ear.is_anew:
                memory.reset()
            self._memories.append(memory)
        self._windows = np.frombuffer(sound, np.int16).reshape(-1, WINDOW_SAMPLES)

    def judge(self, model: VoiceModel) -> None:
        """On a thread."""
        self.probabilities = model.probabilities(self._memories, self._windows).tolist()


def _judge_all(model: VoiceModel, steps: list[_Step]) -> None:
    for step in steps:
        step.judge(model)


def _nothing(shown: list[list[int]]) -> list[list[float]]:
    return [[0.0] * len(windows) for windows in shown]
