"""What a call has begun ends with it."""

from __future__ import annotations

import asyncio

import pytest

from asisso.calls.effects import Effects

pytestmark = pytest.mark.unit


async def for_ever(ended: list[str], name: str) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        ended.append(name)


def no_bug() -> None:
    pytest.fail("no step has a bug here")


async def test_work_is_cancelled_at_the_end() -> None:
    effects, ended = Effects(no_bug), list[str]()
    effects.work(for_ever(ended, "work"))
    await asyncio.sleep(0)
    await effects.close()
    assert ended == ["work"]


async def test_a_request_on_its_way_may_arrive_but_begins_nothing_more() -> None:
    effects, arrived, begun = Effects(no_bug), asyncio.Event(), list[str]()

    async def request() -> None:
        await arrived.wait()
        effects.work(for_ever(begun, "next"))
        begun.append("request")

    effects.request(request())
    closing = asyncio.create_task(effects.close())
    await asyncio.sleep(0)
    arrived.set()
    await closing
    assert begun == ["request"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_bug_in_a_step_is_told() -> None:
    told = asyncio.Event()
    effects = Effects(told.set)

    async def broken() -> None:
        raise RuntimeError("a bug")

    effects.work(broken())
    await asyncio.wait_for(told.wait(), 5)
    await effects.close()


async def test_no_timer_fires_after_the_end() -> None:
    effects, fired = Effects(no_bug), list[str]()
    effects.later(0, lambda: fired.append("once"))
    await effects.close()
    await asyncio.sleep(0.01)
    assert fired == []
