"""Calls made and controlled from the web app, on a real Asterisk, with telephones that answer, ring and refuse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from bench.product import ADMIN_EMAIL, Product
from bench.stage import Stage, eventually, stage
from pbxlab.provision import AsteriskRoot
from pbxlab.telephone.behaviour import Answer, Reject, Ring
from pbxlab.telephone.telephone import Telephone
from playwright.async_api import Locator, Page, expect

import pages

pytestmark = pytest.mark.pbx

TRANSFER_TIMEOUT_S = 10.0


@dataclass
class Office:
    """A connected PBX; its telephone 6001 answers, 6002 rings, 6003 is busy."""

    on: Stage
    telephones: Telephone

    @property
    def workflow_url(self) -> str:
        return f"{self.on.product.url}/workflows/{self.on.workflow_id}"


@pytest.fixture
async def office(product: Product, asterisk_root: AsteriskRoot, page: Page) -> AsyncIterator[Office]:
    await pages.sign_in(page, product.url, email=ADMIN_EMAIL, password=product.admin_password)
    async with stage(product, asterisk_root, name="Office") as on:
        await on.becomes("connected")
        async with Telephone(on.asterisk.sip_address, port=on.asterisk.ports.telephone) as telephones:
            telephones.when_called(Answer(), number="6001")
            telephones.when_called(Ring(), number="6002")
            telephones.when_called(Reject(486), number="6003")
            yield Office(on, telephones)


async def call_from(page: Page, url: str, to: str) -> Locator:
    """Make a test call; gives its dialog."""
    await page.goto(url)
    await page.get_by_role("button", name="Test call").click()
    dialog = page.get_by_role("dialog", name="Test call")
    await dialog.get_by_label("Number or endpoint").fill(to)
    await dialog.get_by_role("button", name="Call now").click()
    return dialog


async def test_a_test_call_tells_how_it_goes_until_it_is_hung_up(page: Page, office: Office) -> None:
    dialog = await call_from(page, office.workflow_url, "6002")
    await expect(dialog.get_by_text("6002 is ringing.")).to_be_visible()
    assert await pages.accessibility_faults(page) == []
    await dialog.get_by_role("button", name="Hang up").click()
    await expect(dialog.get_by_text("Canceled")).to_be_visible()
    await dialog.get_by_role("button", name="Call again").click()
    await dialog.get_by_label("Number or endpoint").fill("6003")
    await dialog.get_by_role("button", name="Call now").click()
    await expect(dialog.get_by_text("The line was busy.")).to_be_visible()
    await dialog.get_by_role("link", name="Open the run").click()
    await expect(page.get_by_text("User busy (17), SIP 486 Busy Here")).to_be_visible()


async def test_a_live_call_takes_keys_and_is_transferred(page: Page, office: Office) -> None:
    dialog = await call_from(page, office.workflow_url, "PJSIP/6001")
    called = await office.telephones.next_call()
    await expect(dialog.get_by_text("The agent talks with PJSIP/6001.")).to_be_visible()
    await page.goto(f"{office.on.product.url}/calls")

    more = page.get_by_role("button", name="More for the call of PJSIP/6001")
    await more.click()
    await page.get_by_role("menuitem", name="Send keys").click()
    keypad = page.get_by_role("dialog", name="Send keys to PJSIP/6001")
    await keypad.get_by_role("button", name="7", exact=True).click()
    await page.keyboard.type("4#")
    await called.hears_digits("74#")
    await page.keyboard.press("Escape")
    await expect(more).to_be_focused()

    await more.click()
    await page.get_by_role("menuitem", name="Transfer").click()
    await page.get_by_role("dialog").get_by_label("To", exact=True).fill("6001")
    await page.get_by_role("button", name="Transfer", exact=True).click()
    target = await office.telephones.next_call()
    await eventually(lambda: has_been_transferred(office.on), bool, "the transfer", TRANSFER_TIMEOUT_S)
    await target.hang_up()
    (run,) = await office.on.finished_runs(1)
    assert (run["outcome"], run["ended_by"]) == ("transferred", "target")


async def has_been_transferred(on: Stage) -> bool:
    (run,) = await on.runs()
    return any(event["kind"] == "transferred" for event in await on.timeline(run["id"]))
