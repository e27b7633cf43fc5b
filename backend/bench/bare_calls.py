"""Connects calls to the bare echo server: the least an ARI application can do, so that only media is compared."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from pbxlab.asterisk import Asterisk

APP = "bare"
CLIENT = "bare"
EXTENSION = "7000"


def files(generated: dict[str, str], port: int) -> dict[str, str]:
    """The product's generated files, and beside them an extension, a user and a media address for the baseline."""
    return {
        **generated,
        "ari.conf": generated["ari.conf"] + f"\n[{APP}]\ntype = user\nread_only = no\npassword = {APP}\n",
        "websocket_client.conf": generated["websocket_client.conf"]
        + f"\n[{CLIENT}]\ntype = websocket_client\nconnection_type = per_call_config\n"
        f"uri = ws://127.0.0.1:{port}/\nprotocols = media\ntls_enabled = no\n",
        "extensions.conf": generated["extensions.conf"] + f"exten => {EXTENSION},1,Stasis({APP})\n",
    }


@asynccontextmanager
async def answering(asterisk: Asterisk) -> AsyncIterator[None]:
    """Answer every call to `EXTENSION` with the echo server, one after the other."""
    user = base64.b64encode(f"{APP}:{APP}".encode()).decode()
    url = f"ws://127.0.0.1:{asterisk.http_port}/ari/events?app={APP}"
    async with connect(url, additional_headers={"Authorization": f"Basic {user}"}, proxy=None) as events:
        task = asyncio.create_task(_answer_all(asterisk, events))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _answer_all(asterisk: Asterisk, events: ClientConnection) -> None:
    waiting: dict[str, str] = {}
    connected: dict[str, tuple[str, str]] = {}
    async for message in events:
        event: dict[str, Any] = json.loads(message)
        channel_id = event.get("channel", {}).get("id", "")
        if event["type"] == "StasisStart" and channel_id in waiting:
            caller = waiting.pop(channel_id)
            connected[caller] = channel_id, await _connect(asterisk, caller=caller, media=channel_id)
        elif event["type"] == "StasisStart":
            media = f"bare-{secrets.token_hex(8)}"
            waiting[media] = channel_id
            body = {
                "channelId": media,
                "app": APP,
                "external_host": CLIENT,
                "transport": "websocket",
                "encapsulation": "none",
                "format": "slin16",
            }
            await asterisk.ari.request("POST", "/channels/externalMedia", json=body)
        elif event["type"] == "StasisEnd" and channel_id in connected:
            media, bridge_id = connected.pop(channel_id)
            await asterisk.ari.delete_channel(media)
            await asterisk.ari.delete_bridge(bridge_id)


async def _connect(asterisk: Asterisk, *, caller: str, media: str) -> str:
    bridge = await asterisk.ari.request("POST", "/bridges", params={"type": "mixing"})
    both = {"channel": f"{caller},{media}"}
    await asterisk.ari.request("POST", f"/bridges/{bridge['id']}/addChannel", params=both)
    await asterisk.ari.request("POST", f"/channels/{caller}/answer")
    return str(bridge["id"])
