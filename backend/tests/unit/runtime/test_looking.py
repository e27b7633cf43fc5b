"""Work that lies in the database is looked for whatever happened at the last look."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.exc import OperationalError

from asisso.runtime.looking import keep_looking

pytestmark = pytest.mark.unit

TROUBLE = [OperationalError("select", {}, Exception("away")), OSError("gone"), KeyError("a bug")]


class Looks:
    """Looks that fail as told; `made` counts them."""

    def __init__(self, *, failing_with: Exception | None = None) -> None:
        self.made = 0
        self.wake = asyncio.Event()
        self._failing_with = failing_with
        self._changed = asyncio.Condition()

    async def look(self) -> None:
        async with self._changed:
            self.made += 1
            self._changed.notify_all()
        if self._failing_with is not None:
            raise self._failing_with

    async def reach(self, count: int) -> None:
        async with asyncio.timeout(5), self._changed:
            await self._changed.wait_for(lambda: self.made >= count)


@pytest.mark.parametrize("error", TROUBLE, ids=lambda error: type(error).__name__)
async def test_a_look_that_fails_is_not_the_last(error: Exception) -> None:
    looks = Looks(failing_with=error)
    work = asyncio.create_task(keep_looking(looks.look, looks.wake, every_s=0.001, work="anything"))
    await looks.reach(3)
    assert not work.done()
    work.cancel()


async def test_a_hint_is_followed_at_once() -> None:
    looks = Looks()
    work = asyncio.create_task(keep_looking(looks.look, looks.wake, every_s=60, work="anything"))
    await looks.reach(1)
    looks.wake.set()
    await looks.reach(2)
    work.cancel()
