"""The product is killed while a caller is giving values: the agent that comes back has them and goes on from there."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from bench.product import Product
from bench.stage import Stage, eventually, stage
from pbxlab.provision import AsteriskRoot
from pbxlab.telephone import Telephone
from tests.pbx.calls import Run, completed, ending, talk_with_agent, texts
from tests.pbx.stages import reported

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

FIRST, SECOND = {"order_number": "4711"}, {"order_number": "4711", "room": "9"}
DEFINITION: dict[str, Any] = {
    "nodes": [
        {"id": "hello", "type": "start", "data": {"say": "Welcome."}},
        {
            "id": "order",
            "type": "agent",
            "data": {
                "say": "Please key in the order.",
                "collect": [{"name": "order_number", "type": "digits", "required": True, "max_length": 4}],
            },
        },
        {
            "id": "place",
            "type": "agent",
            "data": {
                "say": "Thank you.",
                "collect": [{"name": "room", "type": "digits", "required": True, "max_length": 1}],
            },
        },
        {"id": "bye", "type": "end", "data": {"say": "Order {{order_number}} goes to room {{room}}."}},
    ],
    "edges": [
        {"id": "e1", "source": "hello", "target": "order", "data": {}},
        {"id": "e2", "source": "order", "target": "place", "data": {"when": "order_number"}},
        {"id": "e3", "source": "place", "target": "bye", "data": {"when": "room"}},
    ],
}


async def take_orders(on: Stage) -> None:
    """Have the stage's number lead to the workflow above."""
    await on.api.patch(f"/workflows/{on.workflow_id}", definition=DEFINITION)
    await on.api.post(f"/workflows/{on.workflow_id}/publish")


async def stands_at(on: Stage, run: Run, node_id: str, gathered: dict[str, Any]) -> Run:
    """Wait until the run says so; gives it."""
    seen: Run = await eventually(
        lambda: on.api.get(f"/runs/{run['id']}"),
        lambda now: (now["node_id"], now["gathered"]) == (node_id, gathered),
        f"{node_id} with {gathered}",
        10,
    )
    return seen


async def test_the_agent_that_comes_back_knows_what_was_given(
    request: pytest.FixtureRequest, asterisk_root: AsteriskRoot
) -> None:
    with Product() as product:
        async with stage(product, asterisk_root) as on:
            await on.becomes("connected")
            await take_orders(on)
            with reported(request, on):
                async with Telephone(on.asterisk.sip_address) as phone:
                    call, run = await talk_with_agent(on, phone)
                    await stands_at(on, run, "order", {})
                    call.send_digits("4711")
                    before = await stands_at(on, run, "place", FIRST)
                    assert before["state"] == "in_progress"

                    product.kill()
                    killed_at = time.time()
                    await asyncio.to_thread(product.start)
                    await call.hears_audio(since=killed_at + 0.5)
                    await call.hears_silence(600)
                    call.send_digits("9")

                    ended = await completed(on, run, 20)
                    timeline = await on.timeline(run["id"])

    assert ending(ended) == ("completed", "agent")
    assert (ended["node_id"], ended["gathered"]) == ("bye", SECOND)
    assert texts(ended, "agent")[-1].endswith("What is the room? Order four seven one one goes to room nine.")
    assert ended["usage"]["tts_characters"] > before["usage"]["tts_characters"] > 0
    # The start is passed through: nobody waits there.
    visited = [e["detail"]["node_id"] for e in timeline if e["kind"] == "node"]
    assert visited == ["order", "place", "bye"]
    assert [e["detail"]["name"] for e in timeline if e["kind"] == "value"] == ["order_number", "room"]
    assert "4711" not in str([e for e in timeline if e["kind"] in ("node", "value")])
