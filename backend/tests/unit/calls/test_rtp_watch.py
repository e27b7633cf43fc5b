"""The PBX's own figures: looked at now and then, and never more than a gift."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from asisso.asterisk.ari.rest import AriAddress, AriClient
from asisso.calls import rtp_watch
from asisso.calls.rtp_watch import RtpWatch

pytestmark = pytest.mark.unit


class Pbx:
    """Answers one thing after the other, the last one for ever."""

    def __init__(self, *answers: httpx.Response) -> None:
        self._answers: Iterator[httpx.Response] = iter(answers)
        self._last = answers[-1]
        self.asked = 0
        transport = httpx.MockTransport(self._answer)
        self.watch = RtpWatch(AriClient(AriAddress("http://pbx", "a", "b"), transport=transport), "1.1")

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        self._last = next(self._answers, self._last)
        return httpx.Response(self._last.status_code, json=self._last.json())


def packets(count: int) -> httpx.Response:
    return httpx.Response(200, json={"rxcount": count})


GONE = httpx.Response(404, json={"message": "Channel not found"})
BUSY = httpx.Response(503, json={"message": "Busy"})


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtp_watch, "FIRST_LOOK_S", 0)
    monkeypatch.setattr(rtp_watch, "LOOK_EVERY_S", 0)


async def test_the_last_figures_stay_when_the_channel_is_gone() -> None:
    pbx = Pbx(packets(300), packets(1_050), GONE)
    await asyncio.wait_for(pbx.watch.follow(), 1)
    assert pbx.watch.last is not None
    assert pbx.watch.last.received == 1_050
    assert pbx.asked == 3


async def test_a_busy_pbx_is_asked_again() -> None:
    pbx = Pbx(BUSY, packets(300), GONE)
    await asyncio.wait_for(pbx.watch.follow(), 1)
    assert pbx.watch.last is not None


async def test_a_channel_without_rtp_is_asked_once() -> None:
    pbx = Pbx(GONE)
    await asyncio.wait_for(pbx.watch.follow(), 1)
    assert (pbx.watch.last, pbx.asked) == (None, 1)
