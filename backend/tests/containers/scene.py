"""What the tests of the composition do again and again: call, talk, read the run, wait for readiness."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from containerlab.composition import Composition, eventually
from pbxlab import sounds
from pbxlab.telephone.call import PhoneCall
from pbxlab.telephone.telephone import Telephone

RUN_TIMEOUT_S = 20.0
RECOVERY_TIMEOUT_S = 60.0
SPOKEN = "demo-nomatch"


def connection_state(admin: httpx.Client) -> str:
    (configuration,) = admin.get("/telephony-configurations").json()["items"]
    return str(configuration["status"]["state"])


def finished_run(admin: httpx.Client, caller: str = "6001") -> dict[str, Any]:
    def newest() -> dict[str, Any]:
        found: dict[str, Any] = admin.get("/runs", params={"from": caller, "limit": 1}).json()["items"][0]
        return found

    run = eventually(newest, lambda r: r["state"] == "completed", "the end of the run", RUN_TIMEOUT_S)
    whole: dict[str, Any] = admin.get(f"/runs/{run['id']}").json()
    return whole


async def answered_and_greeted(telephone: Telephone) -> PhoneCall:
    call = await telephone.dial("8000")
    await call.answered()
    await call.hears_audio()
    await call.hears_silence(900)
    return call


async def is_understood(call: PhoneCall) -> None:
    """The caller says something, and the agent says something back."""
    call.play(sounds.prompt(SPOKEN).path)
    said = await call.played()
    await call.hears_audio(since=said)
    await call.hears_silence(900)


def answered_write(admin: httpx.Client, name: str) -> str | None:
    """The name of what was made, when that was answered."""
    definition = {"nodes": [{"id": "start", "type": "start", "data": {"say": "Hello."}}], "edges": []}
    body = {"name": name, "definition": definition, "agent": {"kind": "embedded"}}
    try:
        answer = admin.post("/workflows", json=body)
    except httpx.TransportError:
        return None
    if answer.status_code == 201:
        return name
    assert answer.status_code == 503, answer.text
    return None


def workflow_names(admin: httpx.Client) -> set[str]:
    return {item["name"] for item in admin.get("/workflows", params={"limit": 200}).json()["items"]}


async def becomes_ready(composition: Composition) -> None:
    await asyncio.to_thread(
        eventually, composition.readiness, lambda seen: seen[0] == 200, "readiness", RECOVERY_TIMEOUT_S
    )


async def becomes_unready(composition: Composition) -> str:
    """Why it is not ready; empty when it does not even answer."""
    seen = await asyncio.to_thread(
        eventually, composition.readiness, lambda seen: seen[0] in (0, 503), "unreadiness", RECOVERY_TIMEOUT_S
    )
    return str(seen[1]) if seen[0] else ""
