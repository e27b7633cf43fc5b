"""A workflow from a sample to calls that run it, without a telephone."""

from __future__ import annotations

import pytest
from bench.product import ADMIN_EMAIL, Product
from playwright.async_api import Page, expect

import pages

TABS = ("Settings", "Conversation", "Try it", "Tests", "Versions")


@pytest.fixture
async def signed_in(page: Page, product: Product) -> Page:
    await pages.sign_in(page, product.url, email=ADMIN_EMAIL, password=product.admin_password)
    return page


async def create_from_sample(page: Page, url: str, name: str) -> None:
    """Make a workflow of the receptionist; ends on its page."""
    await page.goto(f"{url}/workflows/new")
    await page.get_by_label("Name", exact=True).fill(name)
    await page.get_by_label("Begin with").select_option(label="The sample Reception")
    await page.get_by_role("button", name="Save and publish").click()
    await expect(page.get_by_role("heading", name=name)).to_be_visible()


async def test_sample_is_tried_kept_as_a_test_changed_and_published(
    signed_in: Page, product: Product
) -> None:
    page = signed_in
    await create_from_sample(page, product.url, "Front desk")

    await page.get_by_role("tab", name="Try it").click()
    await page.get_by_role("button", name="Start the conversation").click()
    log = page.get_by_role("log", name="Conversation")
    await expect(log).to_contain_text("How can I help you?")
    # By keyboard alone: the field has the focus whenever it is the caller's turn.
    await expect(page.get_by_label("The caller says")).to_be_focused()
    await page.keyboard.type("when are you open")
    await page.keyboard.press("Enter")
    await expect(log).to_contain_text("nine to five")
    await expect(page.get_by_label("The caller says")).to_be_focused()
    await page.keyboard.type("I would like to talk to sales")
    await page.keyboard.press("Enter")
    await expect(log).to_contain_text("The call ends: transferred")
    await page.get_by_label("Name of the test").fill("Hours, then sales")
    await page.get_by_role("button", name="Keep as a test").click()

    await page.get_by_role("tab", name="Tests").click()
    await page.get_by_role("button", name="Run all").click()
    await expect(page.get_by_text("The test passes").first).to_be_visible()

    await page.get_by_role("tab", name="Conversation").click()
    await page.get_by_role("button", name="sales Transfer").click()
    await page.get_by_label("To", exact=True).fill("PJSIP/6009")
    await page.get_by_role("button", name="Publish", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("expected a transfer to PJSIP/6001")
    await expect(page.get_by_role("heading", name="Front desk")).to_be_visible()
    await page.get_by_role("button", name="Publish anyway").click()
    await expect(page.get_by_text("Version 2 published")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_part_of_the_page_is_accessible_and_fits_a_narrow_screen(
    signed_in: Page, product: Product, theme: str
) -> None:
    page = signed_in
    await page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    await create_from_sample(page, product.url, f"Front desk, {theme}")
    for tab in TABS:
        await page.get_by_role("tab", name=tab).click()
        await expect(page.get_by_role("tabpanel", name=tab)).to_be_visible()
        if tab == "Conversation":
            await page.get_by_role("button", name="message Conversation").click()
        assert await pages.accessibility_faults(page) == [], tab
        await page.set_viewport_size({"width": 360, "height": 740})
        assert not await pages.scrolls_sideways(page), tab
        await page.set_viewport_size({"width": 1280, "height": 900})
