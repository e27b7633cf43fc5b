"""Sockets at the media route's door, spoken to in plain ASGI."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from asisso.api import media
from asisso.api.media import MAX_STRANGERS, MediaRoute
from asisso.calls.credentials import MediaCredential, MediaCredentials
from asisso.calls.directory import SECRET_VARIABLE, Directory

pytestmark = pytest.mark.unit


class Peer:
    """One connecting socket: what it sends, and what it was answered."""

    def __init__(
        self, route: MediaRoute, parts: object, *, headers: list[tuple[bytes, bytes]] | None = None
    ) -> None:
        self.answers: list[dict[str, Any]] = []
        self._outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._answered = asyncio.Event()
        scope = {
            "type": "websocket",
            "app": SimpleNamespace(state=SimpleNamespace(parts=parts)),
            "headers": headers or [],
            "subprotocols": ["media"],
        }
        self.sends({"type": "websocket.connect"})
        self.task = asyncio.create_task(route(scope, self._outbox.get, self._take))  # type: ignore[arg-type]

    def sends(self, message: dict[str, Any]) -> None:
        self._outbox.put_nowait(message)

    def says(self, text: str) -> None:
        self.sends({"type": "websocket.receive", "text": text})

    async def _take(self, message: Any) -> None:
        self.answers.append(message)
        self._answered.set()

    async def is_answered(self) -> dict[str, Any]:
        await asyncio.wait_for(self._answered.wait(), 5)
        return self.answers[-1]

    async def ends(self) -> dict[str, Any]:
        await asyncio.wait_for(self.task, 5)
        return self.answers[-1]


@pytest.fixture
def parts() -> SimpleNamespace:
    return SimpleNamespace(directory=Directory(), media_credentials=MediaCredentials())


def start(channel_id: str, secret: str) -> str:
    variables = {SECRET_VARIABLE: secret}
    return json.dumps(
        {
            "event": "MEDIA_START",
            "channel_id": channel_id,
            "optimal_frame_size": 640,
            "channel_variables": variables,
        }
    )


async def test_asterisks_subprotocol_is_accepted(parts: SimpleNamespace) -> None:
    peer = Peer(MediaRoute(), parts)
    assert await peer.is_answered() == {"type": "websocket.accept", "subprotocol": "media"}
    peer.sends({"type": "websocket.disconnect", "code": 1005})
    await peer.ends()


async def test_a_socket_that_says_nothing_is_closed(
    parts: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "INTRODUCTION_TIMEOUT_S", 0.01)
    assert (await Peer(MediaRoute(), parts).ends())["code"] == 4401


@pytest.mark.parametrize(
    ("text", "code"),
    [("garbage", 4400), ('{"event":"MEDIA_XON"}', 4400), (start("am-unknown", "x"), 4404)],
)
async def test_a_socket_that_belongs_to_no_call_is_closed_with_its_reason(
    parts: SimpleNamespace, text: str, code: int
) -> None:
    peer = Peer(MediaRoute(), parts)
    peer.says(text)
    closed = await peer.ends()
    assert (closed["type"], closed["code"]) == ("websocket.close", code)


async def test_wrong_credentials_never_become_a_websocket(parts: SimpleNamespace) -> None:
    parts.media_credentials.replace({"u": MediaCredential.of("right", is_required=False)})
    peer = Peer(MediaRoute(), parts, headers=[(b"authorization", b"Basic dTp3cm9uZw==")])
    await peer.ends()
    assert peer.answers[0]["status"] == 401


async def test_a_crowd_of_strangers_is_turned_away_at_the_door(parts: SimpleNamespace) -> None:
    route = MediaRoute()
    crowd = [Peer(route, parts) for _ in range(MAX_STRANGERS)]
    for peer in crowd:
        await peer.is_answered()
    late = Peer(route, parts)
    await late.ends()
    assert late.answers[0]["status"] == 503

    crowd[0].sends({"type": "websocket.disconnect", "code": 1005})
    await crowd[0].ends()
    assert (await Peer(route, parts).is_answered())["type"] == "websocket.accept"
    for peer in crowd:
        peer.task.cancel()
