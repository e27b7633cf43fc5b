"""Twenty callers at the same moment: nobody is turned away, everybody is greeted, and nothing stays behind."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from bench.stage import GREETING, Stage, eventually
from pbxlab.telephone import CallEnd, PhoneCall, Telephone
from tests.pbx.calls import nothing_is_left
from tests.pbx.speech import ALIKE, Listener, alike
from tests.pbx.stages import limits

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

CALLERS = 20
RUSH = 50
LIMIT = 10


async def be_greeted(telephone: Telephone, caller_number: str) -> PhoneCall:
    call = await telephone.dial("8000", caller_number=caller_number)
    await call.hears_audio()
    await call.hears_silence(800)
    await call.hang_up()
    return call


async def test_twenty_calls_at_once_are_all_served(
    lab: Stage, telephone: Telephone, listener: Listener
) -> None:
    numbers = [str(2000 + i) for i in range(CALLERS)]

    calls = await asyncio.gather(*(be_greeted(telephone, number) for number in numbers))

    await lab.asterisk.ari.empty()
    runs = await lab.finished_runs(CALLERS)
    assert Counter(run["outcome"] for run in runs) == {"caller_hung_up": CALLERS}
    assert sorted(run["from"] for run in runs) == numbers, "one run for each caller"
    assert all(run["transcript"][0]["text"] == GREETING for run in runs)
    heard = [listener.understands(call.heard_pcm(16_000)) for call in calls]
    assert [text for text in heard if alike(text, GREETING) <= ALIKE] == []
    assert (await lab.api.get("/calls"))["items"] == []
    assert (await lab.status())["active_calls"] == 0


async def test_fifty_calls_at_once_against_a_limit_of_ten_are_exactly_ten(
    lab: Stage, telephone: Telephone
) -> None:
    async def try_to_get_through() -> PhoneCall | CallEnd:
        call = await telephone.dial("8000", caller_number="3000")
        await call.until(lambda: call.answered_at is not None or call.end_reason is not None, "an answer", 20)
        return call.end_reason or call

    async with limits(lab, max_concurrent_calls=LIMIT):
        came_through = await asyncio.gather(*(try_to_get_through() for _ in range(RUSH)))
        served = [call for call in came_through if isinstance(call, PhoneCall)]
        refused = [end for end in came_through if isinstance(end, CallEnd)]

        assert len(served) == LIMIT
        assert Counter(end.code for end in refused) == {486: RUSH - LIMIT}
        organization = await lab.api.get("/organization")
        assert organization["usage"]["active_calls"] == LIMIT
        await asyncio.gather(*(call.hang_up() for call in served))
        await eventually(lambda: lab.api.get("/organization"), has_no_call, "ten free calls", 2)

        again = await telephone.dial("8000", caller_number="3001")
        await again.answered()
        await again.hang_up()

    runs = [run for run in await lab.listed_runs() if run["from"] == "3000"]
    outcomes = Counter(run["outcome"] for run in runs)
    assert outcomes == {"refused_quota": RUSH - LIMIT, "caller_hung_up": LIMIT}
    await nothing_is_left(lab)


def has_no_call(organization: dict[str, Any]) -> bool:
    return organization["usage"]["active_calls"] == 0
