"""Server-sent events: the snapshot, changes, resuming, limits, and what becomes of streams."""

from __future__ import annotations

import contextlib
import json
from unittest.mock import patch

import pytest
from fastapi import FastAPI
from sqlmodel import delete

from asisso.api import events as route
from asisso.api.state import AppState
from asisso.db.changes import Change
from asisso.db.models import Direction, RunState, UserSession, WorkflowRun
from asisso.services import event_hub
from asisso.services.event_feed import Closing
from asisso.services.telephony import ConnectionState
from tests.conftest import Client, ClientWithRole
from tests.fakes.event_listener import listening
from tests.fakes.telephony import FakeTelephony, connection_status
from tests.integration.examples import create_configuration, create_workflow

pytestmark = pytest.mark.integration


async def a_call(state: AppState, client: Client, run_state: RunState = RunState.RINGING) -> WorkflowRun:
    organization_id = (await client.get("/api/v1/auth/me")).json()["organization_id"]
    run = WorkflowRun(organization_id=organization_id, direction=Direction.INBOUND, state=run_state)
    async with state.database.session() as session:
        session.add(run)
    return run


async def end(state: AppState, run: WorkflowRun) -> None:
    async with state.database.session() as session:
        run.state = RunState.COMPLETED
        session.add(run)


class TestSnapshot:
    async def test_tells_configurations_and_live_calls(
        self, app: FastAPI, admin: Client, state: AppState
    ) -> None:
        made, call = await create_configuration(admin), await a_call(state, admin)
        await a_call(state, admin, RunState.COMPLETED)
        async with listening(app, admin) as stream:
            snapshot = await stream.next()
        assert (snapshot.name, snapshot.data["reason"]) == ("snapshot", "first")
        assert [one["id"] for one in snapshot.data["telephony_configurations"]] == [made["id"]]
        assert [one["id"] for one in snapshot.data["calls"]] == [call.id]
        assert snapshot.id

    async def test_is_had_by_a_viewers_program_and_by_nobody_without_credentials(
        self, app: FastAPI, client: Client, with_role: ClientWithRole
    ) -> None:
        async with listening(app, await with_role("viewer")) as stream:
            assert (await stream.next()).name == "snapshot"
        async with listening(app, client) as refused:
            assert refused.status == 401

    async def test_holds_no_secret(self, app: FastAPI, admin: Client) -> None:
        await create_configuration(admin, app_password="correct battery")
        async with listening(app, admin) as stream:
            snapshot = await stream.next()
        assert "correct battery" not in json.dumps(snapshot.data)


