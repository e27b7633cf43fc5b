"""A whole working day, and then a search for every secret that was used in it, everywhere something is written."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from asisso.api.state import AppState
from asisso.logs import configure_logging
from asisso.services.telephony import ConnectionState
from tests.conftest import BASE_URL, PASSWORD, Client
from tests.databases import everything_stored
from tests.fakes.telephony import FakeTelephony, connection_status
from tests.integration.examples import CONFIGURATION, CONFIGURATIONS, DEFINITION, create_configuration
from tests.integration.test_access import operations
from tests.integration.world import World, bodies, build

pytestmark = pytest.mark.integration

SHOWN_ON_PURPOSE = {"getAsteriskConfig"}
"""Operations whose answer to an administrator holds secrets, because that is what they are for."""


@pytest.fixture
def debug_log(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Everything is logged, as JSON, to the standard error that `capsys` captures."""
    root = logging.getLogger()
    before = (root.handlers, root.level)
    configure_logging("json", level=logging.DEBUG)
    yield
    root.handlers, root.level = before


class Day:
    """What people did, which secrets they used, and what the server said."""

    def __init__(self, admin: Client, app: FastAPI, state: AppState) -> None:
        self.admin = admin
        self.secrets: dict[str, str] = {"the first password": PASSWORD}
        self.said: list[str] = []
        self._app = app
        self._state = state

    def use(self, what: str, secret: str) -> str:
        self.secrets[what] = secret
        return secret

    def hear(self, answer: httpx.Response) -> httpx.Response:
        self.said.append(f"{answer.request.method} {answer.request.url} -> {answer.text}")
        return answer

    async def configure(self) -> dict[str, Any]:
        made = await create_configuration(
            self.admin, name="Day", app_name="day", app_password=self.use("the ARI password", "ari-pass-1")
        )
        path = f"{CONFIGURATIONS}/{made['id']}"
        self.hear(await self.admin.get(path))
        changed = {"app_password": self.use("the new ARI password", "ari-pass-2")}
        self.hear(await self.admin.patch(path, json=changed))
        files = (await self.admin.get(f"{path}/asterisk-config")).json()["files"]
        client = next(file["content"] for file in files if file["path"].endswith("websocket_client.conf"))
        password = next(line for line in client.splitlines() if line.startswith("password"))
        self.use("the media password", password.partition("=")[2].strip())
        self.use("ARI's header", base64.b64encode(b"day:ari-pass-2").decode())
        return made

    async def write_a_workflow(self) -> None:
        llm = {"base_url": "https://llm.example.com/v1", "model": "small"}
        key = self.use("the model's key", "sk-models-key-1")
        body = {
            "name": "Day",
            "definition": DEFINITION,
            "agent": {"kind": "cascade", "llm": llm | {"api_key": key}},
        }
        made = self.hear(await self.admin.post("/api/v1/workflows", json=body)).json()
        assert made["agent"]["llm"] == llm | {"api_key_set": True}
        path = f"/api/v1/workflows/{made['id']}"
        other = llm | {"api_key": self.use("the model's new key", "sk-models-key-2")}
        second = other | {"api_key": self.use("the second model's key", "sk-second-model")}
        agent = {"kind": "cascade", "llm": other | {"fallback": second}}
        self.hear(await self.admin.patch(path, json={"agent": agent}))
        for wrong in (
            {"api_key": self.use("a badly typed key", "sk-models-key-3"), "hat": 1},
            {"api_key": ["sk-models-key-3"]},
            {"api_key": "sk-models-key-3" * 100},
            {"api_key_set": True, "base_url": "https://elsewhere.example.com"},
        ):
            bad = {"kind": "cascade", "llm": llm | wrong}
            refused = self.hear(await self.admin.patch(path, json={"agent": bad}))
            assert refused.status_code == 422, wrong
        self.hear(await self.admin.post(f"{path}/publish"))
        self.hear(await self.admin.post(f"{path}/talk", json={}))
        for end in ("", "/versions"):
            self.hear(await self.admin.get(path + end))
        self.hear(await self.admin.get("/api/v1/workflows"))

    async def invite_and_sign_in(self) -> None:
        guest = Client(transport=httpx.ASGITransport(self._app), base_url=BASE_URL)
        body = {"email": "anna@day.test", "role": "operator"}
        invited = (await self.admin.post("/api/v1/users", json=body)).json()
        token = self.use("the invitation", invited["invitation_url"].partition("#")[2])
        join = {"token": token, "password": self.use("Anna's password", "annas-password")}
        self.hear(await guest.post("/api/v1/auth/invitation/accept", json=join))
        self.hear(await guest.post("/api/v1/auth/invitation/accept", json=join))
        change = {
            "current_password": join["password"],
            "new_password": self.use("Anna's new password", "annas-new-password"),
        }
        self.use("Anna's first session", guest.cookies["asisso_session"])
        self.hear(await guest.post("/api/v1/auth/password", json=change))
        self.use("Anna's session", guest.cookies["asisso_session"])
        key = (await self.admin.post("/api/v1/api-keys", json={"name": "CRM", "role": "admin"})).json()["key"]
        self.hear(await guest.get("/api/v1/auth/me", headers={"X-API-Key": self.use("the API key", key)}))
        await guest.aclose()

    async def go_wrong(self, made: dict[str, Any]) -> None:
        guess = {"email": "admin@acme.test", "password": self.use("a guess", "a-guess-at-a-password")}
        self.hear(await self.admin.post("/api/v1/auth/login", json=guess))
        self.hear(await self.admin.post(CONFIGURATIONS, json=CONFIGURATION | {"app_password": "ari-pass-1"}))
        bad = {"app_password": f" {self.use('a badly typed password', 'ari-pass-3')}"}
        self.hear(await self.admin.patch(f"{CONFIGURATIONS}/{made['id']}", json=bad))
        wrong_type = {"email": ["x"], "password": {"p": "ari-pass-3"}}
        self.hear(await self.admin.post("/api/v1/auth/login", json=wrong_type))
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        async with Client(transport=transport, base_url=BASE_URL, cookies=self.admin.cookies) as client:
            self.hear(await client.post(f"{CONFIGURATIONS}/{made['id']}/reconnect"))

    async def read_everything(self, world: World, described: dict[str, Any]) -> None:
        for operation in operations(described):
            is_read = operation.method == "GET" and not operation.is_endless
            if is_read and operation.name not in SHOWN_ON_PURPOSE:
                self.hear(await operation.ask(self.admin, world.path(operation.path), None))

    async def written(self) -> str:
        """Everything in the database."""
        return (await everything_stored(self._state)).decode("latin-1")


