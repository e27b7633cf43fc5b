"""Every failure for real, on a real Asterisk: the verdict names exactly that cause, first; its instructions mend it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.headers import build_authorization_basic

from bench.stage import Stage
from tests.pbx.clinic import Clinic, first_problem
from tests.pbx.stages import changed

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

DEAD_WITHIN_S = 15.0
HEALTHY_WITHIN_S = 3.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clinic(lab: Stage) -> Clinic:
    """The module's PBX, on the generated files alone."""
    clinic = await Clinic.open(lab)
    await clinic.restart()
    return clinic


class TestHealthy:
    async def test_generated_files_pass_every_check_at_once(self, clinic: Clinic) -> None:
        began = time.monotonic()
        diagnosis = await clinic.diagnose()
        assert time.monotonic() - began < HEALTHY_WITHIN_S
        assert first_problem(diagnosis) is None, diagnosis["verdict"]
        assert diagnosis["verdict"].startswith("Everything is in order")
        states = {step["id"]: step["state"] for step in diagnosis["steps"]}
        assert states["media_audio"] == states["dialplan_leads"] == states["dialplan_fallback"] == "ok"

    async def test_nothing_is_left_on_the_pbx_and_no_run_is_made(self, clinic: Clinic) -> None:
        runs = len(await clinic.on.runs())
        await clinic.is_well()
        await clinic.on.asterisk.ari.empty()
        assert await clinic.on.asterisk.ari.applications() == ["asisso"]
        assert len(await clinic.on.runs()) == runs

    async def test_several_at_once_wait_for_each_other(self, clinic: Clinic) -> None:
        at_once = await asyncio.gather(*(clinic.diagnose() for _ in range(3)))
        assert [first_problem(diagnosis) for diagnosis in at_once] == [None, None, None]

    async def test_result_is_kept(self, clinic: Clinic) -> None:
        diagnosis = await clinic.diagnose()
        kept = await clinic.on.api.get(f"{clinic.on.path}/diagnostics")
        assert kept["steps"] == diagnosis["steps"]
        assert (kept["trigger"], kept["checked_at"]) == ("person", diagnosis["checked_at"])

    async def test_no_secret_is_shown(self, clinic: Clinic) -> None:
        password = clinic.generated["websocket_client.conf"].partition("password = ")[2].partition("\n")[0]
        text = clinic.changed("websocket_client.conf", password, "not-the-password")
        async with clinic.broken(websocket_client_conf=text):
            told = str(await clinic.diagnose())
        assert password not in told
        assert "not-the-password" not in told
        assert "pass#word" not in told

    async def test_media_by_dialling_asterisk_is_checked_too(self, clinic: Clinic) -> None:
        async with changed(clinic.on, ws_client_name=""):
            await clinic.on.becomes("connected")
            diagnosis = await clinic.diagnose()
            states = {step["id"]: step["state"] for step in diagnosis["steps"]}
            assert first_problem(diagnosis) is None, diagnosis["verdict"]
            assert (states["client_exists"], states["media_audio"]) == ("skipped", "ok")


