"""Who asked for a transfer hears how it went at the moment they can do something with it."""

from __future__ import annotations

import asyncio

import pytest

from asisso.calls.control import TransferWaiters

pytestmark = pytest.mark.unit


async def test_that_the_caller_is_still_here_is_told_when_the_caller_hears_again() -> None:
    waiters = TransferWaiters()
    waiting = waiters.add()

    waiters.caller_comes_back()
    waiters.tell("The line was busy.")
    await asyncio.sleep(0)
    assert not waiting.done()
    assert waiters.is_waiting, "no second transfer meanwhile"

    waiters.caller_is_back()
    assert await waiting == "The line was busy."
    assert not waiters.is_waiting


async def test_transfer_that_never_parked_the_caller_is_told_at_once() -> None:
    waiters = TransferWaiters()
    waiting = waiters.add()

    waiters.tell("no such place")

    assert waiting.result() == "no such place"


async def test_success_is_told_at_once_and_a_caller_who_comes_back_later_tells_nothing() -> None:
    waiters = TransferWaiters()
    waiting = waiters.add()
    waiters.caller_comes_back()

    waiters.tell(None)
    waiters.caller_is_back()

    assert waiting.result() is None
    assert not waiters.add().done()
