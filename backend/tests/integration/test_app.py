"""The application as a whole: starting, its own description, headers, the web app, errors nobody planned."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlmodel import select

from asisso.api.body_limit import MAX_BODY_BYTES
from asisso.api.headers import SecurityHeaders
from asisso.api.state import AppState
from asisso.app import create_app, running_parts
from asisso.db.models import Role, TelephonyConfiguration, User
from asisso.errors import ConfigurationError
from asisso.logs import configure_logging
from asisso.security import Passwords
from asisso.settings import Settings
from tests.conftest import BASE_URL, Client
from tests.fakes.telephony import FakeTelephony
from tests.integration.examples import CONFIGURATION, CONFIGURATIONS, create_configuration

pytestmark = pytest.mark.integration


class TestStart:
    async def test_first_start_makes_everything_it_needs(self, tmp_path: Path, passwords: Passwords) -> None:
        settings = Settings(
            data_dir=tmp_path / "new", admin_email="Boss@Acme.test", admin_password=SecretStr("correct horse")
        )
        for _ in range(2):
            async with running_parts(settings, FakeTelephony().running, passwords=passwords) as state:
                users = await _users(state)
        assert [(user.email, user.role) for user in users] == [("boss@acme.test", Role.ADMIN)]
        assert settings.recordings_dir.is_dir()

    async def test_administrator_of_the_settings_is_not_made_beside_others(
        self, admin: Client, state: AppState, settings: Settings, passwords: Passwords
    ) -> None:
        administrator = {"admin_email": "b@acme.test", "admin_password": SecretStr("correct horse")}
        again = settings.model_copy(update=administrator)
        async with running_parts(again, FakeTelephony().running, passwords=passwords) as second:
            assert [user.email for user in await _users(second)] == ["admin@acme.test"]

    async def test_lifespan_hands_the_parts_to_requests(
        self, settings: Settings, passwords: Passwords
    ) -> None:
        app = create_app(settings, telephony=FakeTelephony().running, passwords=passwords)
        async with app.router.lifespan_context(app), _client(app) as client:
            assert (await client.get("/healthz")).json() == {"status": "ok"}

    async def test_secret_of_another_key_is_told_not_guessed(
        self, admin: Client, settings: Settings, passwords: Passwords
    ) -> None:
        made = await create_configuration(admin)
        other = settings.model_copy(update={"secret_key": SecretStr("o" * 32)})
        async with running_parts(other, FakeTelephony().running, passwords=passwords) as state:
            with pytest.raises(ConfigurationError, match="ASISSO_SECRET_KEY"):
                state.secrets.open(await _sealed(state, made["id"]), table="t", column="c", row_id="r")


class TestHealth:
    async def test_server_is_ready_when_nothing_speaks_against_it(self, client: Client) -> None:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, {"status": "ready", "reasons": []})

    async def test_server_that_is_not_ready_says_why(self, client: Client, telephony: FakeTelephony) -> None:
        telephony.reasons.append("The speech models are still loading.")
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["reasons"] == ["The speech models are still loading."]


class TestDescription:
    def test_operations_are_named_once_and_in_camel_case(self, routes: FastAPI) -> None:
        described = routes.openapi()
        names = [
            operation["operationId"] for path in described["paths"].values() for operation in path.values()
        ]
        assert len(names) == len(set(names))
        assert all(name.isidentifier() and "_" not in name for name in names)
        assert {"listPhoneNumbers", "createTelephonyConfiguration", "hangUpCall"} <= set(names)

    def test_answers_have_no_optional_fields(self, routes: FastAPI) -> None:
        schemas = routes.openapi()["components"]["schemas"]
        answers = [name for name in schemas if name.endswith(("Out", "Detail", "Out_"))]
        assert len(answers) > 10
        for name in answers:
            assert set(schemas[name]["required"]) == schemas[name]["properties"].keys(), name

    def test_errors_have_our_form_everywhere(self, routes: FastAPI) -> None:
        assert "HTTPValidationError" not in json.dumps(routes.openapi())

    def test_committed_description_is_the_current_one(self, routes: FastAPI) -> None:
        committed = Path(__file__).parents[3] / "frontend" / "openapi.json"
        assert json.loads(committed.read_text()) == routes.openapi()


class TestErrors:
    async def test_unknown_address_is_answered_in_the_common_form(self, client: Client) -> None:
        answer = await client.get("/api/v1/nothing")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    async def test_wrong_method_is_answered_in_the_common_form(self, admin: Client) -> None:
        answer = await admin.put("/api/v1/runs", json={})
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")

    async def test_body_that_is_no_json_is_bad_input(self, admin: Client) -> None:
        headers = {"Content-Type": "application/json"}
        answer = await admin.post("/api/v1/workflows", content=b"{", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")

    async def test_bug_answers_without_telling_its_inside(
        self, admin: Client, app: FastAPI, telephony: FakeTelephony, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = await create_configuration(admin)

        def break_down(_configuration_id: str) -> None:
            raise RuntimeError("inner detail")

        monkeypatch.setattr(telephony, "reconnect", break_down)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with Client(transport=transport, base_url=BASE_URL, cookies=admin.cookies) as client:
            answer = await client.post(f"{CONFIGURATIONS}/{made['id']}/reconnect")
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
        assert "inner detail" not in answer.text


class TestHeaders:
    async def test_answers_carry_security_headers(self, client: Client) -> None:
        headers = (await client.get("/api/v1/auth/setup")).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "media-src 'self' blob:" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"].split("style-src")[0]

    async def test_reference_page_loads_everything_from_here(self, client: Client) -> None:
        page = await client.get("/docs")
        assert page.status_code == 200
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert len(loaded) == 4
        for path in loaded:
            assert path.startswith("/")
            if path != "/favicon.svg":
                answer = await client.get(path)
                assert answer.status_code == 200, path
                assert "://" not in answer.headers["content-security-policy"]
        assert "<script>" not in page.text

    async def test_browsers_that_came_by_tls_are_told_to_stay_with_it(self, app: FastAPI) -> None:
        by_tls = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://asisso.test")
        async with by_tls, _client(app) as plain:
            assert "strict-transport-security" in (await by_tls.get("/healthz")).headers
            assert "strict-transport-security" not in (await plain.get("/healthz")).headers

    async def test_websockets_pass_untouched(self) -> None:
        seen: list[object] = []

        async def inner(scope: object, receive: object, send: object) -> None:
            seen.extend((scope, receive, send))

        given = ({"type": "websocket", "path": "/"}, object(), object())
        await SecurityHeaders(inner)(*given)  # type: ignore[arg-type]
        assert [id(item) for item in seen] == [id(item) for item in given]

    async def test_cookie_demands_https_where_it_is_used(
        self, settings: Settings, passwords: Passwords
    ) -> None:
        public = settings.model_copy(update={"public_url": "https://asisso.test"})
        app = create_app(public, telephony=FakeTelephony().running, passwords=passwords)
        async with app.router.lifespan_context(app), _client(app) as client:
            body = {"email": "a@b.c", "password": "correct horse", "organization_name": "A"}
            answer = await client.post("/api/v1/auth/setup", json=body)
        assert "Secure" in answer.headers["set-cookie"]


class TestBodyLimit:
    async def test_announced_size_is_refused_before_anything_is_read(self, client: Client) -> None:
        headers = {"Content-Length": str(MAX_BODY_BYTES + 1), "Content-Type": "application/json"}

        async def never() -> AsyncIterator[bytes]:
            raise AssertionError("the body was read")
            yield b""

        answer = await client.post("/api/v1/auth/login", headers=headers, content=never())
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert "content-security-policy" in answer.headers

    async def test_unannounced_size_is_refused_where_it_becomes_too_large(self, client: Client) -> None:
        sent = 0

        async def chunks() -> AsyncIterator[bytes]:
            nonlocal sent
            for _ in range(1000):
                sent += 1
                yield b" " * 65536

        headers = {"Content-Type": "application/json"}
        answer = await client.post("/api/v1/auth/login", headers=headers, content=chunks())
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert sent == MAX_BODY_BYTES // 65536 + 1

    async def test_body_of_an_allowed_size_passes(self, client: Client) -> None:
        body = {"email": "a@b.c", "password": "x" * 200}
        answer = await client.post(
            "/api/v1/auth/login",
            content=json.dumps(body) + " " * (MAX_BODY_BYTES - 300),
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code == 401


class TestWebApp:
    @pytest.fixture
    async def browser(self, settings: Settings, tmp_path: Path) -> httpx.AsyncClient:
        (tmp_path / "assets").mkdir()
        (tmp_path / "index.html").write_text("<title>Asisso</title>")
        (tmp_path / "assets" / "app.js").write_text("1")
        app = create_app(settings, telephony=FakeTelephony().running, frontend_dir=tmp_path)
        return _client(app, headers={"Accept": "text/html", "Sec-Fetch-Mode": "navigate"})

    async def test_every_page_is_the_single_page_app(self, browser: httpx.AsyncClient) -> None:
        async with browser:
            for path in ("/", "/runs", "/telephony-configurations/abc"):
                answer = await browser.get(path)
                assert (answer.status_code, answer.text) == (200, "<title>Asisso</title>"), path
            assert (await browser.get("/assets/app.js")).text == "1"

    async def test_api_is_never_shadowed_by_it(self, browser: httpx.AsyncClient) -> None:
        async with browser:
            answer = await browser.get("/api/v1/nothing", headers={"Accept": "*/*", "Sec-Fetch-Mode": "cors"})
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_no_secret_reaches_the_log(admin: Client, capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = (root.handlers, root.level)
    configure_logging("json", level=logging.DEBUG)
    try:
        logging.getLogger("asisso").debug("everything is listened to")
        made = await create_configuration(admin)
        await admin.post(CONFIGURATIONS, json=CONFIGURATION)
        await admin.patch(f"{CONFIGURATIONS}/{made['id']}", json={"app_password": " a-secret-for-ari"})
        await admin.post("/api/v1/auth/login", json={"email": "x@y.z", "password": "a-secret-guess"})
    finally:
        root.handlers, root.level = before
    logged = capsys.readouterr().err
    assert "everything is listened to" in logged
    for secret in ("a-secret-for-ari", "a-secret-guess", *admin.cookies.values()):
        assert secret not in logged


def _client(app: FastAPI, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL, headers=headers)


async def _users(state: AppState) -> list[User]:
    async with state.database.read_session() as session:
        return list((await session.exec(select(User))).all())


async def _sealed(state: AppState, configuration_id: str) -> str:
    async with state.database.read_session() as session:
        row = await session.get(TelephonyConfiguration, configuration_id)
    assert row is not None
    return row.app_password_encrypted
