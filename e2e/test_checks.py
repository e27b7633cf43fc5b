"""The connection doctor in the browser: what keeps calls from working, and how to mend it."""

from __future__ import annotations

import pytest
from bench.product import ADMIN_EMAIL, Product
from bench.stage import APP_PASSWORD, stage
from pbxlab.provision import AsteriskRoot
from playwright.async_api import Page, expect

import pages

pytestmark = pytest.mark.pbx


async def test_a_person_reads_the_cause_mends_it_and_sees_that_all_is_well(
    page: Page, product: Product, asterisk_root: AsteriskRoot
) -> None:
    def with_wrong_path(files: dict[str, str]) -> dict[str, str]:
        text = files["websocket_client.conf"].replace("/ws/ari", "/ws/elsewhere")
        return files | {"websocket_client.conf": text}

    await pages.sign_in(page, product.url, email=ADMIN_EMAIL, password=product.admin_password)
    async with stage(product, asterisk_root, files=with_wrong_path) as on:
        await on.becomes("connected")
        await page.goto(f"{product.url}{on.path}")
        checks = page.get_by_role("region", name="Checks")
        await expect(checks.get_by_text("Not checked yet")).to_be_visible()
        await checks.get_by_role("button", name="Run checks").click()
        to_mend = checks.get_by_role("list", name="What to mend")
        await expect(to_mend.get_by_role("heading", name="The uri has our path")).to_be_visible()
        for width in (1280, 360):
            await page.set_viewport_size({"width": width, "height": 900})
            assert await pages.accessibility_faults(page) == []
            assert not await pages.scrolls_sideways(page)

        lines = await to_mend.get_by_role(
            "region", name="In /etc/asterisk/websocket_client.conf"
        ).inner_text()
        (uri,) = [line for line in lines.splitlines() if line.startswith("uri = ")]
        wrong = on.asterisk.read("websocket_client.conf")
        on.asterisk.write({"websocket_client.conf": wrong.replace(wrong.splitlines()[3], uri)})
        command = await to_mend.get_by_role("region", name="Then run on the PBX").inner_text()
        await on.asterisk.cli(command.removeprefix('asterisk -rx "').removesuffix('"'))
        await checks.get_by_role("button", name="Run checks").click()
        await expect(checks.get_by_text("Everything is in order")).to_be_visible()


async def test_values_are_tried_before_they_are_saved(
    page: Page, product: Product, asterisk_root: AsteriskRoot
) -> None:
    await pages.sign_in(page, product.url, email=ADMIN_EMAIL, password=product.admin_password)
    async with stage(product, asterisk_root) as on:
        await on.becomes("connected")
        await page.goto(f"{product.url}/telephony-configurations/new?provider=ari")
        for label, value in {
            "ARI Endpoint URL": on.asterisk.ari_url,
            "Stasis App Name": "asisso",
            "App Password": "not the password",
            "WebSocket Client Name": "asisso",
        }.items():
            await page.get_by_label(label, exact=True).fill(value)
        await page.get_by_role("button", name="Test connection").click()
        result = page.get_by_role("region", name="Result of the test")
        await expect(result.get_by_text("refused the user name or the password").first).to_be_visible()
        assert await pages.accessibility_faults(page) == []

        await page.get_by_label("App Password", exact=True).fill(APP_PASSWORD)
        await page.get_by_role("button", name="Test connection").click()
        await expect(result.get_by_text("Another program has the Stasis application").first).to_be_visible()
        assert len((await on.api.get("/telephony-configurations"))["items"]) == 1, "nothing was saved"
