"""`make pictures`: what the documentation shows, taken from the running product after a real call."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from bench.product import ADMIN_EMAIL, Product
from bench.stage import Stage, stage
from pbxlab import sounds
from pbxlab.provision import provision
from pbxlab.telephone.telephone import Telephone
from playwright.async_api import Browser, async_playwright, expect

import pages
from conftest import ARGUMENTS, BROWSERS

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SIZE = {"width": 1180, "height": 900}


async def main(product: Product) -> None:
    """One call with two questions, and the pages that show it."""
    chromium = next(filter(None, map(shutil.which, BROWSERS)))
    async with stage(product, provision(), name="Head office") as on:
        await on.becomes("connected")
        await on.api.patch(on.path, name="Head office")
        await on.api.patch(f"/workflows/{on.workflow_id}", name="Reception")
        await a_talk(on)
        (run,) = await on.finished_runs(1)
        await on.api.post(f"{on.path}/diagnostics")
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            await picture(browser, product, f"/runs/{run['id']}", "run.png")
            await picture(browser, product, on.path, "configuration.png")
            await browser.close()


async def a_talk(on: Stage) -> None:
    """A caller asks twice and says goodbye."""
    async with Telephone(on.asterisk.sip_address) as telephone:
        call = await telephone.dial("8000", caller_number="6001")
        await call.hears_audio()
        await call.hears_silence(800)
        for name in ("demo-nomatch", "hello-world"):
            call.play(sounds.prompt(name).path)
            await call.hears_audio(since=await call.played())
            await call.hears_silence(1_000)
        call.play(sounds.prompt("vm-goodbye").path)
        await call.ended(timeout_s=20)


async def picture(browser: Browser, product: Product, path: str, name: str) -> None:
    """Photograph a page at twice its size, so that it is sharp on every screen."""
    context = await browser.new_context(viewport=SIZE, device_scale_factor=2, color_scheme="light")
    page = await context.new_page()
    await pages.sign_in(page, product.url, email=ADMIN_EMAIL, password=product.admin_password)
    await page.goto(f"{product.url}{path}")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await page.wait_for_load_state("networkidle")
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / name)
    await context.close()


if __name__ == "__main__":
    with Product() as product:
        asyncio.run(main(product))
