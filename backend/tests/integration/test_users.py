"""People of an organization: invitations, roles, leaving, and the last administrator."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from asisso.api.state import AppState
from asisso.services.users import INVITATION_LIFETIME
from tests.conftest import BASE_URL, PASSWORD, Client
from tests.databases import everything_stored
from tests.fakes.clock import ManualClock

pytestmark = pytest.mark.integration

USERS = "/api/v1/users"
ACCEPT = "/api/v1/auth/invitation/accept"
ANNA = {"email": "Anna@Acme.test", "role": "operator"}


async def _invite(admin: Client, **fields: str) -> dict[str, Any]:
    answer = await admin.post(USERS, json=ANNA | fields)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def _token(invited: dict[str, Any]) -> str:
    return str(invited["invitation_url"].partition("#")[2])


async def _join(client: Client, invited: dict[str, Any], password: str = PASSWORD) -> dict[str, Any]:
    answer = await client.post(ACCEPT, json={"token": _token(invited), "password": password})
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["user"])


async def _can_sign_in(client: Client, email: str, password: str = PASSWORD) -> bool:
    answer = await client.post("/api/v1/auth/login", json={"email": email, "password": password})
    return answer.status_code == 200


class TestInvitation:
    async def test_link_tells_whom_it_is_for_and_lets_them_in_once(
        self, admin: Client, client: Client, new_client: Callable[[], Client]
    ) -> None:
        invited = await _invite(admin)
        assert invited["invitation_url"].startswith(f"{BASE_URL}/invitation#")
        assert (invited["email"], invited["state"]) == ("anna@acme.test", "invited")
        told = (await client.post("/api/v1/auth/invitation", json={"token": _token(invited)})).json()
        assert (told["email"], told["organization_name"], told["is_new"]) == ("anna@acme.test", "Acme", True)
        joined = await _join(client, invited)
        assert joined["role"] == "operator"
        assert (await client.get("/api/v1/auth/me")).json()["user"]["email"] == "anna@acme.test"
        for path in ("/api/v1/auth/invitation", ACCEPT):
            body = {"token": _token(invited)} | ({"password": PASSWORD} if path == ACCEPT else {})
            again = await new_client().post(path, json=body)
            assert (again.status_code, again.json()["code"]) == (404, "invitation_not_found")

    async def test_link_is_shown_to_the_inviter_only_this_once(self, admin: Client, state: AppState) -> None:
        invited = await _invite(admin)
        token = _token(invited)
        assert token not in (await admin.get(USERS)).text
        assert token not in (await admin.get("/api/v1/audit-log")).text
        assert token.encode() not in await everything_stored(state)

    async def test_link_expires(self, admin: Client, client: Client, clock: ManualClock) -> None:
        invited = await _invite(admin)
        clock.advance(INVITATION_LIFETIME)
        answer = await client.post(ACCEPT, json={"token": _token(invited), "password": PASSWORD})
        assert (answer.status_code, answer.json()["code"]) == (404, "invitation_not_found")

    async def test_one_of_two_who_use_a_link_at_once_gets_in(
        self, admin: Client, new_client: Callable[[], Client]
    ) -> None:
        invited = await _invite(admin)
        bodies = [{"token": _token(invited), "password": f"password number {n}"} for n in range(4)]
        answers = await asyncio.gather(*(new_client().post(ACCEPT, json=body) for body in bodies))
        assert sorted(answer.status_code for answer in answers) == [201, 404, 404, 404]

    async def test_new_link_replaces_the_old_one(self, admin: Client, client: Client) -> None:
        invited = await _invite(admin)
        renewed = (await admin.post(f"{USERS}/{invited['id']}/invitation")).json()
        answer = await client.post(ACCEPT, json={"token": _token(invited), "password": PASSWORD})
        assert answer.status_code == 404
        await _join(client, renewed)

    async def test_link_gives_a_forgetful_person_a_new_password(
        self, admin: Client, client: Client, new_client: Callable[[], Client]
    ) -> None:
        joined = await _join(client, await _invite(admin))
        renewed = (await admin.post(f"{USERS}/{joined['id']}/invitation")).json()
        assert renewed["state"] == "active"
        assert await _can_sign_in(new_client(), "anna@acme.test")
        await _join(new_client(), renewed, password="a new password")
        assert (await client.get("/api/v1/auth/me")).status_code == 401
        assert not await _can_sign_in(new_client(), "anna@acme.test")
        assert await _can_sign_in(new_client(), "anna@acme.test", "a new password")

    async def test_taken_back_invitation_is_void(self, admin: Client, client: Client) -> None:
        invited = await _invite(admin)
        assert (await admin.delete(f"{USERS}/{invited['id']}")).status_code == 204
        answer = await client.post(ACCEPT, json={"token": _token(invited), "password": PASSWORD})
        assert answer.status_code == 404

    async def test_member_cannot_be_invited_again(self, admin: Client) -> None:
        await _invite(admin)
        answer = await admin.post(USERS, json=ANNA)
        assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")

    async def test_invitation_does_not_tell_who_has_an_account_elsewhere(
        self, admin: Client, stranger: Client, client: Client
    ) -> None:
        """Only whoever holds the link learns that the address is taken."""
        invited = await _invite(admin, email="admin@other.test")
        answer = await client.post(ACCEPT, json={"token": _token(invited), "password": PASSWORD})
        assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")

    async def test_invited_person_cannot_sign_in_yet(self, admin: Client, client: Client) -> None:
        await _invite(admin)
        assert not await _can_sign_in(client, "anna@acme.test", "")
        assert not await _can_sign_in(client, "anna@acme.test")


class TestMembers:
    async def test_list_shows_states(self, admin: Client, client: Client) -> None:
        await _invite(admin, email="ben@acme.test")
        joined = await _join(client, await _invite(admin))
        await admin.patch(f"{USERS}/{joined['id']}", json={"is_enabled": False})
        listed = (await admin.get(USERS)).json()["items"]
        assert {item["email"]: item["state"] for item in listed} == {
            "admin@acme.test": "active",
            "anna@acme.test": "disabled",
            "ben@acme.test": "invited",
        }

    async def test_new_role_holds_from_the_next_request_on(self, admin: Client, client: Client) -> None:
        joined = await _join(client, await _invite(admin))
        assert (await client.get(USERS)).status_code == 403
        await admin.patch(f"{USERS}/{joined['id']}", json={"role": "admin"})
        assert (await client.get(USERS)).status_code == 200

    @pytest.mark.parametrize("way", ["disable", "remove"])
    async def test_whoever_leaves_is_out_at_once(self, admin: Client, client: Client, way: str) -> None:
        joined = await _join(client, await _invite(admin))
        if way == "disable":
            answer = await admin.patch(f"{USERS}/{joined['id']}", json={"is_enabled": False})
            assert answer.json()["state"] == "disabled"
        else:
            assert (await admin.delete(f"{USERS}/{joined['id']}")).status_code == 204
        assert (await client.get("/api/v1/auth/me")).status_code == 401
        assert not await _can_sign_in(client, "anna@acme.test")

    async def test_only_who_knows_the_password_learns_that_an_account_is_disabled(
        self, admin: Client, client: Client
    ) -> None:
        joined = await _join(client, await _invite(admin))
        await admin.patch(f"{USERS}/{joined['id']}", json={"is_enabled": False})
        codes = []
        for password in (PASSWORD, "wrong"):
            body = {"email": "anna@acme.test", "password": password}
            codes.append((await client.post("/api/v1/auth/login", json=body)).json()["code"])
        assert codes == ["account_disabled", "invalid_credentials"]

    async def test_disabled_person_may_come_back(
        self, admin: Client, client: Client, new_client: Callable[[], Client]
    ) -> None:
        joined = await _join(client, await _invite(admin))
        for is_enabled in (False, True):
            await admin.patch(f"{USERS}/{joined['id']}", json={"is_enabled": is_enabled})
        assert (await client.get("/api/v1/auth/me")).status_code == 401
        assert await _can_sign_in(new_client(), "anna@acme.test")


class TestLastAdministrator:
    @pytest.fixture
    async def own_id(self, admin: Client) -> str:
        return str((await admin.get("/api/v1/auth/me")).json()["user"]["id"])

    @pytest.mark.parametrize("changes", [{"role": "operator"}, {"is_enabled": False}, None])
    async def test_last_administrator_stays(
        self, admin: Client, own_id: str, changes: dict[str, object] | None
    ) -> None:
        await _invite(admin, role="admin")  # who has not joined yet administers nothing
        path = f"{USERS}/{own_id}"
        answer = await (admin.patch(path, json=changes) if changes else admin.delete(path))
        assert (answer.status_code, answer.json()["code"]) == (409, "last_administrator")
        assert (await admin.get(USERS)).status_code == 200

    async def test_administrator_may_leave_when_there_is_another(
        self, admin: Client, own_id: str, client: Client
    ) -> None:
        await _join(client, await _invite(admin, role="admin"))
        assert (await admin.delete(f"{USERS}/{own_id}")).status_code == 204
        assert (await client.get(USERS)).status_code == 200

    async def test_two_administrators_cannot_put_each_other_out_at_once(
        self, admin: Client, own_id: str, client: Client
    ) -> None:
        other = await _join(client, await _invite(admin, role="admin"))
        answers = await asyncio.gather(
            admin.patch(f"{USERS}/{other['id']}", json={"role": "viewer"}),
            client.patch(f"{USERS}/{own_id}", json={"role": "viewer"}),
        )
        assert sorted(answer.status_code for answer in answers) in ([200, 403], [200, 409])


class TestPassword:
    CHANGE = "/api/v1/auth/password"

    async def test_new_password_signs_out_everywhere_else(
        self, admin: Client, new_client: Callable[[], Client]
    ) -> None:
        other = new_client()
        assert await _can_sign_in(other, "admin@acme.test")
        before = dict(admin.cookies)
        body = {"current_password": PASSWORD, "new_password": "a new password"}
        assert (await admin.post(self.CHANGE, json=body)).status_code == 204
        assert dict(admin.cookies) != before
        assert (await admin.get("/api/v1/auth/me")).status_code == 200
        assert (await other.get("/api/v1/auth/me")).status_code == 401
        assert not await _can_sign_in(new_client(), "admin@acme.test")
        assert await _can_sign_in(new_client(), "admin@acme.test", "a new password")

    async def test_wrong_current_password_changes_nothing_and_cannot_be_guessed(
        self, admin: Client, clock: ManualClock
    ) -> None:
        body = {"current_password": "a guess", "new_password": "a new password"}
        answers = [await admin.post(self.CHANGE, json=body) for _ in range(11)]
        assert [answer.status_code for answer in answers] == [422] * 10 + [429]
        assert answers[0].json()["detail"][0]["loc"] == ["body", "current_password"]
        right = body | {"current_password": PASSWORD}
        assert (await admin.post(self.CHANGE, json=right)).status_code == 429
        clock.advance(timedelta(minutes=15))
        assert (await admin.post(self.CHANGE, json=right)).status_code == 204
