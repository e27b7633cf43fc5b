"""Recordings handed over to the threads that write them."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import CancelledError

import pytest

from asisso.calls import disk
from asisso.calls.disk import Disk

pytestmark = pytest.mark.unit


async def written(a_disk: Disk, job: object) -> object:
    return await asyncio.get_running_loop().run_in_executor(a_disk, job)  # type: ignore[arg-type]


async def test_a_lone_job_does_not_wait() -> None:
    with Disk() as a_disk:
        async with asyncio.timeout(disk.GATHER_S / 2):
            assert await written(a_disk, lambda: "written") == "written"


async def test_what_comes_soon_after_goes_together_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "GATHER_S", 0.02)
    threads: list[int] = []
    with Disk() as a_disk:
        await written(a_disk, lambda: None)
        jobs = [written(a_disk, lambda: threads.append(threading.get_ident())) for _ in range(20)]
        await asyncio.gather(*jobs)
    assert (len(threads), len(set(threads))) == (20, 1)


async def test_a_job_that_fails_is_told_and_spoils_no_other() -> None:
    def full() -> None:
        raise OSError("full")

    with Disk() as a_disk:
        first = await asyncio.gather(written(a_disk, full), return_exceptions=True)
        rest = await asyncio.gather(
            written(a_disk, full), written(a_disk, lambda: "written"), return_exceptions=True
        )
    assert [type(e) for e in (*first, rest[0])] == [OSError, OSError]
    assert rest[1] == "written"


async def test_the_end_waits_for_what_was_not_handed_over_yet() -> None:
    done: list[str] = []
    with Disk() as a_disk:
        for name in ("first", "second", "third"):
            a_disk.submit(done.append, name)
    assert sorted(done) == ["first", "second", "third"]


async def test_an_end_that_does_not_wait_leaves_nobody_waiting() -> None:
    a_disk = Disk()
    a_disk.submit(lambda: None)
    left_over = a_disk.submit(lambda: None)
    a_disk.shutdown(cancel_futures=True)
    with pytest.raises(CancelledError):
        left_over.result(1)
