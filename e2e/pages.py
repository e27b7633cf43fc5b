"""The web app as a person uses it: by labels, buttons and headings, never by markup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

AXE = Path(__file__).parents[1] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


async def set_up(page: Page, url: str, *, email: str, password: str) -> None:
    """Make the first administrator, from whatever page a visitor opens."""
    await page.goto(url)
    await page.get_by_label("Organization name").fill("Acme")
    await page.get_by_label("Email").fill(email)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Create administrator").click()
    await expect(page.get_by_role("button", name="Sign out")).to_be_visible()


async def sign_in(page: Page, url: str, *, email: str, password: str) -> None:
    await page.goto(f"{url}/login")
    await page.get_by_label("Email").fill(email)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("button", name="Sign out")).to_be_visible()


async def add_configuration(page: Page, url: str, fields: dict[str, str]) -> None:
    """The guide's steps 1 to 3: add an Asterisk ARI configuration and save it; ends on its page."""
    await page.goto(f"{url}/telephony-configurations")
    await page.get_by_role("button", name="Add configuration").first.click()
    await page.get_by_role("button", name="Asterisk ARI").click()
    for label, value in fields.items():
        await page.get_by_label(label, exact=True).fill(value)
    await page.get_by_role("button", name="Save Configuration").click()
    await expect(page.get_by_role("heading", name="Phone numbers")).to_be_visible()


async def create_workflow(page: Page, url: str, *, name: str, greeting: str, farewell: str) -> None:
    await page.goto(f"{url}/workflows")
    await page.get_by_role("button", name="Create workflow").first.click()
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Greeting").fill(greeting)
    await page.get_by_label("Farewell").fill(farewell)
    await page.get_by_role("button", name="Save and publish").click()
    await expect(page.get_by_role("heading", name=name)).to_be_visible()


async def add_phone_number(page: Page, address: str, workflow: str) -> None:
    form = page.get_by_role("form", name="Add a phone number")
    await form.get_by_label("Address").fill(address)
    await form.get_by_label("Inbound workflow").select_option(label=workflow)
    await form.get_by_role("button", name="Add phone number").click()
    await expect(page.get_by_role("row").filter(has_text=address)).to_be_visible()


async def generated_files(page: Page) -> dict[str, str]:
    """The files shown on a configuration's page, by name."""
    names = ("ari.conf", "http.conf", "websocket_client.conf", "extensions.conf")
    found = {}
    for name in names:
        await page.locator("summary").filter(has_text=name).click()
        region = page.get_by_role("region", name=f"Content of {name}")
        found[name] = await region.locator("pre").inner_text()
    return found


async def accessibility_faults(page: Page) -> list[str]:
    """What axe finds wrong, of serious and critical weight."""
    await page.evaluate(AXE.read_text())
    result: dict[str, Any] = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{v['id']}: {v['help']} ({v['nodes'][0]['html'][:120]})"
        for v in result["violations"]
        if v["impact"] in ("serious", "critical")
    ]


async def scrolls_sideways(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))
