"""The guide, from the empty product to the call's page, in a browser, on a real Asterisk, with a real telephone."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import pytest
from asisso.agents.stt.moonshine import Moonshine
from asisso.audio.frame import Pcm
from asisso.audio.resample import resample_clip
from asisso.audio.wav import read_wav
from bench.product import Product
from pbxlab import sounds
from pbxlab.asterisk import Asterisk
from pbxlab.ports import Ports
from pbxlab.provision import AsteriskRoot
from pbxlab.telephone.telephone import Telephone
from playwright.async_api import Page, expect

import pages

pytestmark = pytest.mark.pbx

GREETING = "Hello, this is the reception of Acme. How can I help you?"
FAREWELL = "Thank you for calling. Goodbye."
NOT_UNDERSTOOD = "Sorry, I did not catch that. How can I help you?"
LIKENESS = 0.7


async def test_a_telephone_reaches_an_agent_set_up_through_the_forms(
    page: Page, new_product: Product, asterisk_root: AsteriskRoot, tmp_path: Path
) -> None:
    url = new_product.url
    await pages.set_up(page, url, email="admin@example.com", password="correct horse battery")
    ports = Ports.reserve()
    try:
        await pages.create_workflow(page, url, name="Reception", greeting=GREETING, farewell=FAREWELL)
        await pages.add_configuration(
            page,
            url,
            {
                "Name": "Office",
                "ARI Endpoint URL": f"http://127.0.0.1:{ports.http}",
                "Stasis App Name": "asisso",
                "App Password": "your_secure_password",
                "WebSocket Client Name": "asisso",
                "From Extensions": "PJSIP/6001",
            },
        )
        await pages.add_phone_number(page, "8000", "Reception")
        await page.reload()
        files = await pages.generated_files(page)
        assert "your_secure_password" not in str(files), "the page shows a password it must not know"
        async with Asterisk(asterisk_root, ports=ports, files=files) as asterisk:
            await page.get_by_role("button", name="Reconnect").click()
            await expect(page.get_by_text("Connected", exact=True)).to_be_visible(timeout=20_000)
            heard = await call_and_say_goodbye(asterisk, tmp_path / "heard.wav")
            await asterisk.ari.empty()
    finally:
        ports.release()

    listener = Moonshine.load()
    assert sounds_like(listener.recognize(heard), f"{GREETING} {NOT_UNDERSTOOD} {FAREWELL}")

    await page.goto(f"{url}/runs")
    await page.get_by_role("row").filter(has_text="8000").get_by_role("link").first.click()
    transcript = page.get_by_role("log", name="Transcript")
    await expect(transcript).to_contain_text(GREETING)
    await expect(transcript).to_contain_text(re.compile("hello,? world", re.IGNORECASE))
    await expect(transcript).to_contain_text(FAREWELL)

    caller, agent = await recorded_sides(page, url, tmp_path / "run.wav")
    assert sounds_like(listener.recognize(caller), "Hello world. Goodbye.")
    assert sounds_like(listener.recognize(agent), f"{GREETING} {NOT_UNDERSTOOD} {FAREWELL}")


async def call_and_say_goodbye(asterisk: Asterisk, path: Path) -> Pcm:
    """What the caller heard, at 16 kHz."""
    async with Telephone(asterisk.sip_address) as telephone:
        call = await telephone.dial("8000")
        await call.answered()
        await call.hears_audio()
        await call.hears_silence(700)
        call.play(sounds.prompt("hello-world").path)
        said = await call.played()
        await call.hears_audio(since=said)
        await call.hears_silence(900)
        call.play(sounds.prompt("vm-goodbye").path)
        await call.ended(timeout_s=15)
        call.save(path)
        return call.heard_pcm(16_000)


async def recorded_sides(page: Page, url: str, path: Path) -> tuple[Pcm, Pcm]:
    """The recording's two channels, at 16 kHz, fetched with the browser's session."""
    run_id = page.url.rpartition("/")[2]
    answer = await page.request.get(f"{url}/api/v1/runs/{run_id}/recording")
    assert answer.ok
    path.write_bytes(await answer.body())
    samples, rate = read_wav(path)
    caller, agent = (resample_clip(samples[:, side].copy(), rate, 16_000) for side in (0, 1))
    return caller, agent


def sounds_like(heard: str, expected: str) -> bool:
    """Whether recognised words are about the expected ones: recognition is no dictation."""
    one, other = (re.findall(r"[a-z']+", text.lower().replace("-", "")) for text in (heard, expected))
    likeness = difflib.SequenceMatcher(None, one, other).ratio()
    assert likeness > LIKENESS, f"heard {heard!r} instead of {expected!r} ({likeness:.2f})"
    return True
