"""Pages keep themselves up to date: a call comes and goes without being asked for, and a restart heals by itself."""

from __future__ import annotations

import pytest
from bench.product import ADMIN_EMAIL, Product
from bench.stage import stage
from pbxlab.provision import AsteriskRoot
from pbxlab.telephone.telephone import Telephone
from playwright.async_api import Page, expect

import pages

RESTART_TIMEOUT_MS = 60_000


@pytest.mark.pbx
async def test_a_call_appears_and_ends_without_a_request(
    page: Page, product: Product, asterisk_root: AsteriskRoot
) -> None:
    await pages.sign_in(page, product.url, email=ADMIN_EMAIL, password=product.admin_password)
    async with (
        stage(product, asterisk_root, name="Office") as on,
        Telephone(on.asterisk.sip_address) as telephone,
    ):
        await on.becomes("connected")
        async with page.expect_response(lambda answer: answer.url.endswith("/api/v1/events")):
            await page.goto(f"{product.url}/calls")
        await expect(page.get_by_text("No call is running")).to_be_visible()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        call = await telephone.dial("8000", caller_number="6001")
        row = page.get_by_role("row").filter(has_text="6001")
        await expect(row.get_by_text("Talking")).to_be_visible()
        await page.get_by_role("button", name="More for the call of 6001").click()
        await page.get_by_role("menuitem", name="Hold").click()
        await expect(row.get_by_text("On hold")).to_be_visible()
        asked.clear()
        await call.hang_up()
        await expect(page.get_by_text("No call is running")).to_be_visible()
        assert [url for url in asked if url.endswith("/calls") or "/calls?" in url] == []


async def test_a_restart_of_the_server_heals_by_itself(page: Page, product: Product) -> None:
    await pages.sign_in(page, product.url, email=ADMIN_EMAIL, password=product.admin_password)
    async with page.expect_response(lambda answer: answer.url.endswith("/api/v1/events")):
        await page.goto(f"{product.url}/calls")
    await expect(page.get_by_text("No call is running")).to_be_visible()
    product.kill()
    await expect(page.get_by_text("Reconnecting…", exact=True)).to_be_visible(timeout=20_000)
    await expect(page.get_by_role("status").filter(has_text="Reconnecting")).to_have_count(1)
    product.start()
    await expect(page.get_by_text("Reconnecting…", exact=True)).to_be_hidden(timeout=RESTART_TIMEOUT_MS)
    await expect(page.get_by_text("No call is running")).to_be_visible()