class TestReach:
    async def test_stopped_asterisk(self, clinic: Clinic) -> None:
        await clinic.on.asterisk.stop()
        began = time.monotonic()
        cause = await clinic.cause()
        assert time.monotonic() - began < DEAD_WITHIN_S
        assert cause["id"] == "port_open"
        await clinic.follow(cause)
        assert await clinic.is_well()

    async def test_wrong_port(self, clinic: Clinic) -> None:
        async with changed(clinic.on, ari_endpoint=f"http://127.0.0.1:{free_port()}"):
            cause = await clinic.cause()
            assert cause["id"] == "port_open"
            assert "Nothing listens" in cause["detail"]

    async def test_http_server_switched_off_is_mended_as_told(self, clinic: Clinic) -> None:
        text = clinic.changed("http.conf", "enabled = yes", "enabled = no")
        async with clinic.broken(http_conf=text):
            cause = await clinic.cause()
            assert cause["id"] == "port_open"
            await clinic.follow(cause)
            assert await clinic.is_well()

    async def test_unknown_host(self, clinic: Clinic) -> None:
        async with changed(clinic.on, ari_endpoint="http://pbx.invalid:8088"):
            assert (await clinic.cause())["id"] == "address_resolves"

    async def test_firewall_that_drops_everything(self, clinic: Clinic) -> None:
        with black_hole() as port:
            async with changed(clinic.on, ari_endpoint=f"http://127.0.0.1:{port}"):
                began = time.monotonic()
                assert (await clinic.cause())["id"] == "port_reachable"
                assert time.monotonic() - began < DEAD_WITHIN_S

    @pytest.mark.parametrize(
        ("answer", "cause"),
        [
            (
                b"HTTP/1.1 404 Not Found\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nno",
                "is_asterisk",
            ),
            (b"SSH-2.0-OpenSSH_9.6\r\n", "http_answers"),
            (b"", "http_answers"),
        ],
        ids=["another web server", "no web server", "a server that hangs"],
    )
    async def test_another_server(self, clinic: Clinic, answer: bytes, cause: str) -> None:
        async with server(answer) as port, changed(clinic.on, ari_endpoint=f"http://127.0.0.1:{port}"):
            began = time.monotonic()
            assert (await clinic.cause())["id"] == cause
            assert time.monotonic() - began < DEAD_WITHIN_S

    async def test_tls_to_the_plain_port(self, clinic: Clinic) -> None:
        url = clinic.on.asterisk.ari_url.replace("http", "https")
        async with changed(clinic.on, ari_endpoint=url):
            cause = await clinic.cause()
            assert cause["id"] == "tls_expected"
            assert clinic.on.asterisk.ari_url in cause["fix"]

    async def test_session_limit_reached(self, clinic: Clinic) -> None:
        text = clinic.changed("http.conf", "sessionlimit = 1000", "sessionlimit = 2")
        async with clinic.broken(http_conf=text):
            with many_connections(clinic.on.asterisk.http_port, 6):
                cause = await clinic.cause()
                assert cause["id"] == "http_sessions"
            await clinic.follow(cause)
            assert await clinic.is_well()

    async def test_prefix_that_the_address_lacks(self, clinic: Clinic) -> None:
        text = clinic.changed("http.conf", "enabled = yes", "enabled = yes\nprefix = pbx")
        async with clinic.broken(http_conf=text):
            cause = await clinic.cause()
            assert cause["id"] == "ari_enabled"
            assert "prefix" in cause["detail"]

    async def test_prefix_that_asterisk_lacks(self, clinic: Clinic) -> None:
        async with changed(clinic.on, ari_endpoint=f"{clinic.on.asterisk.ari_url}/pbx"):
            cause = await clinic.cause()
            assert cause["id"] == "ari_enabled"
            assert cause["fix"] == f"Write {clinic.on.asterisk.ari_url} as the ARI Endpoint URL."


class TestAccess:
    async def test_ari_switched_off_is_mended_as_told(self, clinic: Clinic) -> None:
        async with clinic.broken(ari_conf=clinic.changed("ari.conf", "enabled = yes", "enabled = no")):
            cause = await clinic.cause()
            assert cause["id"] == "ari_enabled"
            await clinic.follow(cause)
            assert await clinic.is_well()

    @pytest.mark.parametrize("module", ["res_ari", "res_websocket_client"])
    async def test_ari_that_is_not_loaded(self, clinic: Clinic, module: str) -> None:
        async with clinic.broken(without_module=module):
            assert (await clinic.cause())["id"] == "ari_enabled"

    async def test_wrong_password(self, clinic: Clinic) -> None:
        async with changed(clinic.on, app_password="not the password"):
            assert (await clinic.cause())["id"] == "credentials"

    async def test_other_password_in_ari_conf_is_mended_as_told(self, clinic: Clinic) -> None:
        text = "[general]\nenabled = yes\n[asisso]\ntype = user\nread_only = no\npassword = another\n"
        async with clinic.broken(ari_conf=text):
            cause = await clinic.cause()
            assert cause["id"] == "credentials"
            await clinic.follow(cause)
            assert await clinic.is_well()

    async def test_unknown_user(self, clinic: Clinic) -> None:
        async with changed(clinic.on, ari_username="nobody"):
            cause = await clinic.cause()
            assert cause["id"] == "credentials"
            assert "nobody" in cause["detail"]

    async def test_spaces_around_the_credentials_before_saving(self, clinic: Clinic) -> None:
        diagnosis = await clinic.on.api.post(
            "/telephony-configurations/diagnostics",
            ari_endpoint=clinic.on.asterisk.ari_url,
            app_name="asisso",
            app_password=" a long & odd; pass#word",
        )
        problem = first_problem(diagnosis)
        assert problem is not None
        assert problem["id"] == "credential_spaces"

    async def test_access_list_is_mended_as_told(self, clinic: Clinic) -> None:
        text = clinic.changed(
            "ari.conf", "read_only = no", "read_only = no\ndeny = 0.0.0.0/0\npermit = 192.0.2.1"
        )
        async with clinic.broken(ari_conf=text):
            cause = await clinic.cause()
            assert cause["id"] == "access_list"
            await clinic.follow(cause)
            assert await clinic.is_well()

    async def test_read_only_user_is_mended_as_told(self, clinic: Clinic) -> None:
        async with clinic.broken(ari_conf=clinic.changed("ari.conf", "read_only = no", "read_only = yes")):
            cause = await clinic.cause()
            assert cause["id"] == "write_right"
            await clinic.follow(cause)
            assert await clinic.is_well()

    @pytest.mark.parametrize(
        ("module", "cause_id"),
        [
            ("chan_websocket", "module_chan_websocket"),
            ("app_stasis", "module_app_stasis"),
            ("codec_resample", "codecs"),
            ("res_ari_channels", "ari_modules"),
            ("res_ari_asterisk", "ari_modules"),
            ("res_ari_events", "ari_modules"),
        ],
    )
    async def test_missing_module_is_mended_as_told(self, clinic: Clinic, module: str, cause_id: str) -> None:
        async with clinic.broken(without_module=module):
            cause = await clinic.cause()
            assert cause["id"] == cause_id
            assert module in cause["detail"]
            await clinic.follow(cause)
            assert await clinic.is_well()