class TestChanges:
    async def test_a_call_appears_and_ends(self, app: FastAPI, admin: Client, state: AppState) -> None:
        async with listening(app, admin) as stream:
            await stream.next("snapshot")
            call = await a_call(state, admin)
            appeared = await stream.next("run")
            await end(state, call)
            ended = await stream.next("run")
        assert [told.data["run"]["state"] for told in (appeared, ended)] == ["ringing", "completed"]
        assert appeared.data["run"]["id"] == ended.data["run"]["id"] == call.id

    async def test_a_connection_changes_its_state(
        self, app: FastAPI, admin: Client, state: AppState, telephony: FakeTelephony
    ) -> None:
        made = await create_configuration(admin)
        async with listening(app, admin) as stream:
            await stream.next("snapshot")
            telephony.statuses[made["id"]] = connection_status(ConnectionState.NEEDS_ATTENTION, reason="Why.")
            state.database.changes.tell(Change("telephony_configuration", made["id"]))
            told = await stream.next("telephony_configuration")
        assert told.data["telephony_configuration"]["status"]["reason"] == "Why."

    async def test_other_things_are_told_by_name_and_deletions_as_such(
        self, app: FastAPI, admin: Client
    ) -> None:
        made = await create_configuration(admin)
        async with listening(app, admin) as stream:
            await stream.next("snapshot")
            workflow = await create_workflow(admin)
            changed = await stream.next("changed")
            await admin.delete(f"/api/v1/telephony-configurations/{made['id']}")
            removed = await stream.next("removed")
        assert (changed.data["noun"], changed.data["id"]) == ("workflows", workflow["id"])
        assert (removed.data["noun"], removed.data["id"]) == ("telephony-configurations", made["id"])

    async def test_another_organizations_are_not_told(
        self, app: FastAPI, admin: Client, stranger: Client, state: AppState
    ) -> None:
        async with listening(app, admin) as stream, listening(app, stranger) as theirs:
            assert (await theirs.next()).data["calls"] == []
            await stream.next("snapshot")
            ours, other = await a_call(state, admin), await a_call(state, stranger)
            assert (await stream.next("run")).data["run"]["id"] == ours.id
            assert (await theirs.next("run")).data["run"]["id"] == other.id

    async def test_what_is_rolled_back_is_not_told(
        self, app: FastAPI, admin: Client, state: AppState
    ) -> None:
        call = await a_call(state, admin)
        async with listening(app, admin) as stream:
            await stream.next("snapshot")
            with contextlib.suppress(RuntimeError):
                async with state.database.session() as session:
                    call.detail = "never"
                    session.add(call)
                    await session.flush()
                    raise RuntimeError
            other = await a_call(state, admin)
            assert (await stream.next("run")).data["run"]["id"] == other.id

    async def test_what_nobody_told_of_is_found_by_looking(
        self, app: FastAPI, admin: Client, state: AppState, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        call = await a_call(state, admin)
        monkeypatch.setattr(state.database.changes, "tell", lambda *_: None)
        async with listening(app, admin) as stream:
            await stream.next("snapshot")
            await state.events.look()
            await end(state, call)
            await state.events.look()
            assert (await stream.next("run")).data["run"]["state"] == "completed"


class TestResuming:
    async def test_goes_on_where_it_broke_off(self, app: FastAPI, admin: Client, state: AppState) -> None:
        async with listening(app, admin) as stream:
            seen = await stream.next("snapshot")
        call = await a_call(state, admin)
        async with listening(app, admin, last_id="another-1") as other:
            assert (await other.next()).data["reason"] == "other_process"
            while state.events.waiting:
                await other.next("run")
        async with listening(app, admin, last_id=seen.id) as again:
            assert (await again.next()).name == "resumed"
            assert (await again.next()).data["run"]["id"] == call.id


class TestEnds:
    async def test_draining_ends_every_stream_and_takes_no_new_one(
        self, app: FastAPI, admin: Client, state: AppState
    ) -> None:
        async with listening(app, admin) as stream:
            await stream.next("snapshot")
            state.events.close(Closing.DRAINING)
            assert (await stream.next("closing")).data["reason"] == "draining"
        async with listening(app, admin) as late:
            assert late.status == 503

    async def test_a_listener_that_does_not_read_is_dropped_and_others_go_on(
        self, app: FastAPI, admin: Client, state: AppState, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(route, "SEND_TIMEOUT_S", 0.05)
        monkeypatch.setattr(route, "WATCH_EVERY_S", 0.01)
        async with listening(app, admin) as stream, listening(app, admin) as deaf:
            await stream.next("snapshot")
            await deaf.next("snapshot")
            deaf.may_read.clear()
            call = await a_call(state, admin)
            assert (await stream.next("run")).data["run"]["id"] == call.id
            feed = next(iter(state.events._feeds.values()))
            while len(feed.listeners) > 1:
                await a_call(state, admin)
                await stream.next("run")

    async def test_whoever_is_signed_out_meanwhile_hears_no_more(
        self, app: FastAPI, admin: Client, state: AppState, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(route, "CHECK_ACCESS_EVERY_S", 0.0)
        monkeypatch.setattr(route, "WATCH_EVERY_S", 0.01)
        async with listening(app, admin) as stream:
            await stream.next("snapshot")
            call = await a_call(state, admin)
            await stream.next("run")
            async with state.database.session() as session:
                await session.exec(delete(UserSession))
            await end(state, call)
            assert (await stream.next("closing")).data["reason"] == "signed_out"

    async def test_a_stream_has_a_longest_life(
        self, app: FastAPI, admin: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(route, "LIFETIME_S", 0.0)
        monkeypatch.setattr(route, "WATCH_EVERY_S", 0.01)
        async with listening(app, admin) as stream:
            await stream.next("snapshot")
            assert (await stream.next()).data["reason"] == "lifetime"

    async def test_one_program_may_not_open_any_number(
        self, app: FastAPI, admin: Client, with_role: ClientWithRole
    ) -> None:
        program = await with_role("viewer")
        with patch.object(event_hub, "MAX_LISTENERS_PER_HOLDER", 1):
            async with (
                listening(app, program),
                listening(app, program) as second,
                listening(app, admin) as other,
            ):
                assert (second.status, json.loads(second.body)["code"]) == (429, "too_many_listeners")
                assert other.status == 200
