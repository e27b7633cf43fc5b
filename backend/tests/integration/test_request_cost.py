"""What requests cost beside a bare application's, in calls of functions: no clock, no noise, the same on any machine.

`make bench ARGS=data` measures the same in processor time and under load.
"""

from __future__ import annotations

import asyncio
import cProfile
import json
import pstats
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp, Message

from asisso.api.state import AppState
from bench import bare_api
from bench.api_requests import new_configuration, new_workflow, operations
from bench.load import Request
from bench.seeding import Owner, seed_runs
from tests.conftest import Client

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

MOST = 1.5
WARM_UP = 55
"""As many as a full page, so that both lists are equally long."""

TIMES = 10


class Asker:
    """Asks an application without a client whose own cost would count."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._key = key.encode()

    async def ask(self, request: Request) -> Any:
        body = b"" if request.body is None else json.dumps(request.body()).encode()
        answer: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            answer.append(message)

        await self._app(self._scope(request, body), receive, send)
        content = b"".join(message.get("body", b"") for message in answer[1:])
        assert answer[0]["status"] in (200, 201), content
        return json.loads(content)

    def _scope(self, request: Request, body: bytes) -> dict[str, Any]:
        headers = [(b"host", b"asisso.test"), (b"x-api-key", self._key)]
        if body:
            headers += [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
            ]
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 50000),
            "scheme": "http",
            "method": request.method,
            "root_path": "",
            "path": request.path,
            "raw_path": request.path.encode(),
            "query_string": b"",
            "headers": headers,
            "state": {},
        }

    async def calls(self, request: Request) -> float:
        """How many functions are called for one request."""
        for _ in range(WARM_UP):
            await self.ask(request)
        profile = cProfile.Profile()
        profile.enable()
        for _ in range(TIMES):
            await self.ask(request)
        profile.disable()
        return pstats.Stats(profile).total_calls / TIMES  # type: ignore[attr-defined, no-any-return]


class Sides:
    """Ours and the bare one on the same rows."""

    def __init__(self, app: FastAPI, state: AppState, key: str, configuration_id: str) -> None:
        self.ours = Asker(app, key)
        self.bare = Asker(bare_api.create_app(state.database), key)
        self.operations = [one[:3] for one in operations(configuration_id)]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def sides(admin: Client, app: FastAPI, state: AppState) -> Sides:
    key = (await admin.post("/api/v1/api-keys", json={"name": "bench", "role": "admin"})).json()["key"]
    configuration = (await admin.post("/api/v1/telephony-configurations", json=new_configuration())).json()
    workflow = (await admin.post("/api/v1/workflows", json=new_workflow())).json()
    organization_id = (await admin.get("/api/v1/auth/me")).json()["organization_id"]
    owner = Owner(organization_id, workflow["id"], workflow["id"], configuration["id"], configuration["id"])
    await asyncio.to_thread(seed_runs, state.settings.effective_database_url, owner, 1_000)
    return Sides(app, state, key, configuration["id"])


async def test_both_answer_alike(sides: Sides) -> None:
    for name, ours, bare in sides.operations:
        mine, theirs = await sides.ours.ask(ours), await sides.bare.ask(bare)
        assert mine.keys() == theirs.keys(), name
        if "items" in mine:
            assert len(mine["items"]) == len(theirs["items"]) > 0, name
            assert mine["items"][0].keys() == theirs["items"][0].keys(), name


async def test_request_costs_little_more_than_a_bare_one(sides: Sides) -> None:
    ratios = {
        name: await sides.ours.calls(ours) / await sides.bare.calls(bare)
        for name, ours, bare in sides.operations
    }
    assert {name: round(ratio, 2) for name, ratio in ratios.items() if ratio > MOST} == {}, ratios