class TestApplication:
    async def test_another_program_that_took_the_application(self, clinic: Clinic) -> None:
        probe = clinic.on.asterisk.ari
        url = f"{probe.base_url.replace('http', 'ws')}/ari/events?app=asisso"
        headers = {"Authorization": build_authorization_basic(probe.user, probe.password)}
        await clinic.on.api.post(f"{clinic.on.path}/reconnect")
        await clinic.on.becomes("connected")
        async with connect(url, additional_headers=headers, proxy=None):
            await clinic.on.becomes("needs_attention")
            assert (await clinic.cause())["id"] == "application_free"
        await clinic.on.api.post(f"{clinic.on.path}/reconnect")
        await clinic.on.becomes("connected")

    async def test_switched_off_configuration(self, clinic: Clinic) -> None:
        async with changed(clinic.on, is_enabled=False):
            await clinic.on.becomes("disabled")
            assert (await clinic.cause())["id"] == "enabled"


class TestBeforeSaving:
    async def test_values_that_work(self, clinic: Clinic) -> None:
        diagnosis = await clinic.on.api.post(
            "/telephony-configurations/diagnostics",
            configuration_id=clinic.on.configuration_id,
            ari_endpoint=clinic.on.asterisk.ari_url,
            app_name="asisso",
            ws_client_name="asisso",
        )
        assert first_problem(diagnosis) is None, diagnosis["verdict"]
        states = {step["id"]: step["state"] for step in diagnosis["steps"]}
        assert (states["media_audio"], states["application_connected"]) == ("ok", "ok")

    async def test_application_that_somebody_else_uses(self, clinic: Clinic) -> None:
        diagnosis = await clinic.on.api.post(
            "/telephony-configurations/diagnostics",
            ari_endpoint=clinic.on.asterisk.ari_url,
            app_name="asisso",
            app_password="a long & odd; pass#word",
        )
        problem = first_problem(diagnosis)
        assert problem is not None
        assert problem["id"] == "application_free"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def black_hole() -> Iterator[int]:
    """A port whose queue is full: the kernel drops every further SYN, as a firewall does."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        port = int(listening.getsockname()[1])
        with many_connections(port, 4):
            yield port


@contextmanager
def many_connections(port: int, count: int) -> Iterator[None]:
    """Connections that say nothing."""
    waiting = [socket.socket() for _ in range(count)]
    try:
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        yield
    finally:
        for one in waiting:
            one.close()


@asynccontextmanager
async def server(answer: bytes) -> AsyncIterator[int]:
    """Answers every connection with the same bytes, or never."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with AsyncExitStack() as closing:
            closing.callback(writer.close)
            await reader.readuntil(b"\r\n\r\n")
            if answer:
                writer.write(answer)
            else:
                await over.wait()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield int(listening.sockets[0].getsockname()[1])
        over.set()
