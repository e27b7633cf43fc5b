"""Every operation of the API, as everybody who must not use it. New operations are walked by themselves."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from asisso.api.access import FOR_PEOPLE, REQUIRED_ROLE, declare_access
from asisso.api.deps import Probe, Viewer
from asisso.api.state import AppState
from asisso.vocabulary import Role
from tests.conftest import PASSWORD, Client, ClientWithRole
from tests.fakes.telephony import FakeTelephony
from tests.integration.world import Json, World, bodies, build, rows_of

pytestmark = pytest.mark.integration

PUBLIC = {
    "getHealth",
    "getMetrics",
    "getReadiness",
    "getSetup",
    "setUp",
    "login",
    "logout",
    "getInvitation",
    "acceptInvitation",
}
"""All that may be used without credentials. Adding to this list is a decision, not a formality."""


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    described: Json

    @property
    def role(self) -> Role | None:
        role = self.described[REQUIRED_ROLE]
        return None if role == "none" else Role(role)

    @property
    def parameters(self) -> list[str]:
        return [item["name"] for item in self.described.get("parameters", []) if item["in"] == "path"]

    @property
    def needs_body(self) -> bool:
        return bool(self.described.get("requestBody", {}).get("required"))

    @property
    def is_endless(self) -> bool:
        """An event stream: refusals end it, success never does."""
        return "text/event-stream" in self.described["responses"].get("200", {}).get("content", {})

    async def ask(self, client: Client, path: str, body: Json | None) -> httpx.Response:
        return await client.request(self.method, path, json=body)


def operations(described: Json) -> list[Operation]:
    return [
        Operation(details["operationId"], method.upper(), path, details)
        for path, methods in described["paths"].items()
        for method, details in methods.items()
    ]


@pytest.fixture(scope="session")
def walk(routes: FastAPI) -> list[Operation]:
    """Every operation there is."""
    return operations(routes.openapi())


@pytest.fixture
async def ours(admin: Client, state: AppState, telephony: FakeTelephony) -> World:
    return await build(admin, state, telephony)


@pytest.fixture
async def theirs(stranger: Client, state: AppState, telephony: FakeTelephony) -> World:
    return await build(stranger, state, telephony)


@pytest.fixture
def person_with_role(admin: Client, new_client: Callable[[], Client]) -> Callable[[str], Awaitable[Client]]:
    """Invites people, and signs them in by their links."""

    async def make(role: str) -> Client:
        invited = await admin.post("/api/v1/users", json={"email": f"a-{role}@acme.test", "role": role})
        client = new_client()
        body = {"token": invited.json()["invitation_url"].partition("#")[2], "password": PASSWORD}
        assert (await client.post("/api/v1/auth/invitation/accept", json=body)).status_code == 201
        return client

    return make


class TestRules:
    def test_every_operation_says_who_may_use_it(self, walk: list[Operation]) -> None:
        assert len(walk) > 50
        for operation in walk:
            assert operation.described.get(REQUIRED_ROLE) in ("none", *Role), operation.name

    def test_nothing_is_open_by_mistake(self, walk: list[Operation]) -> None:
        assert {operation.name for operation in walk if operation.role is None} == PUBLIC

    def test_whatever_the_api_answers_is_guarded_against_other_sites(self, routes: FastAPI) -> None:
        ours = [r for r in routes.routes if isinstance(r, APIRoute) and r.path.startswith("/api/")]
        assert len(ours) > 50
        for route in ours:
            assert Probe.dependency not in [inner.call for inner in route.dependant.dependencies], route.name

    def test_viewers_only_read(self, walk: list[Operation]) -> None:
        allowed = {"validateWorkflow", "changePassword", "endSession", "endOtherSessions"}
        changing = {
            operation.name
            for operation in walk
            if operation.role is Role.VIEWER and operation.method not in ("GET", "HEAD")
        }
        assert changing == allowed

    def test_server_with_an_operation_that_has_no_rule_is_not_built(self) -> None:
        router = APIRouter()

        @router.get("/forgotten")
        async def forgotten() -> None:
            return None

        with pytest.raises(RuntimeError, match="forgotten must say once who may use it"):
            declare_access(router)

    def test_operation_with_two_rules_is_not_built_either(self) -> None:
        router = APIRouter()

        @router.get("/torn")
        async def torn(_one: Viewer, _other: Viewer) -> None:
            return None

        with pytest.raises(RuntimeError, match="torn must say once"):
            declare_access(router)


class TestNobody:
    async def test_without_credentials_everything_is_refused(
        self, walk: list[Operation], ours: World, client: Client
    ) -> None:
        for operation in walk:
            if operation.role is not None:
                answer = await operation.ask(
                    client, ours.path(operation.path), bodies(ours).get(operation.name)
                )
                assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated"), (
                    operation.name
                )

    async def test_with_wrong_credentials_everything_is_refused(
        self, walk: list[Operation], ours: World, new_client: Callable[[], Client]
    ) -> None:
        guesser, forger = new_client(), new_client()
        guesser.headers["X-API-Key"] = "ask_guessed"
        forger.cookies.set("asisso_session", "forged")
        for operation, client in itertools.product(walk, (guesser, forger)):
            if operation.role is not None:
                answer = await operation.ask(client, ours.path(operation.path), None)
                assert answer.status_code == 401, operation.name


class TestLesserRoles:
    @pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
    async def test_what_a_role_does_not_include_is_refused_and_changes_nothing(
        self,
        role: Role,
        walk: list[Operation],
        ours: World,
        state: AppState,
        with_role: ClientWithRole,
        person_with_role: Callable[[str], Awaitable[Client]],
    ) -> None:
        askers = [await with_role(role), await person_with_role(role)]
        for asker in askers:
            await asker.get("/api/v1/auth/me")
        before = await rows_of(state, ours.organization_id)
        refused = [
            operation
            for operation in walk
            if operation.role is not None and not role.includes(operation.role)
        ]
        assert len(refused) > 10
        for operation, asker in itertools.product(refused, askers):
            answer = await operation.ask(asker, ours.path(operation.path), bodies(ours).get(operation.name))
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), operation.name
        assert await rows_of(state, ours.organization_id) == before
        assert ours.controls.asked == []

    @pytest.mark.parametrize("role", list(Role))
    async def test_what_a_role_includes_is_not_refused(
        self, role: Role, walk: list[Operation], ours: World, person_with_role: Any
    ) -> None:
        person = await person_with_role(role)
        for operation in walk:
            is_included = operation.role is not None and role.includes(operation.role)
            if is_included and operation.method == "GET" and not operation.is_endless:
                answer = await operation.ask(person, ours.path(operation.path), None)
                assert answer.status_code == 200, (operation.name, answer.text)

    async def test_what_is_a_persons_own_is_refused_to_api_keys(
        self, walk: list[Operation], ours: World, with_role: ClientWithRole
    ) -> None:
        key = await with_role("admin")
        personal = [operation for operation in walk if operation.described.get(FOR_PEOPLE)]
        assert {"listSessions", "changePassword"} <= {operation.name for operation in personal}
        for operation in personal:
            answer = await operation.ask(key, ours.path(operation.path), bodies(ours).get(operation.name))
            assert (answer.status_code, answer.json()["code"]) == (403, "person_required"), operation.name


class TestStrangers:
    async def test_owner_reaches_everything_the_strangers_are_kept_from(
        self, walk: list[Operation], ours: World, admin: Client
    ) -> None:
        """Without this, the tests below could pass on objects that are not there."""
        for operation in walk:
            if operation.method == "GET" and not operation.is_endless:
                answer = await operation.ask(admin, ours.path(operation.path), None)
                assert answer.status_code == 200, (operation.name, answer.text)

    async def test_no_object_of_another_organization_is_reached_by_its_path(
        self, walk: list[Operation], ours: World, theirs: World, stranger: Client, state: AppState
    ) -> None:
        before = await rows_of(state, ours.organization_id)
        walked = 0
        for operation in walk:
            if operation.needs_body and operation.role is not None:
                assert operation.name in bodies(theirs), f"world.bodies needs one for {operation.name}"
            for path in _paths_with_ours(operation, ours, theirs):
                answer = await operation.ask(stranger, path, bodies(theirs).get(operation.name))
                assert answer.status_code in (403, 404), (operation.name, answer.status_code, answer.text)
                assert answer.json()["code"].endswith(("not_found", "forbidden")), operation.name
                walked += 1
        assert walked > 30
        assert await rows_of(state, ours.organization_id) == before
        assert ours.controls.asked == []

    async def test_no_list_and_no_answer_shows_another_organization(
        self, walk: list[Operation], ours: World, theirs: World, stranger: Client
    ) -> None:
        foreign = {ours.organization_id, *ours.ids.values()}
        for operation in walk:
            if operation.method == "GET" and operation.role is not None and not operation.is_endless:
                answer = await operation.ask(stranger, theirs.path(operation.path), None)
                assert answer.status_code == 200, (operation.name, answer.text)
                assert not any(value in answer.text for value in foreign), operation.name

    async def test_no_object_of_another_organization_is_reached_by_a_body(
        self, walk: list[Operation], ours: World, theirs: World, stranger: Client, state: AppState
    ) -> None:
        before = await rows_of(state, ours.organization_id)
        foreign = set(ours.ids.values())
        walked = []
        for operation in walk:
            for body in _mixed(bodies(theirs).get(operation.name, {}), bodies(ours).get(operation.name, {})):
                answer = await operation.ask(stranger, theirs.path(operation.path), body)
                assert answer.status_code in (403, 404, 422), (operation.name, answer.text)
                assert not any(value in answer.text for value in foreign), operation.name
                walked.append(operation.name)
        assert {"startCall", "createPhoneNumber", "updatePhoneNumber", "tryTelephonyConfiguration"} == set(
            walked
        )
        assert await rows_of(state, ours.organization_id) == before


def _paths_with_ours(operation: Operation, ours: World, theirs: World) -> Iterator[str]:
    """The operation's paths with our id in at least one place."""
    for choice in itertools.product((ours, theirs), repeat=len(operation.parameters)):
        if ours in choice:
            ids = {name: world.ids[name] for name, world in zip(operation.parameters, choice, strict=True)}
            yield operation.path.format(**ids)


def _mixed(theirs: Json, ours: Json) -> Iterator[Json]:
    """Their body with each of the ids in it replaced by ours, one at a time."""
    for name in theirs:
        if name.endswith("_id") and theirs[name] != ours[name]:
            yield theirs | {name: ours[name]}
