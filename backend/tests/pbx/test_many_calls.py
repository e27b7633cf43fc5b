"""Twenty callers at the same moment: nobody is turned away, everybody is greeted, and nothing stays behind."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from bench.stage import GREETING, Stage
from pbxlab.telephone import PhoneCall, Telephone
from tests.pbx.speech import ALIKE, Listener, alike

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

CALLERS = 20


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
