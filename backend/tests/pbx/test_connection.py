"""The connection to a PBX: what breaks it, what is said about it, and how it comes back by itself or by a person."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.headers import build_authorization_basic

from asisso.audio.wav import read_wav
from bench.product import Product
from bench.stage import Stage, eventually
from pbxlab import sounds
from pbxlab.telephone import EndKind, PhoneCall, Telephone
from tests.pbx.media_tap import Does, MediaTap
from tests.pbx.stages import MENDED_WITHIN_S, OpenStage, StartProduct, TelephoneAt, changed

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

LOST_WITHIN_S = 3.0
BACK_WITHIN_S = 8.0
NOTICED_WITHIN_S = 8.0
QUIET_S = 1.5
"""Longer than the first waits before another attempt."""


async def talk(telephone: Telephone) -> PhoneCall:
    """A call whose agent is being heard."""
    call = await telephone.dial("8000")
    await call.hears_audio()
    return call


class TestPbxGoesAway:
    async def test_killed_pbx_ends_its_calls_and_is_connected_again_when_it_is_back(
        self, product: Product, open_stage: OpenStage, telephone_at: TelephoneAt
    ) -> None:
        lab = await open_stage(product)
        await lab.becomes("connected")
        telephone = await telephone_at(lab)
        await talk(telephone)
        await lab.asterisk.kill()

        status = await lab.becomes("retrying", LOST_WITHIN_S)
        (run,) = await lab.finished_runs(1)
        assert (run["outcome"], run["hangup_cause"]) == ("failed", None)
        assert run["ended_by"] in ("pbx", "system")
        assert "Asterisk could not be reached" in run["detail"]
        assert "could not be reached" in status["reason"]
        assert datetime.fromisoformat(status["next_attempt_at"]) > datetime.fromisoformat(status["since"])

        await lab.asterisk.start()
        await lab.becomes("connected", BACK_WITHIN_S)
        again = await talk(telephone)
        await again.hang_up()

    async def test_restarted_pbx_takes_calls_again(
        self, product: Product, open_stage: OpenStage, telephone_at: TelephoneAt
    ) -> None:
        lab = await open_stage(product)
        await lab.becomes("connected")
        telephone = await telephone_at(lab)
        call = await talk(telephone)
        await lab.asterisk.restart()

        # Whether a PBX that stops still tells its telephones is its own affair.
        await call.hang_up()
        await lab.becomes("connected", BACK_WITHIN_S)
        assert {run["state"] for run in await lab.finished_runs(1)} == {"completed"}
        again = await talk(telephone)
        await again.hang_up()


class TestNeedsAttention:
    async def test_wrong_password_is_told_and_the_right_one_connects_at_once(self, lab: Stage) -> None:
        async with changed(lab, app_password="not the password"):
            status = await lab.becomes("needs_attention", LOST_WITHIN_S)
            assert "password" in status["reason"]
            assert "ari.conf" in status["hint"]

    async def test_user_who_may_only_read_is_told_before_the_first_call(
        self, product: Product, open_stage: OpenStage
    ) -> None:
        def read_only(files: dict[str, str]) -> dict[str, str]:
            return files | {"ari.conf": files["ari.conf"].replace("read_only = no", "read_only = yes")}

        on = await open_stage(product, files=read_only)

        status = await on.becomes("needs_attention")
        assert "403" in status["reason"]
        assert "read_only = no" in status["hint"]

    async def test_server_that_is_no_asterisk_is_told(self, lab: Stage) -> None:
        async with plain_web_server() as url, changed(lab, ari_endpoint=url):
            status = await lab.becomes("needs_attention", LOST_WITHIN_S)
            assert "no ARI at this address" in status["reason"]
            assert "ARI Endpoint URL" in status["hint"]

    async def test_application_taken_by_another_program_is_left_to_it_until_a_person_asks(
        self, lab: Stage, telephone: Telephone
    ) -> None:
        async with another_program(lab) as thief:
            status = await lab.becomes("needs_attention", LOST_WITHIN_S)
            assert "taken" in status["reason"]
            assert "Reconnect" in status["hint"]

            await telephone.dial("8000")
            async with asyncio.timeout(5):
                assert await next_event(thief, "StasisStart", "ApplicationReplaced") == "StasisStart"
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(QUIET_S):
                    await next_event(thief, "ApplicationReplaced")

            await lab.api.post(f"{lab.path}/reconnect")
            await lab.becomes("connected", MENDED_WITHIN_S)
            assert await next_event(thief, "ApplicationReplaced") == "ApplicationReplaced"

    async def test_call_that_is_up_ends_with_its_caller_although_no_event_tells_of_it(
        self, lab: Stage, telephone: Telephone
    ) -> None:
        call = await telephone.dial("8000")
        await call.hears_audio()
        async with another_program(lab):
            await lab.becomes("needs_attention", LOST_WITHIN_S)
            await call.hang_up()
            run = (await lab.runs())[0]
            ended = await eventually(
                lambda: lab.api.get(f"/runs/{run['id']}"),
                lambda seen: seen["state"] == "completed",
                "the run's end",
                NOTICED_WITHIN_S,
            )
            assert ended["outcome"] == "caller_hung_up"
        await lab.api.post(f"{lab.path}/reconnect")
        await lab.becomes("connected", MENDED_WITHIN_S)


class TestRetrying:
    async def test_unknown_host_is_tried_again_at_a_time_that_is_told(self, lab: Stage) -> None:
        async with changed(lab, ari_endpoint="http://pbx.invalid:8088"):
            status = await lab.becomes("retrying", LOST_WITHIN_S)
            assert status["reason"]
            assert status["hint"]
            assert status["next_attempt_at"] is not None


class TestEditing:
    async def test_disabled_configuration_lets_go_of_the_pbx(self, lab: Stage, telephone: Telephone) -> None:
        async with changed(lab, is_enabled=False):
            await lab.becomes("disabled", LOST_WITHIN_S)
            await eventually(
                lab.asterisk.ari.applications, lambda names: "asisso" not in names, "the app's end", 5
            )
            assert (await (await telephone.dial("8000")).ended()).kind is EndKind.REJECTED

    async def test_calls_outlive_a_change_of_the_connection(self, lab: Stage, telephone: Telephone) -> None:
        before = await talk(telephone)
        async with changed(lab, ari_endpoint=lab.asterisk.ari_url.replace("127.0.0.1", "localhost")):
            await lab.becomes("connected", MENDED_WITHIN_S)
            between = await talk(telephone)
            assert before.end_reason is None
            await before.hang_up()
            await eventually(lab.status, lambda s: s["active_calls"] == 1, "one call left", 5)

            between.play(sounds.prompt("vm-goodbye").path)
            assert (await between.ended()).kind is EndKind.REMOTE_BYE
        runs = await lab.finished_runs(2)
        assert [run["outcome"] for run in runs[:2]] == ["completed", "caller_hung_up"]


class TestProductIsKilled:
    async def test_restarted_product_goes_on_with_who_talked_and_serves_who_is_still_ringing(
        self, start_product: StartProduct, open_stage: OpenStage, telephone_at: TelephoneAt
    ) -> None:
        product = start_product()
        async with MediaTap(product) as tap:
            on = await open_stage(product, files=tap.stand_between)
            await on.becomes("connected")
            telephone = await telephone_at(on)
            talking = await talk(telephone)
            talking.play(sounds.prompt("tt-weasels").path)
            await talking.played()
            async with tap.doing(Does.HOLD):
                ringing = await telephone.dial("8000")
                async with asyncio.timeout(5):
                    await tap.held.wait()
                product.kill()
            assert (talking.end_reason, ringing.end_reason) == (None, None), "Asterisk keeps both"

            product.start()
            came_back_at = time.time()
            await ringing.hears_audio(since=came_back_at)
            await talking.hears_audio(since=came_back_at)
            await ringing.hang_up()
            await talking.hang_up()

            await on.asterisk.ari.empty()
            rang, talked = await on.finished_runs(2)
        for run in (rang, talked):
            assert (run["outcome"], run["ended_by"]) == ("caller_hung_up", "caller")
            assert "resumed" in [entry["kind"] for entry in await on.timeline(run["id"])]
        assert_both_sides_are_recorded(product, talked)


def assert_both_sides_are_recorded(product: Product, run: dict[str, Any]) -> None:
    """The file of a killed process is whole, and its run leads to it."""
    assert run["recording_url"] is not None
    (path,) = (product.data_dir / "recordings").rglob(f"{run['id']}.wav")
    samples, rate = read_wav(path)
    assert len(samples) / rate > 2
    assert (abs(samples.astype(int)).max(axis=0) > 1000).all()


@asynccontextmanager
async def another_program(lab: Stage) -> AsyncIterator[ClientConnection]:
    """Somebody else's event WebSocket for our application."""
    probe = lab.asterisk.ari
    url = f"{probe.base_url.replace('http', 'ws')}/ari/events?app=asisso"
    credentials = build_authorization_basic(probe.user, probe.password)
    async with connect(url, additional_headers={"Authorization": credentials}, proxy=None) as socket:
        yield socket


async def next_event(socket: ClientConnection, *kinds: str) -> str:
    """The type of the next event that is one of these."""
    async for message in socket:
        if (kind := json.loads(message)["type"]) in kinds:
            return str(kind)
    raise AssertionError(f"the stream ended before {kinds}")


@asynccontextmanager
async def plain_web_server() -> AsyncIterator[str]:
    """A web server that has never heard of ARI; gives its URL."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 404 Not Found\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nno"
        )
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
