"""The media path: what breaks it before and during a call, and who may connect to it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.headers import build_authorization_basic

from asisso.calls.directory import SECRET_VARIABLE
from bench.product import Product
from bench.stage import Stage, eventually, stage
from pbxlab import sounds
from pbxlab.provision import AsteriskRoot
from pbxlab.telephone import EndKind, PhoneCall, Telephone
from tests.pbx.media_tap import Does, MediaTap, media_url
from tests.pbx.speech import ALIKE, alike
from tests.pbx.stages import changed, reported

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

QUESTION = "tt-weasels"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tap(product: Product) -> AsyncIterator[MediaTap]:
    async with MediaTap(product) as tap:
        yield tap


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lab(
    request: pytest.FixtureRequest, product: Product, asterisk_root: AsteriskRoot, tap: MediaTap
) -> AsyncIterator[Stage]:
    """A PBX whose media goes through the tap."""
    async with stage(product, asterisk_root, files=tap.stand_between) as made:
        await made.becomes("connected")
        with reported(request, made):
            yield made


async def only_run(lab: Stage) -> dict[str, Any]:
    return (await lab.finished_runs(1))[0]


class TestMediaThatCannotBeSetUp:
    async def test_unknown_websocket_client_refuses_the_call_and_is_named(
        self, lab: Stage, telephone: Telephone
    ) -> None:
        async with changed(lab, ws_client_name="nosuchclient"):
            call = await telephone.dial("8000")

            assert (await call.ended()).code == 503
        run = await only_run(lab)
        assert (run["outcome"], run["answered_at"]) == ("failed", None)
        assert "[nosuchclient]" in run["detail"]
        assert "websocket_client.conf" in run["detail"]

    async def test_unreachable_media_address_refuses_the_call_before_it_is_answered(
        self, lab: Stage, telephone: Telephone, tap: MediaTap
    ) -> None:
        async with tap.doing(Does.REFUSE):
            call = await telephone.dial("8000")

            assert (await call.ended()).code == 503
        assert call.answered_at is None
        run = await only_run(lab)
        assert (run["outcome"], run["answered_at"], run["usage"]["media_attempts"]) == ("failed", None, 3)
        assert "could not connect to the media address in [asisso]" in run["detail"]

    async def test_caller_who_gives_up_while_media_is_being_connected_leaves_nothing_behind(
        self, lab: Stage, telephone: Telephone, tap: MediaTap
    ) -> None:
        async with tap.doing(Does.HOLD):
            call = await telephone.dial("8000")
            async with asyncio.timeout(5):
                await tap.held.wait()
            await call.hang_up()
            assert (await call.ended()).kind is EndKind.CANCELLED
            tap.let_go()

            run = await only_run(lab)
            assert (run["outcome"], run["ended_by"], run["answered_at"]) == ("caller_hung_up", "caller", None)
            await lab.asterisk.ari.empty()


class TestMediaThatBreaks:
    async def test_call_goes_on_when_its_media_socket_is_cut(
        self, lab: Stage, telephone: Telephone, tap: MediaTap
    ) -> None:
        call = await talk(telephone)
        tap.cut()
        await goes_on(call)
        await call.hang_up()

        run = await only_run(lab)
        assert run["usage"]["media_attempts"] == 2
        assert alike(caller_said(run), sounds.prompt(QUESTION).text) > ALIKE
        assert (run["outcome"], run["hangup_cause"]["code"]) == ("caller_hung_up", 16)

    async def test_call_goes_on_when_somebody_removes_its_media_channel(
        self, lab: Stage, telephone: Telephone
    ) -> None:
        call = await talk(telephone)
        channels = await lab.asterisk.ari.channels()
        (media,) = [channel["id"] for channel in channels if channel["name"].startswith("WebSocket/")]
        await lab.asterisk.ari.delete_channel(media)
        await goes_on(call)
        await call.hang_up()

        assert (await only_run(lab))["usage"]["media_attempts"] == 2


async def talk(telephone: Telephone) -> PhoneCall:
    call = await telephone.dial("8000")
    await call.hears_audio()
    return call


async def goes_on(call: PhoneCall) -> None:
    """The caller says something, and the agent answers."""
    await call.hears_silence(600)
    call.play(sounds.prompt(QUESTION).path)
    said_at = await call.played()
    await call.hears_audio(since=said_at)


def caller_said(run: dict[str, Any]) -> str:
    return " ".join(turn["text"] for turn in run["transcript"] if turn["speaker"] == "caller")


async def status_at_the_door(lab: Stage) -> int:
    """The HTTP status a connection without credentials is answered with."""
    try:
        async with stranger(lab):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


class TestStrangers:
    """Connections to the media address that are not Asterisk's."""

    async def test_wrong_credentials_are_turned_away_at_the_door(self, lab: Stage) -> None:
        with pytest.raises(InvalidStatus) as refused:
            async with stranger(lab, credentials=build_authorization_basic("asisso", "guessed")):
                pass
        assert refused.value.response.status_code == 401

    async def test_no_credentials_are_turned_away_where_every_configuration_requires_them(
        self, lab: Stage
    ) -> None:
        async with changed(lab, require_media_credentials=True):
            await eventually(
                lambda: status_at_the_door(lab), lambda status: status == 401, "a closed door", 3
            )
        await eventually(
            lambda: status_at_the_door(lab), lambda status: status == 101, "an open door again", 6
        )

    async def test_silent_connection_is_closed_after_two_seconds(self, lab: Stage) -> None:
        opened_at = time.monotonic()
        async with stranger(lab) as socket:
            await socket.wait_closed()

        assert socket.close_code == 4401
        assert 1.5 < time.monotonic() - opened_at < 4

    @pytest.mark.parametrize("message", ["hello", "{", '{"event":"STATUS"}', '{"event":"MEDIA_START"}'])
    async def test_connection_that_begins_with_something_else_is_malformed(
        self, lab: Stage, message: str
    ) -> None:
        assert await closed_with(lab, message) == 4400

    async def test_unknown_channel_is_no_call(self, lab: Stage) -> None:
        assert await closed_with(lab, media_start("asisso-am-123", "secret")) == 4404


