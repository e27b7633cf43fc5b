"""Set-up, sign-in, cookies, API keys, roles and cross-site requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from asisso.api.state import AppState
from asisso.services.auth import SESSION_LIFETIME
from tests.conftest import PASSWORD, Client, ClientWithRole
from tests.databases import everything_stored
from tests.fakes.clock import ManualClock

pytestmark = pytest.mark.integration

SETUP = {"email": "Admin@Acme.test", "password": PASSWORD, "organization_name": "Acme"}
LOGIN = {"email": "admin@acme.test", "password": PASSWORD}


class TestSetup:
    async def test_setup_makes_the_first_administrator_and_signs_them_in(self, client: Client) -> None:
        assert (await client.get("/api/v1/auth/setup")).json() == {"needed": True}
        answer = await client.post("/api/v1/auth/setup", json=SETUP)
        assert answer.status_code == 201
        assert answer.json()["user"]["email"] == "admin@acme.test"
        assert answer.json()["user"]["role"] == "admin"
        me = (await client.get("/api/v1/auth/me")).json()
        assert me["organization_name"] == "Acme"
        assert (await client.get("/api/v1/auth/setup")).json() == {"needed": False}

    async def test_setup_is_refused_once_there_is_a_user(self, admin: Client, client: Client) -> None:
        answer = await client.post("/api/v1/auth/setup", json=SETUP | {"email": "b@acme.test"})
        assert (answer.status_code, answer.json()["code"]) == (409, "setup_done")

    async def test_setup_lets_one_of_many_at_once_win(self, new_client: Callable[[], Client]) -> None:
        bodies = [SETUP | {"email": f"admin{number}@acme.test"} for number in range(5)]
        answers = await asyncio.gather(
            *(new_client().post("/api/v1/auth/setup", json=body) for body in bodies)
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]

    @pytest.mark.parametrize(
        ("field", "value"), [("password", "xyzzy"), ("email", "nobody"), ("organization_name", "  ")]
    )
    async def test_setup_names_a_bad_field(self, client: Client, field: str, value: str) -> None:
        answer = await client.post("/api/v1/auth/setup", json=SETUP | {field: value})
        assert answer.status_code == 422
        assert [fault["loc"] for fault in answer.json()["detail"]] == [["body", field]]
        assert "xyzzy" not in answer.text


class TestSession:
    async def test_login_gives_a_cookie_scripts_cannot_read(self, admin: Client, client: Client) -> None:
        answer = await client.post("/api/v1/auth/login", json=LOGIN)
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=lax" in cookie.lower()
        assert "Secure" not in cookie
        assert answer.json()["user"]["email"] == "admin@acme.test"

    async def test_login_ignores_the_case_of_the_address(self, admin: Client, client: Client) -> None:
        answer = await client.post("/api/v1/auth/login", json=LOGIN | {"email": " ADMIN@acme.TEST"})
        assert answer.status_code == 200

    @pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"email": "nobody@acme.test"}])
    async def test_login_does_not_tell_what_was_wrong(
        self, admin: Client, client: Client, wrong: dict[str, str]
    ) -> None:
        answer = await client.post("/api/v1/auth/login", json=LOGIN | wrong)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")

    async def test_login_slows_guessing_down_and_opens_again(
        self, admin: Client, client: Client, clock: ManualClock
    ) -> None:
        guess = LOGIN | {"password": "a wrong guess"}
        statuses = [(await client.post("/api/v1/auth/login", json=guess)).status_code for _ in range(11)]
        assert statuses == [401] * 10 + [429]
        answer = await client.post("/api/v1/auth/login", json=LOGIN)
        assert answer.status_code == 429
        clock.advance(timedelta(seconds=int(answer.headers["Retry-After"])))
        assert (await client.post("/api/v1/auth/login", json=LOGIN)).status_code == 200

    async def test_logout_ends_the_session_on_the_server(self, admin: Client) -> None:
        cookies = dict(admin.cookies)
        assert (await admin.post("/api/v1/auth/logout")).status_code == 204
        assert not admin.cookies
        admin.cookies.update(cookies)
        assert (await admin.get("/api/v1/auth/me")).status_code == 401

    async def test_session_expires_when_unused_and_lasts_when_used(
        self, admin: Client, clock: ManualClock
    ) -> None:
        for _ in range(3):
            clock.advance(SESSION_LIFETIME - timedelta(days=1))
            assert (await admin.get("/api/v1/auth/me")).status_code == 200
        clock.advance(SESSION_LIFETIME)
        answer = await admin.get("/api/v1/auth/me")
        assert (answer.status_code, answer.json()["code"]) == (401, "session_expired")

    async def test_request_without_credentials_is_refused(self, client: Client) -> None:
        answer = await client.get("/api/v1/runs")
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


class TestCrossSite:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
        ],
    )
    async def test_request_of_another_site_is_refused(self, admin: Client, headers: dict[str, str]) -> None:
        answer = await admin.patch("/api/v1/organization", json={"name": "Mine"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request")

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Sec-Fetch-Site": "same-origin", "Origin": "http://behind-a-proxy.test"},
            {"Origin": "http://asisso.test"},
        ],
    )
    async def test_request_of_our_own_pages_passes(self, admin: Client, headers: dict[str, str]) -> None:
        answer = await admin.patch("/api/v1/organization", json={"name": "Mine"}, headers=headers)
        assert answer.status_code == 200

    async def test_reading_is_left_to_the_browsers_own_rules(self, admin: Client) -> None:
        answer = await admin.get("/api/v1/organization", headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 200

    async def test_api_key_is_no_browser(self, with_role: ClientWithRole) -> None:
        program = await with_role("admin")
        headers = {"Origin": "https://elsewhere.example"}
        answer = await program.patch("/api/v1/organization", json={"name": "Mine"}, headers=headers)
        assert answer.status_code == 200


class TestApiKeys:
    async def test_key_is_shown_once_and_works(self, admin: Client, client: Client) -> None:
        made = await admin.post("/api/v1/api-keys", json={"name": "CRM", "role": "viewer"})
        assert made.status_code == 201
        key = made.json()["key"]
        listed = await admin.get("/api/v1/api-keys")
        assert listed.json()["items"][0]["id"] == made.json()["id"]
        assert listed.json()["items"][0]["last_used_at"] is None
        assert key not in listed.text
        me = (await client.get("/api/v1/auth/me", headers={"X-API-Key": key})).json()
        assert (me["user"], me["role"]) == (None, "viewer")
        used = (await admin.get("/api/v1/api-keys")).json()["items"][0]
        assert used["last_used_at"] is not None

    async def test_deleted_key_stops_working(self, admin: Client, client: Client) -> None:
        made = (await admin.post("/api/v1/api-keys", json={"name": "CRM", "role": "admin"})).json()
        assert (await admin.delete(f"/api/v1/api-keys/{made['id']}")).status_code == 204
        answer = await client.get("/api/v1/auth/me", headers={"X-API-Key": made["key"]})
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_api_key")

    async def test_key_of_another_organization_cannot_be_deleted(
        self, admin: Client, stranger: Client
    ) -> None:
        made = (await admin.post("/api/v1/api-keys", json={"name": "CRM", "role": "admin"})).json()
        assert (await stranger.delete(f"/api/v1/api-keys/{made['id']}")).status_code == 404
        assert (await stranger.get("/api/v1/api-keys")).json()["items"] == []

    async def test_database_holds_no_credential_in_clear(
        self, admin: Client, state: AppState, with_role: ClientWithRole
    ) -> None:
        program = await with_role("admin")
        stored = await everything_stored(state)
        for secret in (PASSWORD, program.headers["X-API-Key"], *admin.cookies.values()):
            assert secret.encode() not in stored


class TestRoles:
    READ = ("organization", "telephony-configurations", "workflows", "runs", "calls", "telephony-providers")

    async def test_viewer_reads_and_changes_nothing(self, with_role: ClientWithRole) -> None:
        viewer = await with_role("viewer")
        for resource in self.READ:
            assert (await viewer.get(f"/api/v1/{resource}")).status_code == 200
        for method, path in (
            ("POST", "workflows"),
            ("DELETE", "workflows/x"),
            ("POST", "telephony-configurations/x/phone-numbers"),
            ("POST", "calls/x/hangup"),
        ):
            answer = await viewer.request(method, f"/api/v1/{path}", json={})
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), path

    async def test_operator_does_not_administer(self, with_role: ClientWithRole) -> None:
        operator = await with_role("operator")
        assert (await operator.delete("/api/v1/workflows/x")).status_code == 404
        for method, path in (
            ("POST", "telephony-configurations"),
            ("PATCH", "telephony-configurations/x"),
            ("DELETE", "telephony-configurations/x"),
            ("GET", "telephony-configurations/x/asterisk-config"),
            ("PATCH", "organization"),
            ("GET", "api-keys"),
            ("POST", "api-keys"),
        ):
            answer = await operator.request(method, f"/api/v1/{path}", json={})
            assert answer.status_code == 403, path
