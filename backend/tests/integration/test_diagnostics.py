"""The connection doctor through the API and by itself, on connections where nobody listens."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from asisso.api.state import AppState
from asisso.db.models import Direction, Outcome, RunState, WorkflowRun
from asisso.runtime.doctor_watch import CHECK_AT_MOST_EVERY_S, DoctorWatch
from asisso.services.telephony import ConnectionState
from tests.conftest import Client, ClientWithRole
from tests.fakes.clock import ManualClock
from tests.fakes.telephony import SINCE, FakeTelephony, connection_status
from tests.integration.examples import (
    CONFIGURATION,
    CONFIGURATIONS,
    create_configuration,
    create_number,
    faulty_fields,
)

pytestmark = pytest.mark.integration

TRIAL = {
    "ari_endpoint": "http://asterisk.example.com:8088",
    "app_name": "asisso",
    "app_password": "a-secret-for-ari",
}


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An address at which nobody can listen while the test runs."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def watch(state: AppState, telephony: FakeTelephony, clock: ManualClock) -> DoctorWatch:
    return DoctorWatch(state.database, state.doctor, telephony, clock)


class TestChecks:
    async def test_cause_is_named_and_what_depends_on_it_is_skipped(
        self, admin: Client, nowhere: str
    ) -> None:
        made = await create_configuration(admin, ari_endpoint=nowhere)
        answer = await admin.post(f"{CONFIGURATIONS}/{made['id']}/diagnostics")
        assert answer.status_code == 200, answer.text
        result = answer.json()
        states = {step["id"]: step["state"] for step in result["steps"]}
        assert (states["port_open"], states["credentials"], states["media_audio"]) == (
            "failed",
            "skipped",
            "skipped",
        )
        assert states["phone_numbers"] == "warning", "what the product knows is told all the same"
        assert result["verdict"].startswith("Nothing listens at")
        assert result["trigger"] == "person"

    async def test_result_is_kept_until_the_next_one(self, admin: Client, nowhere: str) -> None:
        made = await create_configuration(admin, ari_endpoint=nowhere)
        path = f"{CONFIGURATIONS}/{made['id']}/diagnostics"
        before = (await admin.get(path)).json()
        assert (before["steps"], before["checked_at"]) == ([], None)
        assert "not been checked" in before["verdict"]
        run = (await admin.post(path)).json()
        assert (await admin.get(path)).json() == run
        await create_number(admin, made["id"])
        again = (await admin.post(path)).json()
        assert {s["id"]: s["state"] for s in again["steps"]}["number_workflows"] == "failed"
        assert (await admin.get(path)).json()["steps"] == again["steps"]

    async def test_kept_result_goes_with_its_configuration(self, admin: Client, nowhere: str) -> None:
        made = await create_configuration(admin, ari_endpoint=nowhere)
        await admin.post(f"{CONFIGURATIONS}/{made['id']}/diagnostics")
        assert (await admin.delete(f"{CONFIGURATIONS}/{made['id']}")).status_code == 204
        assert (await admin.get(f"{CONFIGURATIONS}/{made['id']}/diagnostics")).status_code == 404

    async def test_another_organization_sees_and_runs_nothing(
        self, admin: Client, stranger: Client, nowhere: str
    ) -> None:
        made = await create_configuration(admin, ari_endpoint=nowhere)
        path = f"{CONFIGURATIONS}/{made['id']}/diagnostics"
        assert (await stranger.get(path)).status_code == 404
        assert (await stranger.post(path)).status_code == 404
        trial = TRIAL | {"configuration_id": made["id"]}
        assert (await stranger.post(f"{CONFIGURATIONS}/diagnostics", json=trial)).status_code == 404

    async def test_viewers_see_operators_run_administrators_try(
        self, admin: Client, with_role: ClientWithRole, nowhere: str
    ) -> None:
        made = await create_configuration(admin, ari_endpoint=nowhere)
        path = f"{CONFIGURATIONS}/{made['id']}/diagnostics"
        viewer, operator = await with_role("viewer"), await with_role("operator")
        assert (await viewer.get(path)).status_code == 200
        assert (await viewer.post(path)).status_code == 403
        assert (await operator.post(path)).status_code == 200
        trial = TRIAL | {"ari_endpoint": nowhere}
        assert (await operator.post(f"{CONFIGURATIONS}/diagnostics", json=trial)).status_code == 403
        assert (await admin.post(f"{CONFIGURATIONS}/diagnostics", json=trial)).status_code == 200


class TestTrial:
    async def test_values_are_checked_and_nothing_is_kept(self, admin: Client, nowhere: str) -> None:
        answer = await admin.post(f"{CONFIGURATIONS}/diagnostics", json=TRIAL | {"ari_endpoint": nowhere})
        assert answer.json()["verdict"].startswith("Nothing listens at")
        assert (await admin.get(CONFIGURATIONS)).json()["items"] == []

    async def test_stored_password_stands_in_for_an_empty_one(self, admin: Client, nowhere: str) -> None:
        made = await create_configuration(admin, ari_endpoint=nowhere)
        trial = {"configuration_id": made["id"], "ari_endpoint": nowhere, "app_name": "asisso"}
        assert (await admin.post(f"{CONFIGURATIONS}/diagnostics", json=trial)).status_code == 200

    async def test_stored_password_is_not_sent_to_another_address(self, admin: Client, nowhere: str) -> None:
        made = await create_configuration(admin)
        trial = {"configuration_id": made["id"], "ari_endpoint": nowhere, "app_name": "asisso"}
        answer = await admin.post(f"{CONFIGURATIONS}/diagnostics", json=trial)
        assert faulty_fields(answer) == ["app_password"]

    async def test_without_any_password_it_is_asked_for(self, admin: Client, nowhere: str) -> None:
        answer = await admin.post(
            f"{CONFIGURATIONS}/diagnostics", json={"ari_endpoint": nowhere, "app_name": "asisso"}
        )
        assert faulty_fields(answer) == ["app_password"]


class TestByItself:
    async def test_checks_once_when_a_person_is_needed(
        self, admin: Client, telephony: FakeTelephony, clock: ManualClock, watch: DoctorWatch, nowhere: str
    ) -> None:
        made = await create_configuration(admin, ari_endpoint=nowhere)
        path = f"{CONFIGURATIONS}/{made['id']}/diagnostics"
        await watch.look()
        assert (await admin.get(path)).json()["checked_at"] is None

        status = connection_status(ConnectionState.NEEDS_ATTENTION)
        telephony.statuses[made["id"]] = status
        await watch.look()
        kept = (await admin.get(path)).json()
        assert (kept["trigger"], kept["verdict"][:15]) == ("needs_attention", "Nothing listens")

        clock.advance(timedelta(seconds=CHECK_AT_MOST_EVERY_S + 1))
        await watch.look()
        assert (await admin.get(path)).json()["checked_at"] == kept["checked_at"], "the same trouble, once"

        telephony.statuses[made["id"]] = replace(status, since=SINCE + timedelta(hours=1))
        await watch.look()
        assert (await admin.get(path)).json()["checked_at"] != kept["checked_at"]

    async def test_checks_when_a_call_was_refused_but_not_each_time(
        self, admin: Client, state: AppState, clock: ManualClock, watch: DoctorWatch, nowhere: str
    ) -> None:
        made = await create_configuration(admin, ari_endpoint=nowhere)
        path = f"{CONFIGURATIONS}/{made['id']}/diagnostics"
        await refuse_a_call(state, admin, made["id"])
        await watch.look()
        kept = (await admin.get(path)).json()
        assert kept["trigger"] == "refused_call"
        assert [s["id"] for s in kept["steps"] if "8123" in s["detail"]] == ["called_numbers"]

        clock.advance(timedelta(seconds=CHECK_AT_MOST_EVERY_S / 2))
        await refuse_a_call(state, admin, made["id"])
        await watch.look()
        assert (await admin.get(path)).json()["checked_at"] == kept["checked_at"]

        clock.advance(timedelta(seconds=CHECK_AT_MOST_EVERY_S))
        await watch.look()
        assert (await admin.get(path)).json()["checked_at"] != kept["checked_at"], "it was only put off"


async def refuse_a_call(state: AppState, admin: Client, configuration_id: str) -> None:
    """A call to 8123, which stands in no list."""
    organization = (await admin.get("/api/v1/organization")).json()
    async with state.database.session() as session:
        session.add(
            WorkflowRun(
                organization_id=organization["id"],
                telephony_configuration_id=configuration_id,
                direction=Direction.INBOUND,
                state=RunState.COMPLETED,
                outcome=Outcome.REFUSED_NO_NUMBER,
                to_number="8123",
            )
        )


def test_example_values_are_those_of_a_configuration() -> None:
    assert TRIAL.items() <= CONFIGURATION.items()
