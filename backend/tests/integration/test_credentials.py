"""What is known of credentials for a moment: it saves look-ups, and never outlives what it tells of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine
from sqlmodel import col, delete, select

from asisso.api.state import AppState
from asisso.db.models import ApiKey, UserSession
from asisso.errors import NotAuthenticated
from asisso.services import credentials
from asisso.services.credentials import KEPT_S, CredentialKind
from tests.conftest import Client, ClientWithRole
from tests.fakes.clock import ManualClock

pytestmark = pytest.mark.integration

ME = "/api/v1/auth/me"
A_MOMENT = timedelta(seconds=KEPT_S)


@contextmanager
def look_ups() -> Iterator[list[str]]:
    """The statements that look for a credential meanwhile."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT") and ("key_hash =" in statement or "token_hash =" in statement):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def _status(client: Client) -> int:
    return (await client.get(ME)).status_code


class TestKept:
    async def test_busy_program_costs_one_look_up_a_moment(
        self, with_role: ClientWithRole, clock: ManualClock
    ) -> None:
        program = await with_role("viewer")
        # Notes that the key was used, and keeps nothing.
        assert await _status(program) == 200
        with look_ups() as seen:
            assert [await _status(program) for _ in range(3)] == [200, 200, 200]
            assert len(seen) == 1
            clock.advance(A_MOMENT)
            assert await _status(program) == 200
            assert len(seen) == 2

    async def test_browser_too(self, admin: Client) -> None:
        assert await _status(admin) == 200
        with look_ups() as seen:
            assert await _status(admin) == 200
        assert not seen

    async def test_another_credential_is_another(self, admin: Client, with_role: ClientWithRole) -> None:
        viewer = await with_role("viewer")
        assert await _status(viewer) == await _status(admin) == 200
        assert (await viewer.get(ME)).json()["role"] == "viewer"
        assert (await admin.get(ME)).json()["role"] == "admin"
        viewer.headers["X-API-Key"] += "x"
        assert await _status(viewer) == 401

    async def test_memory_is_bounded(
        self, with_role: ClientWithRole, state: AppState, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(credentials, "MAX_KEPT", 2)
        programs = [await with_role("viewer") for _ in range(4)]
        for program in programs * 2:
            assert await _status(program) == 200
        assert 0 < len(state.credentials._kept) <= 2


class TestForgotten:
    async def test_when_another_server_takes_a_key_back(
        self, with_role: ClientWithRole, state: AppState, clock: ManualClock
    ) -> None:
        program = await with_role("viewer")
        assert [await _status(program) for _ in range(2)] == [200, 200]
        # Past this process: nothing tells it.
        async with state.database.session() as session:
            await (await session.connection()).execute(text("DELETE FROM api_key"))
        clock.advance(A_MOMENT)
        assert await _status(program) == 401

    async def test_at_once_when_a_key_is_deleted(self, admin: Client, with_role: ClientWithRole) -> None:
        program = await with_role("viewer")
        assert [await _status(program) for _ in range(2)] == [200, 200]
        key = (await admin.get("/api/v1/api-keys")).json()["items"][0]
        assert (await admin.delete(f"/api/v1/api-keys/{key['id']}")).status_code == 204
        assert await _status(program) == 401

    async def test_at_once_by_a_statement_that_goes_past_the_objects(
        self, admin: Client, state: AppState
    ) -> None:
        assert await _status(admin) == 200
        async with state.database.session() as session:
            await session.exec(delete(UserSession).where(col(UserSession.id).is_not(None)))
        assert await _status(admin) == 401

    async def test_at_once_by_an_object_without_an_organization(self, admin: Client, state: AppState) -> None:
        assert await _status(admin) == 200
        async with state.database.session() as session:
            await session.delete((await session.exec(select(UserSession))).one())
        assert await _status(admin) == 401

    async def test_taken_back_while_it_is_looked_up(
        self,
        with_role: ClientWithRole,
        state: AppState,
        clock: ManualClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        program = await with_role("viewer")
        assert [await _status(program) for _ in range(2)] == [200, 200]
        clock.advance(A_MOMENT)
        find, touch = credentials._ACCESS[CredentialKind.API_KEY]

        async def find_and_lose(*arguments: object) -> object:
            found = await find(*arguments)  # type: ignore[arg-type]
            async with state.database.session() as session:
                await session.exec(delete(ApiKey).where(col(ApiKey.id).is_not(None)))
            return found

        monkeypatch.setitem(
            credentials._ACCESS,
            CredentialKind.API_KEY,
            (find_and_lose, touch),
        )
        # Asked before it was taken back, so it may be let in; but never again.
        assert await _status(program) == 200
        monkeypatch.setitem(credentials._ACCESS, CredentialKind.API_KEY, (find, touch))
        assert await _status(program) == 401

    async def test_when_it_expires(
        self, with_role: ClientWithRole, state: AppState, clock: ManualClock
    ) -> None:
        program = await with_role("viewer")
        async with state.database.session() as session:
            key = (await session.exec(select(ApiKey))).one()
            key.expires_at = clock.now() + timedelta(milliseconds=10)
            session.add(key)
        assert [await _status(program) for _ in range(2)] == [200, 200]
        clock.advance(timedelta(milliseconds=10))
        with pytest.raises(NotAuthenticated):
            await state.credentials.holder_of(CredentialKind.API_KEY, program.headers["X-API-Key"], "")
