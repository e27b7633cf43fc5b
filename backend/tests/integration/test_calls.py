"""Making calls and steering them, as the API offers it; what a PBX makes of it is tested with a real one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from asisso.agents.control import ControlFailed, ToDialplan, ToReferral, ToTelephone
from asisso.api.state import AppState
from asisso.db.models import RunState, WorkflowRun
from asisso.services.telephony import ConnectionState
from tests.conftest import Client, ClientWithRole
from tests.fakes.telephony import FakeControls, FakeTelephony, connection_status
from tests.integration.examples import create_configuration, create_number, create_workflow

pytestmark = pytest.mark.integration


@pytest.fixture
async def workflow_id(admin: Client) -> str:
    return str((await create_workflow(admin))["id"])


@pytest.fixture
async def configuration_id(admin: Client, telephony: FakeTelephony) -> str:
    """An enabled configuration whose PBX is connected."""
    fields: dict[str, Any] = {"from_extensions": ["PJSIP/6009"], "dial_template": "PJSIP/{number}@trunk"}
    configuration_id = str((await create_configuration(admin, **fields))["id"])
    telephony.statuses[configuration_id] = connection_status(ConnectionState.CONNECTED)
    return configuration_id


async def runs_of(state: AppState) -> list[WorkflowRun]:
    async with state.database.read_session() as session:
        return list((await session.exec(select(WorkflowRun))).all())


class TestStarting:
    async def test_a_call_is_recorded_and_made(
        self,
        admin: Client,
        workflow_id: str,
        configuration_id: str,
        telephony: FakeTelephony,
        state: AppState,
    ) -> None:
        body = {"workflow_id": workflow_id, "to": " +49 30 123456 ", "context": {"order": 7}}
        answer = await admin.post("/api/v1/calls", json=body)

        assert answer.status_code == 202
        run = answer.json()["run"]
        assert (run["state"], run["direction"], run["to"]) == ("queued", "outbound", "+49 30 123456")
        assert run["context"]["order"] == 7
        assert run["context"]["direction"] == "outbound"
        ((admission, channel_id, order),) = telephony.placed
        assert (admission.run_id, channel_id) == (run["id"], run["channel_id"])
        assert (order.endpoint, order.caller_id, order.ring_timeout_s) == (
            "PJSIP/+4930123456@trunk",
            "6009",
            30,
        )

    async def test_the_number_marked_as_default_is_shown(
        self, admin: Client, workflow_id: str, configuration_id: str, telephony: FakeTelephony
    ) -> None:
        await create_number(admin, configuration_id, "+49301", is_default_caller_id=True)
        await admin.post("/api/v1/calls", json={"workflow_id": workflow_id, "to": "1"})
        await admin.post("/api/v1/calls", json={"workflow_id": workflow_id, "to": "1", "from": "PJSIP/77"})
        assert [order.caller_id for _, _, order in telephony.placed] == ["+49301", "77"]

    async def test_the_calls_own_facts_cannot_be_overwritten(
        self, admin: Client, workflow_id: str, configuration_id: str
    ) -> None:
        body = {"workflow_id": workflow_id, "to": "1", "context": {"provider": "mine", "call_id": "x"}}
        context = (await admin.post("/api/v1/calls", json=body)).json()["run"]["context"]
        assert (context["provider"], context["telephony_configuration_id"]) == ("ari", configuration_id)
        assert context["call_id"] != "x"

    @pytest.mark.parametrize("to", ["", "PJSIP/1&PJSIP/2", "a b", "1,20,g"])
    async def test_what_cannot_be_dialled_is_refused_at_its_field(
        self, admin: Client, workflow_id: str, configuration_id: str, to: str, state: AppState
    ) -> None:
        answer = await admin.post("/api/v1/calls", json={"workflow_id": workflow_id, "to": to})
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["loc"] == ["body", "to"]
        assert await runs_of(state) == []

    async def test_a_pbx_that_is_away_is_said_at_once(
        self, admin: Client, workflow_id: str, configuration_id: str, telephony: FakeTelephony
    ) -> None:
        telephony.statuses[configuration_id] = connection_status(
            ConnectionState.RETRYING, reason="No answer."
        )
        answer = await admin.post("/api/v1/calls", json={"workflow_id": workflow_id, "to": "1"})
        assert (answer.status_code, answer.json()["code"]) == (409, "telephony_configuration_not_connected")
        assert "No answer." in answer.json()["detail"]

    async def test_without_any_configuration_there_is_a_sentence(
        self, admin: Client, workflow_id: str
    ) -> None:
        answer = await admin.post("/api/v1/calls", json={"workflow_id": workflow_id, "to": "1"})
        assert (answer.status_code, answer.json()["code"]) == (409, "no_telephony_configuration")

    async def test_a_disabled_configuration_is_not_called_through(
        self, admin: Client, workflow_id: str, configuration_id: str
    ) -> None:
        await admin.patch(f"/api/v1/telephony-configurations/{configuration_id}", json={"is_enabled": False})
        body = {"workflow_id": workflow_id, "to": "1", "telephony_configuration_id": configuration_id}
        answer = await admin.post("/api/v1/calls", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "telephony_configuration_disabled")

    async def test_a_used_up_limit_leaves_no_run(
        self, admin: Client, workflow_id: str, configuration_id: str, state: AppState
    ) -> None:
        await admin.patch("/api/v1/organization", json={"max_concurrent_calls": 1})
        body = {"workflow_id": workflow_id, "to": "1"}
        assert (await admin.post("/api/v1/calls", json=body)).status_code == 202
        answer = await admin.post("/api/v1/calls", json=body)
        assert (answer.status_code, answer.json()["code"]) == (429, "quota_exceeded")
        assert int(answer.headers["Retry-After"]) > 0
        assert len(await runs_of(state)) == 1

    async def test_a_server_without_capacity_says_so(
        self, admin: Client, workflow_id: str, configuration_id: str, telephony: FakeTelephony
    ) -> None:
        telephony.reasons.append("Too much to do.")
        answer = await admin.post("/api/v1/calls", json={"workflow_id": workflow_id, "to": "1"})
        assert (answer.status_code, answer.json()) == (
            503,
            {"code": "no_capacity", "detail": "Too much to do."},
        )

    async def test_another_organization_can_use_none_of_it(
        self, stranger: Client, workflow_id: str, configuration_id: str
    ) -> None:
        answer = await stranger.post("/api/v1/calls", json={"workflow_id": workflow_id, "to": "1"})
        assert answer.status_code == 404
        own = (await create_workflow(stranger))["id"]
        body = {"workflow_id": own, "to": "1", "telephony_configuration_id": configuration_id}
        assert (await stranger.post("/api/v1/calls", json=body)).status_code == 404

    async def test_a_viewer_makes_no_calls(self, with_role: ClientWithRole, workflow_id: str) -> None:
        viewer = await with_role("viewer")
        answer = await viewer.post("/api/v1/calls", json={"workflow_id": workflow_id, "to": "1"})
        assert answer.status_code == 403


class TestSteering:
    @pytest.fixture
    async def live(
        self,
        admin: Client,
        workflow_id: str,
        configuration_id: str,
        telephony: FakeTelephony,
        state: AppState,
    ) -> tuple[str, FakeControls]:
        """The address of a live call, and what it is asked."""
        body = {"workflow_id": workflow_id, "to": "1"}
        run_id = (await admin.post("/api/v1/calls", json=body)).json()["run"]["id"]
        controls = telephony.live_runs[run_id] = FakeControls()
        return f"/api/v1/calls/{run_id}", controls

    async def test_keys_hold_and_hang_up_reach_the_call(
        self, admin: Client, live: tuple[str, FakeControls]
    ) -> None:
        path, controls = live
        assert (await admin.post(f"{path}/dtmf", json={"digits": "12#"})).status_code == 202
        for what in ("hold", "resume", "hangup"):
            assert (await admin.post(f"{path}/{what}")).status_code == 202
        assert controls.asked == ["12#", "hold", "resume", "hang_up"]

    @pytest.mark.parametrize(
        ("body", "destination"),
        [
            ({"to": "6001"}, ToTelephone("6001")),
            (
                {"to": "6001", "mode": "attended", "briefing": "Ada.", "must_confirm": True},
                ToTelephone("6001", briefing="Ada.", must_confirm=True),
            ),
            (
                {"mode": "dialplan", "context": "desk", "extension": "200", "variables": {"WHY": "x"}},
                ToDialplan("desk", "200", 1, {"WHY": "x"}),
            ),
            ({"to": "6001", "mode": "refer"}, ToReferral("6001")),
        ],
    )
    async def test_each_kind_of_transfer_reaches_the_call(
        self, admin: Client, live: tuple[str, FakeControls], body: dict[str, Any], destination: object
    ) -> None:
        path, controls = live
        assert (await admin.post(f"{path}/transfer", json=body)).status_code == 202
        assert controls.destinations == [destination]

    async def test_an_attended_transfer_is_never_without_a_briefing(
        self, admin: Client, live: tuple[str, FakeControls]
    ) -> None:
        path, controls = live
        await admin.post(f"{path}/transfer", json={"to": "1", "mode": "attended", "briefing": " "})
        (destination,) = controls.destinations
        assert isinstance(destination, ToTelephone)
        assert destination.briefing

    @pytest.mark.parametrize("body", [{}, {"mode": "dialplan", "to": "1"}, {"mode": "by foot", "to": "1"}])
    async def test_a_transfer_to_nowhere_is_refused(
        self, admin: Client, live: tuple[str, FakeControls], body: dict[str, Any]
    ) -> None:
        assert (await admin.post(f"{live[0]}/transfer", json=body)).status_code == 422

    async def test_what_the_call_cannot_do_now_is_a_conflict_with_its_reason(
        self, admin: Client, live: tuple[str, FakeControls]
    ) -> None:
        path, controls = live
        controls.failure = ControlFailed("Nobody is talking.", code="call_not_talking")
        for what, body in (("hold", None), ("dtmf", {"digits": "1"}), ("transfer", {"to": "1"})):
            answer = await admin.post(f"{path}/{what}", json=body)
            assert (answer.status_code, answer.json()["code"]) == (409, "call_not_talking"), what

    async def test_an_ended_call_takes_nothing(
        self, admin: Client, live: tuple[str, FakeControls], state: AppState
    ) -> None:
        async with state.database.session() as session:
            (run,) = (await session.exec(select(WorkflowRun))).all()
            run.state = RunState.COMPLETED
        answer = await admin.post(f"{live[0]}/transfer", json={"to": "1"})
        assert (answer.status_code, answer.json()["code"]) == (409, "call_ended")

    async def test_another_organization_steers_nothing(
        self, stranger: Client, live: tuple[str, FakeControls]
    ) -> None:
        path, controls = live
        for what, body in (("dtmf", {"digits": "1"}), ("hold", None), ("transfer", {"to": "1"})):
            assert (await stranger.post(f"{path}/{what}", json=body)).status_code == 404
        assert controls.asked == []
