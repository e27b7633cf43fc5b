"""People invite each other, and the pages load nothing but what this server serves."""

from __future__ import annotations

from bench.product import ADMIN_EMAIL, Product
from playwright.async_api import Browser, ConsoleMessage, Page, expect

import pages

PASSWORD = "correct horse battery"
EVERY_PAGE = (
    "/login",
    "/invitation",
    "/telephony-configurations",
    "/workflows",
    "/calls",
    "/runs",
    "/settings",
)


async def test_an_invited_viewer_joins_by_the_link_and_may_only_look(
    page: Page, browser: Browser, product: Product
) -> None:
    await pages.sign_in(page, product.url, email=ADMIN_EMAIL, password=product.admin_password)
    await page.goto(f"{product.url}/settings")
    form = page.get_by_role("form", name="Invite a person")
    await form.get_by_label("Email of the new member").fill("anna@example.com")
    await form.get_by_label("Role of the new member").select_option("viewer")
    await form.get_by_role("button", name="Invite").click()
    link = await page.get_by_text("/invitation#").inner_text()

    context = await browser.new_context()
    guest = await context.new_page()
    await guest.goto(link)
    await guest.get_by_label("Choose a password").fill(PASSWORD)
    await guest.get_by_role("button", name="Join").click()
    await expect(guest.get_by_text("Only administrators connect PBXs.").first).to_be_visible()
    await guest.goto(f"{product.url}/settings")
    await expect(guest.get_by_text("are for administrators")).to_be_visible()
    await expect(guest.get_by_label("Organization name")).to_be_disabled()

    await page.reload()
    member = page.get_by_role("table", name="Members").get_by_role("row").filter(has_text="anna@example.com")
    await expect(member.get_by_text("Active")).to_be_visible()
    log = page.get_by_role("table", name="Audit log")
    await expect(log.get_by_text("user anna@example.com").first).to_be_visible()

    await member.get_by_role("button", name="Remove anna@example.com").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    await expect(member).to_have_count(0)
    await guest.goto(f"{product.url}/runs")
    await expect(guest.get_by_role("button", name="Sign in")).to_be_visible()
    await context.close()


async def test_an_invitation_page_without_a_link_says_so(page: Page, product: Product) -> None:
    await page.goto(f"{product.url}/invitation")
    await expect(page.get_by_role("alert")).to_contain_text("Ask whoever invited you")
    assert await pages.accessibility_faults(page) == []


async def test_no_page_breaks_its_content_security_policy_or_loads_from_elsewhere(
    page: Page, product: Product
) -> None:
    complaints: list[str] = []
    elsewhere: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            complaints.append(message.text)

    page.on("console", listen)
    page.on("request", lambda asked: elsewhere.append(asked.url) if _is_foreign(asked.url, product) else None)
    await page.goto(f"{product.url}/docs")
    await expect(
        page.get_by_text("listTelephonyConfigurations").or_(page.get_by_text("/api/v1/runs")).first
    ).to_be_visible()
    await pages.sign_in(page, product.url, email=ADMIN_EMAIL, password=product.admin_password)
    for path in EVERY_PAGE:
        await page.goto(f"{product.url}{path}")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert complaints == []
    assert elsewhere == []


def _is_foreign(url: str, product: Product) -> bool:
    return not url.startswith((product.url, "data:", "blob:"))
