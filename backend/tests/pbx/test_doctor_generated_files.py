"""The generated files, unchanged, on a real Asterisk: every check passes and a call is taken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath

import pytest

from asisso.asterisk.config import AUTHORITIES
from bench.product import Api, Product
from bench.stage import Stage, stage
from pbxlab.provision import AsteriskRoot
from pbxlab.telephone import Telephone
from tests.pbx.clinic import Clinic, first_problem, generated_files
from tests.pbx.gate import Gate, self_signed, server_context
from tests.pbx.stages import OpenStage, changed
from tests.pbx.test_doctor_verdicts import free_port

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

FREEPBX_FRAMES = {
    "ari.conf": "[general]\n\n[other]\ntype = user\npassword = other\n#include ari_additional_custom.conf\n",
    "http.conf": "#include http_additional.conf\n#include http_custom.conf\n",
    "http_additional.conf": "[general]\nenabled=no\nbindaddr=127.0.0.1\nbindport=1\nsessionlimit=100\n",
    "extensions.conf": "[from-internal]\ninclude => from-internal-custom\n#include extensions_custom.conf\n",
}
"""How FreePBX includes its `*_custom.conf`: behind sections of its own, which the custom files come after."""


async def passes_and_takes_a_call(on: Stage) -> bool:
    await on.becomes("connected")
    diagnosis = await (await Clinic.open(on)).diagnose()
    assert first_problem(diagnosis) is None, diagnosis["verdict"]
    async with Telephone(on.asterisk.sip_address) as telephone:
        call = await telephone.dial("8000")
        await call.hears_audio()
        await call.hang_up()
    await on.asterisk.ari.empty()
    return True


class TestPlain:
    async def test_files_for_asterisk(self, product: Product, open_stage: OpenStage) -> None:
        assert await passes_and_takes_a_call(await open_stage(product))

    async def test_pattern_in_the_place_of_numbers(self, product: Product, open_stage: OpenStage) -> None:
        on = await open_stage(product)
        answer = await on.api.get(f"{on.path}/asterisk-config", pattern="_8XXX")
        (dialplan,) = (f["content"] for f in answer["files"] if f["path"].endswith("extensions.conf"))
        assert "exten => 8000" not in dialplan
        on.asterisk.write({"extensions.conf": dialplan})
        await on.asterisk.restart()
        await on.api.post(f"{on.path}/reconnect")
        assert await passes_and_takes_a_call(on)

    async def test_fallback_is_taken_while_nobody_is_connected(
        self, product: Product, open_stage: OpenStage
    ) -> None:
        on = await open_stage(product)
        await on.becomes("connected")
        async with changed(on, is_enabled=False):
            await on.becomes("disabled")
            async with Telephone(on.asterisk.sip_address) as telephone:
                end = await (await telephone.dial("8000")).ended()
        assert end.code == 503, "Congestion() and not the 603 of a bare failure"

    async def test_codecs_of_the_from_extensions(self, product: Product, open_stage: OpenStage) -> None:
        on = await open_stage(product, settings={"from_extensions": ["6001", "PJSIP/6002"]})
        own = on.asterisk.read("pjsip.conf")
        on.asterisk.write({"pjsip.conf": f"{own}\n#include pjsip_asisso.conf\n"})
        await on.asterisk.restart()
        for endpoint, codecs in (("6001", "g722|slin16|ulaw|alaw"), ("6003", "ulaw|alaw|g722|slin16")):
            assert f"({codecs})" in await on.asterisk.cli(f"pjsip show endpoint {endpoint}")
        await on.api.post(f"{on.path}/reconnect")
        assert await passes_and_takes_a_call(on)


async def test_files_for_freepbx(product: Product, open_stage: OpenStage) -> None:
    on = await open_stage(product, settings={"from_extensions": ["6001"]})
    answer = await on.api.get(f"{on.path}/asterisk-config", system="freepbx")
    files = {PurePosixPath(f["path"]).name: f["content"] for f in answer["files"]}
    own = on.asterisk.read("pjsip.conf")
    frames = FREEPBX_FRAMES | {"pjsip.conf": f"{own}\n#include pjsip.endpoint_custom_post.conf\n"}
    on.asterisk.write(frames | files)
    await on.asterisk.restart()
    await on.api.post(f"{on.path}/reconnect")
    assert "(g722|slin16|ulaw|alaw)" in await on.asterisk.cli("pjsip show endpoint 6001")
    assert await passes_and_takes_a_call(on)
    diagnosis = await (await Clinic.open(on)).diagnose(contexts=["from-internal"])
    assert first_problem(diagnosis) is None, diagnosis["verdict"]


class _BehindTls(Product):
    """Browsers reach it by https only, so its administrator's key comes from an earlier start."""

    key = ""

    def api(self) -> Api:
        return Api(self.url, self.key)


@asynccontextmanager
async def product_behind_tls(folder: Path) -> AsyncIterator[_BehindTls]:
    """A product whose public address is https, by a proxy with a certificate of its own authority."""
    with Product(data_dir=folder) as first:
        key = first.api().http.headers["X-API-Key"]
    port = free_port()
    product = _BehindTls(data_dir=folder, settings={"PUBLIC_URL": f"https://127.0.0.1:{port}"})
    product.key = key
    certificate, private = self_signed()
    async with Gate(port, lambda: product.port, server_context(folder, certificate, private)):
        try:
            await asyncio.to_thread(product.start)
            yield product
        finally:
            await asyncio.to_thread(product.close)


async def test_files_for_media_by_tls(asterisk_root: AsteriskRoot, tmp_path: Path) -> None:
    async with product_behind_tls(tmp_path) as product, stage(product, asterisk_root) as on:
        files = await generated_files(on)
        text = files["websocket_client.conf"]
        assert "uri = wss://" in text
        assert "tls_enabled = yes" in text
        # Only the test's own authority knows this certificate, and it stands in no system's list.
        own = str(on.asterisk.config_path("authority.pem"))
        on.asterisk.write(
            {
                "authority.pem": (tmp_path / "certificate.pem").read_text(),
                "websocket_client.conf": text.replace(AUTHORITIES, own),
            }
        )
        await on.asterisk.restart()
        await on.api.post(f"{on.path}/reconnect")
        assert await passes_and_takes_a_call(on)