class TestSecrets:
    """A call whose real media connection waits in the tap, so that its secret is known and unused."""

    async def test_only_the_calls_own_unused_secret_is_let_in(
        self, lab: Stage, telephone: Telephone, tap: MediaTap
    ) -> None:
        async with tap.doing(Does.KEEP):
            call = await telephone.dial("8000")
            channel, secret = await introduction(tap)
            other = await telephone.dial("8000")
            _, secret_of_other = await introduction(tap)

            for wrong in (None, "guessed", secret_of_other):
                assert await closed_with(lab, media_start(channel, wrong)) == 4401
            assert (call.answered_at, other.answered_at) == (None, None)

            async with stranger(lab) as socket:
                await socket.send(media_start(channel, secret))
                await call.answered()
                assert await closed_with(lab, media_start(channel, secret)) == 4401, "it is used"
                assert socket.close_code is None, "nor does the attempt disturb the call"

    async def test_missing_credentials_are_refused_where_this_configuration_requires_them(
        self, lab: Stage, telephone: Telephone, tap: MediaTap
    ) -> None:
        requiring = changed(lab, require_media_credentials=True)
        async with another_configuration(lab), requiring, tap.doing(Does.KEEP):
            await telephone.dial("8000")
            channel, secret = await introduction(tap)

            assert await closed_with(lab, media_start(channel, secret)) == 4401

    async def test_credentials_of_another_configuration_are_refused(
        self, lab: Stage, telephone: Telephone, tap: MediaTap
    ) -> None:
        async with another_configuration(lab) as credentials, tap.doing(Does.KEEP):
            await telephone.dial("8000")
            channel, secret = await introduction(tap)

            assert await closed_with(lab, media_start(channel, secret), credentials=credentials) == 4401


@asynccontextmanager
async def stranger(lab: Stage, *, credentials: str | None = None) -> AsyncIterator[ClientConnection]:
    headers = {"Authorization": credentials} if credentials else {}
    async with connect(media_url(lab.product), additional_headers=headers, proxy=None) as socket:
        yield socket


async def closed_with(lab: Stage, message: str, *, credentials: str | None = None) -> int | None:
    """Say this to the media address; the code it closes with."""
    async with stranger(lab, credentials=credentials) as socket, asyncio.timeout(5):
        await socket.send(message)
        await socket.wait_closed()
    return socket.close_code


def media_start(channel_id: str, secret: str | None) -> str:
    """What Asterisk says first."""
    start = {
        "event": "MEDIA_START",
        "connection_id": "asisso",
        "channel": "WebSocket/asisso/0x7f",
        "channel_id": channel_id,
        "format": "slin16",
        "optimal_frame_size": 640,
        "ptime": 20,
        "channel_variables": {} if secret is None else {SECRET_VARIABLE: secret},
    }
    return json.dumps(start)


async def introduction(tap: MediaTap) -> tuple[str, str]:
    """The channel id and the secret of the next connection that waits in the tap."""
    async with asyncio.timeout(5):
        start = json.loads(await tap.introductions.get())
    return start["channel_id"], start["channel_variables"][SECRET_VARIABLE]


@asynccontextmanager
async def another_configuration(lab: Stage) -> AsyncIterator[str]:
    """A second configuration, of which no credentials are required; gives its own."""
    made = await lab.api.post(
        "/telephony-configurations",
        name="another",
        provider="ari",
        ari_endpoint="http://127.0.0.1:1",
        app_name="another",
        app_password="another password",
        ws_client_name="another",
    )
    path = f"/telephony-configurations/{made['id']}"
    files = (await lab.api.get(f"{path}/asterisk-config"))["files"]
    (text,) = [file["content"] for file in files if file["path"].endswith("websocket_client.conf")]
    lines = dict(line.split(" = ", 1) for line in text.splitlines() if " = " in line)
    try:
        yield build_authorization_basic(lines["username"], lines["password"])
    finally:
        await lab.api.delete(path)