async def test_no_secret_is_found_anywhere_after_a_full_day(
    admin: Client,
    app: FastAPI,
    state: AppState,
    telephony: FakeTelephony,
    debug_log: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    day = Day(admin, app, state)
    day.use("the administrator's session", admin.cookies["asisso_session"])
    day.use("the installation's key", "k" * 32)
    world = await build(admin, state, telephony)
    made = await day.configure()
    await day.write_a_workflow()
    await day.invite_and_sign_in()
    for configuration_id in (made["id"], world.ids["configuration_id"]):
        telephony.statuses[configuration_id] = connection_status(ConnectionState.CONNECTED)
    day.hear(await admin.post("/api/v1/calls", json=bodies(world)["startCall"]))
    assert telephony.placed
    day.hear(await admin.post(f"/api/v1/calls/{world.ids['run_id']}/hangup"))

    def break_down(_configuration_id: str) -> None:
        password = "ari-pass-2"
        raise RuntimeError(f"a bug {len(password)}")

    monkeypatch.setattr(telephony, "reconnect", break_down)
    await day.go_wrong(made)
    await day.read_everything(world, app.openapi())

    logged = capsys.readouterr()
    assert "a sign-in failed" in logged.err
    places = {
        "the log": logged.err + logged.out,
        "the database": await day.written(),
        "the API's description": str(app.openapi()),
        **{f"an answer, {said[:120]}": said for said in day.said},
    }
    assert "sign_in_failed" in places["the database"]
    assert len(places) > 40
    found = [
        f"{what} in {place}"
        for place, text in places.items()
        for what, secret in day.secrets.items()
        if secret in text
    ]
    assert found == []
