"""A browser, a server and telephones in one event loop, so that a test can use all of them at once."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from bench.product import Product
from playwright.async_api import Browser, Page, async_playwright

FRONTEND = Path(__file__).parents[1] / "frontend"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path; without one the tests are skipped, and with CI=true they fail."""
    found = os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        reason = "There is no Chromium; install the package chromium or set CHROMIUM_PATH."
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
def new_product() -> Iterator[Product]:
    """A server on an empty data folder that nobody has signed in to yet."""
    assert (FRONTEND / "dist" / "index.html").exists(), "the web app is not built: make test builds it"
    product = Product()
    try:
        product.start(has_administrator=False)
        yield product
    finally:
        product.close()


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """A server with an administrator, shared by the tests of a module."""
    with Product() as product:
        yield product


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page whose script errors fail the test."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    await context.close()
    assert not errors, f"the page raised: {errors}"
