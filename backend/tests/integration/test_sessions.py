"""Where people are signed in, how it ends, guesses of passwords, and keys that expire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from asisso.api.state import CALLS_PER_ASKER, CALLS_PER_ORGANIZATION, LOGIN_FAILURES_PER_ACCOUNT, AppState
from asisso.services.auth import SESSION_END, SESSION_LIFETIME
from tests.conftest import PASSWORD, Client, ClientWithRole
from tests.fakes.clock import ManualClock

pytestmark = pytest.mark.integration

LOGIN = {"email": "admin@acme.test", "password": PASSWORD}
SESSIONS = "/api/v1/sessions"
ME = "/api/v1/auth/me"


async def _sign_in(client: Client, user_agent: str = "Firefox") -> Client:
    answer = await client.post("/api/v1/auth/login", json=LOGIN, headers={"User-Agent": user_agent})
    assert answer.status_code == 200
    return client


class TestList:
    async def test_sessions_tell_where_and_when(
        self, admin: Client, new_client: Callable[[], Client], clock: ManualClock
    ) -> None:
        clock.advance(timedelta(hours=1))
        other = await _sign_in(new_client(), "Chromium on Linux")
        listed = (await other.get(SESSIONS)).json()["items"]
        assert [item["is_current"] for item in listed] == [True, False]
        assert listed[0]["user_agent"] == "Chromium on Linux"
        assert listed[0]["address"] == "127.0.0.1"
        assert listed[0]["signed_in_at"] > listed[1]["signed_in_at"]
        assert set(listed[0]) == {
            "id", "signed_in_at", "last_seen_at", "expires_at", "address", "user_agent", "is_current"
        }  # fmt: skip

    async def test_one_session_is_ended(self, admin: Client, new_client: Callable[[], Client]) -> None:
        other = await _sign_in(new_client())
        session_id = next(i["id"] for i in (await other.get(SESSIONS)).json()["items"] if i["is_current"])
        assert (await admin.delete(f"{SESSIONS}/{session_id}")).status_code == 204
        assert (await other.get(ME)).status_code == 401
        assert (await admin.get(ME)).status_code == 200

    async def test_all_others_are_ended(self, admin: Client, new_client: Callable[[], Client]) -> None:
        others = [await _sign_in(new_client()) for _ in range(3)]
        assert (await admin.delete(SESSIONS)).status_code == 204
        assert [(await other.get(ME)).status_code for other in others] == [401] * 3
        assert len((await admin.get(SESSIONS)).json()["items"]) == 1

    async def test_last_seen_follows_use(self, admin: Client, clock: ManualClock) -> None:
        before = (await admin.get(SESSIONS)).json()["items"][0]
        clock.advance(timedelta(hours=3))
        await admin.get(ME)
        after = (await admin.get(SESSIONS)).json()["items"][0]
        assert after["last_seen_at"] > before["last_seen_at"]
        assert after["expires_at"] > before["expires_at"]


class TestEnd:
    async def test_sign_in_replaces_the_session_the_browser_had(self, admin: Client) -> None:
        before = dict(admin.cookies)
        await _sign_in(admin)
        assert dict(admin.cookies) != before
        assert len((await admin.get(SESSIONS)).json()["items"]) == 1
        admin.cookies.clear()
        admin.cookies.update(before)
        assert (await admin.get(ME)).status_code == 401

    async def test_session_in_daily_use_ends_all_the_same(self, admin: Client, clock: ManualClock) -> None:
        lasted = timedelta()
        step = SESSION_LIFETIME - timedelta(days=1)
        while (await admin.get(ME)).status_code == 200:
            clock.advance(step)
            lasted += step
        assert SESSION_END <= lasted < SESSION_END + 2 * step

    async def test_cookie_is_secure_where_the_request_came_by_tls(self, admin: Client, app: FastAPI) -> None:
        """A trusted proxy's X-Forwarded-Proto is what makes the server see https here."""
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="https://asisso.test"
        ) as by_tls:
            answer = await by_tls.post("/api/v1/auth/login", json=LOGIN)
        assert "Secure" in answer.headers["set-cookie"]


