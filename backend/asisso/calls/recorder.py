"""A call's stereo recording: caller left, agent right, both on the call's clock.

Audio is only collected on the event loop; building blocks and writing them happens in a worker thread. A slow disk
costs memory up to a limit and then the recording, never the call.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from pathlib import Path

import numpy as np

from asisso.audio.frame import Pcm
from asisso.audio.wav import StereoWavWriter, WavFull

SNAP_MS = 80
"""Audio whose time differs less from where its track ended is put right behind it: clocks jitter, speech does not."""

MAX_BACKLOG_MS = 60_000
CLOSE_TIMEOUT_S = 10.0


def recording_path(organization_id: str, run_id: str) -> str:
    """Where a run's recording lies below the folder of recordings."""
    return f"{organization_id}/{run_id}.wav"


class _Track:
    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._pieces: list[tuple[int, Pcm]] = []
        self._end = 0

    def add(self, pcm: Pcm, at_ms: int) -> None:
        start = at_ms * self._rate // 1000
        if abs(start - self._end) < SNAP_MS * self._rate // 1000:
            start = self._end
        self._pieces.append((start, pcm))
        self._end = start + len(pcm)

    def take(self, start: int, stop: int) -> list[tuple[int, Pcm]]:
        """The pieces that begin before `stop`, positioned relative to `start`; what reaches beyond is kept."""
        taken: list[tuple[int, Pcm]] = []
        kept: list[tuple[int, Pcm]] = []
        for at, pcm in self._pieces:
            if at >= stop:
                kept.append((at, pcm))
                continue
            if at + len(pcm) > stop:
                kept.append((stop, pcm[stop - at :]))
                pcm = pcm[: stop - at]
            if at < start:
                pcm, at = pcm[start - at :], start
            taken.append((at - start, pcm))
        self._pieces = kept
        return taken


class Recorder:
    """One call's recording. Its methods belong to the event loop; nothing in them waits for the disk.

    Args:
        resumes: go on with the file an earlier process left, where there is one; the time between is silence.

    Attributes:
        is_lost: the disk failed or was too slow; what had been written before is valid.
    """

    def __init__(self, path: Path, sample_rate: int, executor: Executor, *, resumes: bool = False) -> None:
        self.path = path
        self.is_lost = False
        self._resumes = resumes
        self._rate = sample_rate
        self._executor = executor
        self._caller = _Track(sample_rate)
        self._agent = _Track(sample_rate)
        self._written = 0
        self._writer: StereoWavWriter | None = None
        self._job: asyncio.Future[None] | None = None

    @property
    def has_sound(self) -> bool:
        """Whether there is a file by now."""
        return self._writer is not None

    def add_caller(self, pcm: Pcm, at_ms: int) -> None:
        if not self.is_lost:
            self._caller.add(pcm, at_ms)

    def add_agent(self, pcm: Pcm, at_ms: int) -> None:
        if not self.is_lost:
            self._agent.add(pcm, at_ms)

    def write(self, until_ms: int) -> None:
        """Write everything up to `until_ms` in the background, unless the last write is still going on."""
        stop = until_ms * self._rate // 1000
        if self.is_lost or stop <= self._written:
            return
        if self._job is not None and not self._job.done():
            if stop - self._written > MAX_BACKLOG_MS * self._rate // 1000:
                self._lose()
            return
        start, self._written = self._written, stop
        left, right = self._caller.take(start, stop), self._agent.take(start, stop)
        loop = asyncio.get_running_loop()
        self._job = loop.run_in_executor(self._executor, self._append, left, right, stop - start)
        self._job.add_done_callback(self._written_or_lost)

    async def close(self, until_ms: int) -> None:
        """Write the rest and close the file; gives up on a disk that hangs."""
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                if self._job is not None:
                    await asyncio.wait([self._job])
                self.write(until_ms)
                if self._job is not None:
                    await asyncio.wait([self._job])
        except TimeoutError:
            self._lose()
        if self._job is not None and not self._job.done():
            self._job.add_done_callback(lambda _: self._close_file())
        else:
            self._close_file()

    def _close_file(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _append(self, left: list[tuple[int, Pcm]], right: list[tuple[int, Pcm]], samples: int) -> None:
        if self._writer is None:
            self._writer = self._open()
            samples_there = self._writer.duration_ms * self._rate // 1000
            # A new file begins with the call; a resumed one already holds everything up to the interruption.
            left, right = _behind(left, samples_there), _behind(right, samples_there)
            samples = max(0, samples - samples_there)
        self._writer.append(_block(left, samples), _block(right, samples))

    def _open(self) -> StereoWavWriter:
        if self._resumes and self.path.is_file():
            return StereoWavWriter.resume(self.path, self._rate)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return StereoWavWriter(self.path, self._rate)

    def _written_or_lost(self, job: asyncio.Future[None]) -> None:
        if not job.cancelled() and isinstance(job.exception(), OSError | ValueError | WavFull):
            self._lose()

    def _lose(self) -> None:
        self.is_lost = True
        self._caller = _Track(self._rate)
        self._agent = _Track(self._rate)


def _behind(pieces: list[tuple[int, Pcm]], start: int) -> list[tuple[int, Pcm]]:
    """The pieces without what lies before `start`, positioned relative to it."""
    kept = []
    for at, pcm in pieces:
        if at + len(pcm) > start:
            kept.append((max(0, at - start), pcm[max(0, start - at) :]))
    return kept


def _block(pieces: list[tuple[int, Pcm]], samples: int) -> Pcm:
    block = np.zeros(samples, np.int16)
    for at, pcm in pieces:
        block[at : at + len(pcm)] = pcm
    return block
