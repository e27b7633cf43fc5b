"""A call's sound as it is collected: both sides on the call's clock, handed to the tape in blocks.

On the event loop audio is only put on a list; building blocks, measuring and writing them happens in a worker thread.
A slow disk costs memory up to a limit and then the recording, never the call.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

import structlog

from asisso.audio.frame import Pcm
from asisso.audio.levels import Level
from asisso.audio.wav import WavFull

from .tape import Tape
from .track import Track

log = structlog.get_logger(__name__)

MAX_BACKLOG_MS = 60_000
CLOSE_TIMEOUT_S = 10.0


def recording_path(organization_id: str, run_id: str) -> str:
    """Where a run's recording lies below the folder of recordings."""
    return f"{organization_id}/{run_id}.wav"


class Recorder:
    """One call's recording and levels. Its methods belong to the event loop; nothing in them waits for the disk.

    Args:
        path: None where the call is measured and nothing of it is kept.
        resumes: go on with the file an earlier process left, where there is one; the time between is silence.
        on_problem: told once, in a sentence, why the recording ends before the call.

    Attributes:
        problem: that sentence; what had been written before is valid.
        caller: takes the caller's sound.
    """

    def __init__(
        self,
        path: Path | None,
        sample_rate: int,
        executor: Executor,
        *,
        resumes: bool = False,
        on_problem: Callable[[str], None] = lambda problem: None,
    ) -> None:
        self.problem: str | None = None
        self._on_problem = on_problem
        self._rate = sample_rate
        self._executor = executor
        self.caller = Track(sample_rate)
        self._agent = Track(sample_rate)
        self._handed_over = 0
        self._tape = Tape(path, sample_rate, resumes=resumes)
        self._job: asyncio.Future[None] | None = None

    @property
    def has_sound(self) -> bool:
        """Whether there is a file by now."""
        return self._tape.has_sound

    @property
    def levels(self) -> tuple[Level, Level]:
        """Of caller and agent; to be asked after `close`."""
        return self._tape.levels

    def add_caller(self, pcm: Pcm, at_ms: int) -> None:
        self.caller.add(pcm.tobytes(), at_ms)

    def add_agent(self, pcm: Pcm, at_ms: int) -> None:
        self._agent.add(pcm.tobytes(), at_ms)

    def write(self, until_ms: int) -> None:
        """Write everything up to `until_ms` in the background, unless the last write is still going on."""
        stop = until_ms * self._rate // 1000
        if self.problem is not None or stop <= self._handed_over:
            return
        if self._job is not None and not self._job.done():
            if stop - self._handed_over > MAX_BACKLOG_MS * self._rate // 1000:
                self._stop("The disk was too slow to write it.")
            return
        start, self._handed_over = self._handed_over, stop
        caller, agent = self.caller.take(start, stop), self._agent.take(start, stop)
        loop = asyncio.get_running_loop()
        self._job = loop.run_in_executor(self._executor, self._tape.append, caller, agent, stop - start)
        self._job.add_done_callback(self._look_at)

    async def close(self, until_ms: int) -> None:
        """Write the rest and close the file; gives up on a disk that hangs."""
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._job_done()
                self.write(until_ms)
                await self._job_done()
                if self.problem is None:
                    self._job = asyncio.get_running_loop().run_in_executor(self._executor, self._tape.close)
                    self._job.add_done_callback(self._look_at)
                    await self._job_done()
        except TimeoutError:
            self._stop("The disk was too slow to write it.")

    async def _job_done(self) -> None:
        if self._job is not None:
            await asyncio.wait([self._job])
            await asyncio.sleep(0)  # its callback comes first

    def _look_at(self, job: asyncio.Future[None]) -> None:
        if job.cancelled():
            return
        match job.exception():
            case None:
                return
            case WavFull():
                self._stop("It has reached the largest size of a WAV file.")
            case OSError() as error if error.errno == errno.ENOSPC:
                self._stop("The disk is full.")
            case OSError() as error:
                self._stop(f"It could not be written: {error.strerror or error}.")
            case ValueError() as error:
                self._stop(f"It could not be gone on with: {error}")
            case error:
                log.error("a recording failed by an error of ours", exc_info=error)
                self._stop("An internal error ended it; the server's log has the details.")

    def _stop(self, problem: str) -> None:
        if self.problem is not None:
            return
        self.problem = problem
        self.caller.stop()
        self._agent.stop()
        if self._job is None or self._job.done():
            self._executor.submit(self._tape.close)
        else:
            self._job.add_done_callback(lambda _: self._executor.submit(self._tape.close))
        self._on_problem(problem)