class TestGuessing:
    async def test_parallel_guesses_get_no_further_than_a_queue(
        self, admin: Client, client: Client, state: AppState
    ) -> None:
        guess = LOGIN | {"password": "a wrong guess"}
        count = 3 * LOGIN_FAILURES_PER_ACCOUNT
        answers = await asyncio.gather(*(client.post("/api/v1/auth/login", json=guess) for _ in range(count)))
        statuses = [answer.status_code for answer in answers]
        assert statuses.count(401) == LOGIN_FAILURES_PER_ACCOUNT
        assert statuses.count(429) == count - LOGIN_FAILURES_PER_ACCOUNT

    async def test_unknown_account_is_answered_like_a_known_one(self, admin: Client, client: Client) -> None:
        known, unknown = [
            await client.post("/api/v1/auth/login", json={"email": email, "password": "a wrong guess"})
            for email in ("admin@acme.test", "nobody@acme.test")
        ]
        assert known.content == unknown.content
        varying = {"date", "x-request-id"}
        assert {k: v for k, v in known.headers.items() if k not in varying} == {
            k: v for k, v in unknown.headers.items() if k not in varying
        }

    async def test_one_address_cannot_try_many_accounts(self, admin: Client, client: Client) -> None:
        statuses = [
            (
                await client.post(
                    "/api/v1/auth/login", json={"email": f"u{n}@acme.test", "password": "guess"}
                )
            ).status_code
            for n in range(51)
        ]
        assert statuses == [401] * 50 + [429]

    async def test_people_who_sign_in_rightly_do_not_use_up_their_office(
        self, admin: Client, new_client: Callable[[], Client]
    ) -> None:
        for _ in range(60):
            await _sign_in(new_client())


CALL = {"workflow_id": "x", "to": "6001"}


class TestOriginate:
    async def test_one_asker_cannot_start_calls_without_end(
        self, with_role: ClientWithRole, clock: ManualClock
    ) -> None:
        program, other = await with_role("operator"), await with_role("operator")
        for _ in range(CALLS_PER_ASKER):
            assert (await program.post("/api/v1/calls", json=CALL)).status_code == 404
        answer = await program.post("/api/v1/calls", json=CALL)
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_calls_started")
        assert (await other.post("/api/v1/calls", json=CALL)).status_code == 404
        clock.advance(timedelta(seconds=int(answer.headers["Retry-After"])))
        assert (await program.post("/api/v1/calls", json=CALL)).status_code == 404

    async def test_organization_has_a_limit_of_its_own(
        self, state: AppState, admin: Client, stranger: Client
    ) -> None:
        organization_id = (await admin.get(ME)).json()["organization_id"]
        for _ in range(CALLS_PER_ORGANIZATION):
            state.organization_calls_throttle.attempt(organization_id)
        assert (await admin.post("/api/v1/calls", json=CALL)).status_code == 429
        assert (await stranger.post("/api/v1/calls", json=CALL)).status_code == 404


class TestExpiringKeys:
    async def test_key_stops_at_its_time(self, admin: Client, client: Client, clock: ManualClock) -> None:
        at = clock.now() + timedelta(days=30)
        body = {"name": "CRM", "role": "viewer", "expires_at": at.isoformat()}
        key = (await admin.post("/api/v1/api-keys", json=body)).json()["key"]
        headers = {"X-API-Key": key}
        assert (await client.get(ME, headers=headers)).status_code == 200
        clock.advance(timedelta(days=30))
        answer = await client.get(ME, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "api_key_expired")

    async def test_key_cannot_have_expired_already(self, admin: Client, clock: ManualClock) -> None:
        body = {"name": "CRM", "role": "viewer", "expires_at": clock.now().isoformat()}
        answer = await admin.post("/api/v1/api-keys", json=body)
        assert answer.json()["detail"][0]["loc"] == ["body", "expires_at"]
