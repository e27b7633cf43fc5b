"""The ears of all calls of a process: one look every few ms at whatever has come, one run of the network for all.

Sound costs a call next to nothing here while it is silent: a frame is put into a list, and the gates of all calls are
one piece of arithmetic. What may be speech is judged off the event loop, as many calls as there are in one batch.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from asisso.agents.agent import AgentError, AgentFailed
from asisso.agents.vad.detector import WINDOW_SAMPLES, VoiceMemory, VoiceModel
from asisso.agents.vad.gate import EnergyGates
from asisso.agents.workers import AgentOverloaded, Workers
from asisso.audio.frame import Pcm

GATHER_S: Final = 0.016
"""How long windows wait for those of other calls: half a window, so that no call waits for a second look."""

MAX_BATCH: Final = 48
"""Calls in one run: 1 ms on one processor; more make a second run, on another processor where there is one."""

_COST_S: Final = 0.00005


class Ear(Protocol):
    """One call's part. All of it belongs to the event loop's thread."""

    seat: int
    """Where its gate is."""

    memory: VoiceMemory | None
    """What the network remembers of it; made when it is first needed."""

    def cut(self) -> Sequence[Pcm]:
        """Take the whole windows that have come, shape (512,) each."""

    def take(self, window: Pcm, may_be_speech: bool, power: float) -> bool:
        """Take the next window with what the gate says; gives whether something now waits to be judged."""

    def begin_judging(self) -> Sequence[Pcm]:
        """Take what waits: the windows to show the network now; they may be none."""

    def judged(self, probabilities: Sequence[float]) -> bool:
        """Take the answer to `begin_judging`; gives whether more waits meanwhile."""

    def fail(self, error: AgentError) -> None:
        """Voice activity cannot be judged."""


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
    """Belongs to the event loop's thread."""

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
        self._gates = EnergyGates()
        self._calls = 0
        self._arrived: list[Ear] = []
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

    def enter(self, ear: Ear) -> None:
        """A call begins to listen."""
        ear.seat = self._gates.take_seat()
        self._calls += 1

    def leave(self, ear: Ear) -> None:
        """It does not any more."""
        self._gates.leave(ear.seat)
        self._calls -= 1
        ear.seat = -1
        self._wanting.pop(ear, None)

    def announce(self, ear: Ear) -> None:
        """A call has a whole window; it will be asked to `cut` once."""
        self._arrived.append(ear)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._gather_s, self._look)

    def _look(self) -> None:
        self._timer = None
        arrived, self._arrived = self._arrived, []
        cuts = [(ear, ear.cut()) for ear in arrived if ear.seat >= 0]
        depth = 0
        while cuts := [(ear, windows) for ear, windows in cuts if len(windows) > depth]:
            self._pass_gates([ear for ear, _ in cuts], [windows[depth] for _, windows in cuts])
            depth += 1
        self._start_batches()

    def _pass_gates(self, ears: Sequence[Ear], windows: Sequence[Pcm]) -> None:
        admitted, powers = self._gates.admit([ear.seat for ear in ears], _together(windows))
        for ear, window, may_be_speech, power in zip(
            ears, windows, admitted.tolist(), powers.tolist(), strict=True
        ):
            if ear.take(window, may_be_speech, power):
                self._wanting[ear] = None

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

    async def _probabilities(self, batch: list[Ear], shown: list[Sequence[Pcm]]) -> list[list[float]]:
        model = self._model()
        looked_at = [index for index, windows in enumerate(shown) if len(windows)]
        answers = _nothing(shown)
        if model is None or not looked_at:
            return answers
        memories = [self._memory(batch[index], model) for index in looked_at]
        windows = [shown[index] for index in looked_at]
        total = sum(map(len, windows))
        judged = await self._workers.run(lambda: _in_step(model, memories, windows), cost_s=total * _COST_S)
        for index, probabilities in zip(looked_at, judged, strict=True):
            answers[index] = probabilities
        self._judged_windows += total
        self._runs += max(map(len, windows))
        return answers

    @staticmethod
    def _memory(ear: Ear, model: VoiceModel) -> VoiceMemory:
        if ear.memory is None:
            ear.memory = model.memory()
        return ear.memory

    def _spread(self, batch: list[Ear], answers: list[list[float]]) -> None:
        for ear, probabilities in zip(batch, answers, strict=True):
            if ear.seat >= 0 and ear.judged(probabilities):
                self._wanting[ear] = None
        asyncio.get_running_loop().call_soon(self._start_batches)

    def _fail(self, batch: list[Ear], error: AgentError) -> None:
        for ear in batch:
            ear.fail(error)

    def close(self) -> None:
        """Stop judging."""
        if self._timer is not None:
            self._timer.cancel()
        for task in self._batches:
            task.cancel()


def _nothing(shown: list[Sequence[Pcm]]) -> list[list[float]]:
    return [[0.0] * len(windows) for windows in shown]


def _in_step(
    model: VoiceModel, memories: list[VoiceMemory], windows: list[Sequence[Pcm]]
) -> list[list[float]]:
    """Judge the first window of each call, then the second of those that have one, and so on. On a thread."""
    answers: list[list[float]] = [[] for _ in windows]
    for step in range(max(map(len, windows))):
        present = [index for index, of_call in enumerate(windows) if len(of_call) > step]
        heard = _together([windows[index][step] for index in present])
        judged = model.probabilities([memories[index] for index in present], heard)
        for index, probability in zip(present, judged.tolist(), strict=True):
            answers[index].append(probability)
    return answers


def _together(windows: Sequence[Pcm]) -> Pcm:
    """Shape (n, 512); `numpy.stack` takes three times as long."""
    return np.concatenate(windows).reshape(-1, WINDOW_SAMPLES)
