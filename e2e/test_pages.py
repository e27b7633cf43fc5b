"""Every page, as different people see it: light and dark, wide and narrow, by screen reader."""

from __future__ import annotations

import pytest
from bench.product import ADMIN_EMAIL, Product
from playwright.async_api import Page, expect

import pages

PATHS = (
    "/telephony-configurations",
    "/telephony-configurations/new",
    "/workflows",
    "/workflows/new",
    "/calls",
    "/runs",
    "/settings",
)


@pytest.fixture
async def signed_in(page: Page, product: Product) -> Page:
    await pages.sign_in(page, product.url, email=ADMIN_EMAIL, password=product.admin_password)
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_pages_have_no_serious_accessibility_fault(
    signed_in: Page, product: Product, theme: str
) -> None:
    await signed_in.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    for path in PATHS:
        await signed_in.goto(f"{product.url}{path}")
        await expect(signed_in.get_by_role("heading", level=1)).to_be_visible()
        assert await pages.accessibility_faults(signed_in) == [], f"{path} in {theme}"


async def test_pages_fit_a_narrow_screen(signed_in: Page, product: Product) -> None:
    await signed_in.set_viewport_size({"width": 360, "height": 740})
    for path in PATHS:
        await signed_in.goto(f"{product.url}{path}")
        await expect(signed_in.get_by_role("heading", level=1)).to_be_visible()
        assert not await pages.scrolls_sideways(signed_in), path


async def test_a_visitor_who_is_not_signed_in_is_asked_to_and_then_led_back(
    page: Page, product: Product
) -> None:
    await page.goto(f"{product.url}/runs")
    await page.get_by_label("Email").fill(ADMIN_EMAIL)
    await page.get_by_label("Password").fill(product.admin_password)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Runs")).to_be_visible()


async def test_a_wrong_password_is_told_in_words(page: Page, product: Product) -> None:
    await page.goto(f"{product.url}/login")
    await page.get_by_label("Email").fill(ADMIN_EMAIL)
    await page.get_by_label("Password").fill("not the password")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("password")


async def test_a_password_with_a_space_at_its_end_is_refused_at_its_field(
    signed_in: Page, product: Product
) -> None:
    await signed_in.goto(f"{product.url}/telephony-configurations/new?provider=ari")
    for label, value in {
        "Name": "Spaces",
        "ARI Endpoint URL": "http://127.0.0.1:8088",
        "Stasis App Name": "asisso",
        "App Password": "secret ",
        "WebSocket Client Name": "asisso",
    }.items():
        await signed_in.get_by_label(label, exact=True).fill(value)
    await signed_in.get_by_role("button", name="Save Configuration").click()
    await expect(signed_in.get_by_label("App Password")).to_have_attribute("aria-invalid", "true")
