"""A connection that is given up stays for every call it has, those too that come while it waits."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from asisso.asterisk.ari.rest import AriAddress
from asisso.runtime.ari_worker import AriWorker, Target

pytestmark = pytest.mark.unit


class Services:
    directory: Any = None


def a_worker() -> AriWorker:
    target = Target("c1", AriAddress("http://127.0.0.1:9", "asisso", "password"), "asisso")
    return AriWorker(target, cast("Any", Services()), cast("Any", None), cast("Any", None))


async def test_a_retired_worker_stays_for_a_call_that_came_while_it_waited_for_another() -> None:
    worker = a_worker()
    first, second = asyncio.Event(), asyncio.Event()

    def begins(ended: asyncio.Event) -> None:
        task = asyncio.create_task(cast("Any", ended.wait()))
        worker._calls[task] = cast("Any", None)
        task.add_done_callback(worker._calls.pop)

    begins(first)
    leaving = asyncio.create_task(worker.retire())
    await asyncio.sleep(0)
    begins(second)
    first.set()
    done, _ = await asyncio.wait([leaving], timeout=0.1)
    assert not done
    second.set()
    await asyncio.wait_for(leaving, 5)
