"""Calls without audio, for real: which line of websocket_client.conf is to blame, or what stands in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bench.product import Product
from bench.stage import Stage, stage
from pbxlab.provision import AsteriskRoot
from tests.pbx.clinic import Clinic
from tests.pbx.gate import Gate, Opens, self_signed, server_context
from tests.pbx.stages import changed
from tests.pbx.test_doctor_verdicts import free_port

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

CLIENT = "websocket_client.conf"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clinic(lab: Stage) -> Clinic:
    """The module's PBX, on the generated files alone."""
    clinic = await Clinic.open(lab)
    await clinic.restart()
    return clinic


class TestClient:
    @pytest.mark.parametrize(
        ("old", "new", "cause_id"),
        [
            ("[asisso]", "[voice]", "client_exists"),
            ("per_call_config", "persistent", "client_type"),
            ("tls_enabled = no", "tls_enabled = yes", "client_tls"),
            ("//127.0.0.1", "//127.0.0.9", "client_host"),
            ("/ws/ari", "/ws/twilio", "client_path"),
            ("username = asisso-", "username = other-", "client_credentials"),
            ("password = ", "password = x", "client_credentials"),
            ("connection_timeout = 1000", "connection_timeout = 30000", "client_timeouts"),
        ],
    )
    async def test_wrong_line_is_named_and_mended_as_told(
        self, clinic: Clinic, old: str, new: str, cause_id: str
    ) -> None:
        async with clinic.broken(websocket_client_conf=clinic.changed(CLIENT, old, new)):
            cause = await clinic.cause()
            assert cause["id"] == cause_id
            await clinic.follow(cause)
            assert await clinic.is_well()

    async def test_other_port_is_named_and_mended_as_told(self, clinic: Clinic) -> None:
        text = clinic.changed(CLIENT, f":{clinic.on.product.port}/", f":{free_port()}/")
        async with clinic.broken(websocket_client_conf=text):
            cause = await clinic.cause()
            assert cause["id"] == "client_port"
            assert str(clinic.on.product.port) in cause["detail"]
            await clinic.follow(cause)
            assert await clinic.is_well()

    async def test_tls_to_a_plain_address_is_named_and_mended_as_told(self, clinic: Clinic) -> None:
        text = clinic.changed(CLIENT, "ws://", "wss://").replace("tls_enabled = no", "tls_enabled = yes")
        async with clinic.broken(websocket_client_conf=text):
            cause = await clinic.cause()
            assert cause["id"] == "client_scheme"
            await clinic.follow(cause)
            assert await clinic.is_well()

    async def test_missing_credentials_matter_only_where_they_are_required(self, clinic: Clinic) -> None:
        lines = clinic.generated[CLIENT].splitlines()
        bare = "\n".join(line for line in lines if not line.startswith(("username", "password")))
        async with clinic.broken(websocket_client_conf=bare + "\n"):
            assert await clinic.is_well()
            async with changed(clinic.on, require_media_credentials=True):
                cause = await clinic.cause()
                assert cause["id"] == "client_credentials"
                await clinic.follow(cause)
                assert await clinic.is_well()

    async def test_name_that_asterisk_does_not_know(self, clinic: Clinic) -> None:
        async with changed(clinic.on, ws_client_name="elsewhere"):
            cause = await clinic.cause()
            assert cause["id"] == "client_exists"
            assert "[elsewhere]" in cause["detail"]


class Gated:
    """A product behind a gate, and a PBX that brings its audio there."""

    def __init__(self, gate: Gate, clinic: Clinic) -> None:
        self.gate, self.clinic = gate, clinic

    async def cause_while(self, opens: Opens) -> str:
        self.gate.opens = opens
        try:
            return str((await self.clinic.cause())["id"])
        finally:
            self.gate.opens = Opens.ALWAYS


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gated(asterisk_root: AsteriskRoot) -> AsyncIterator[Gated]:
    port = free_port()
    product = Product(settings={"PUBLIC_URL": f"http://127.0.0.1:{port}"})
    async with Gate(port, lambda: product.port) as gate:
        try:
            await asyncio.to_thread(product.start)
            async with stage(product, asterisk_root) as on:
                yield Gated(gate, await Clinic.open(on))
        finally:
            await asyncio.to_thread(product.close)


class TestBetween:
    async def test_proxy_that_passes_everything_is_no_fault(self, gated: Gated) -> None:
        assert await gated.clinic.is_well()

    async def test_other_name_of_the_same_address_is_no_fault(self, gated: Gated) -> None:
        clinic = gated.clinic
        async with clinic.broken(websocket_client_conf=clinic.changed(CLIENT, "//127.0.0.1", "//127.0.0.2")):
            assert await clinic.is_well()

    async def test_upgrade_that_is_never_answered_is_seen_without_asterisk(self, gated: Gated) -> None:
        assert await gated.cause_while(Opens.SILENTLY) == "media_upgrade"
        await gated.clinic.on.asterisk.ari.empty()
        assert await gated.clinic.is_well()

    async def test_proxy_whose_server_is_away(self, gated: Gated) -> None:
        assert await gated.cause_while(Opens.NEVER) == "media_server"

    async def test_firewall_that_stops_only_asterisk(self, gated: Gated) -> None:
        assert await gated.cause_while(Opens.NOT_FOR_ASTERISK) == "media_reached"
        await gated.clinic.on.asterisk.ari.empty()

    async def test_public_address_at_which_nobody_listens(self, gated: Gated) -> None:
        gated.gate.leave()
        try:
            assert (await gated.clinic.cause())["id"] == "media_server"
        finally:
            await gated.gate.listen()
        assert await gated.clinic.is_well()


class TestTls:
    async def test_unknown_authority_of_the_media_address(self, gated: Gated, tmp_path: Path) -> None:
        clinic, port = gated.clinic, free_port()
        text = clinic.changed(CLIENT, "ws://", "wss://").replace("tls_enabled = no", "tls_enabled = yes")
        text = text.replace(f":{gated.gate.port}/", f":{port}/")
        context = server_context(tmp_path, *self_signed())
        async with Gate(port, lambda: clinic.on.product.port, context):
            async with clinic.broken(websocket_client_conf=text):
                assert (await clinic.cause())["id"] == "media_certificate"
            trusting = f"{text}verify_server_cert = no\nverify_server_hostname = no\n"
            async with clinic.broken(websocket_client_conf=trusting):
                assert await clinic.is_well()
            plain = text.replace("wss://", "ws://").replace("tls_enabled = yes", "tls_enabled = no")
            async with clinic.broken(websocket_client_conf=plain):
                assert (await clinic.cause())["id"] == "client_port"

    async def test_asterisk_that_speaks_tls_with_an_unknown_authority(self, clinic: Clinic) -> None:
        on, port = clinic.on, free_port()
        certificate, key = self_signed()
        tls = f"tlsenable = yes\ntlsbindaddr = 127.0.0.1:{port}\n" + "".join(
            f"{option} = {on.asterisk.config_path(name)}\n"
            for option, name in (("tlscertfile", "pbx.pem"), ("tlsprivatekey", "pbx.key"))
        )
        on.asterisk.write({"pbx.pem": certificate, "pbx.key": key})
        async with clinic.broken(http_conf=clinic.generated["http.conf"] + tls):
            async with changed(on, ari_endpoint=f"https://127.0.0.1:{port}"):
                assert (await clinic.cause())["id"] == "certificate_valid"
            async with changed(on, ari_endpoint=f"http://127.0.0.1:{port}"):
                cause = await clinic.cause()
                assert cause["id"] == "tls_expected"
                assert f"https://127.0.0.1:{port}" in cause["fix"]
