"""Telephony configurations through the API: rules, secrets, status, and files for Asterisk."""

from __future__ import annotations

import pytest

from asisso.api.schemas.telephony_configurations import NewTelephonyConfiguration
from asisso.api.state import AppState
from asisso.db.models import Direction, RunState, TelephonyConfiguration, WorkflowRun
from asisso.services.telephony import ConnectionState
from asisso.services.telephony_configurations import app_password_of
from tests.conftest import Client
from tests.databases import everything_stored
from tests.fakes.telephony import FakeTelephony, connection_status
from tests.integration.examples import (
    CONFIGURATION,
    CONFIGURATIONS,
    create_configuration,
    create_number,
    faulty_fields,
)

pytestmark = pytest.mark.integration


async def test_providers_describe_the_form(admin: Client) -> None:
    provider = (await admin.get("/api/v1/telephony-providers")).json()["items"][0]
    assert (provider["provider"], provider["name"]) == ("ari", "Asterisk ARI")
    assert [field["label"] for field in provider["fields"] if not field["advanced"]] == [
        "ARI Endpoint URL",
        "Stasis App Name",
        "App Password",
        "WebSocket Client Name",
        "From Extensions",
    ]
    assert [field["name"] for field in provider["fields"] if field["secret"]] == ["app_password"]
    assert {field["name"] for field in provider["fields"]} <= NewTelephonyConfiguration.model_fields.keys()


async def test_a_new_form_begins_with_what_an_absent_field_means(admin: Client) -> None:
    provider = (await admin.get("/api/v1/telephony-providers")).json()["items"][0]
    shown = {f["name"]: f["default"] for f in provider["fields"] if f["default"] is not None}
    made = (await admin.post(CONFIGURATIONS, json=CONFIGURATION)).json()
    assert shown == {name: made[name] for name in shown}
    assert {"dial_template", "ring_timeout_s", "on_failure", "media_format"} <= shown.keys()


async def test_the_form_offers_what_can_be_stored_and_nothing_else(admin: Client) -> None:
    provider = (await admin.get("/api/v1/telephony-providers")).json()["items"][0]
    made = await create_configuration(admin)
    for field in provider["fields"]:
        offered = [choice["value"] for choice in field["choices"]]
        for value in offered:
            answer = await admin.patch(f"{CONFIGURATIONS}/{made['id']}", json={field["name"]: value})
            assert answer.status_code == 200, answer.text
        for bound, beyond in ((field["minimum"], -1), (field["maximum"], 1)):
            if bound is None:
                continue
            for value, status in ((bound, 200), (bound + beyond, 422)):
                answer = await admin.patch(f"{CONFIGURATIONS}/{made['id']}", json={field["name"]: value})
                assert answer.status_code == status, answer.text


class TestCreate:
    async def test_configuration_is_made_with_the_documented_defaults(self, admin: Client) -> None:
        answer = await admin.post(CONFIGURATIONS, json=CONFIGURATION)
        assert answer.status_code == 201
        made = answer.json()
        assert made == (await admin.get(f"{CONFIGURATIONS}/{made['id']}")).json()
        assert made["app_password_set"] is True
        assert made["ari_username"] == "asisso"
        assert made["media_format"] == "slin16"
        assert made["dial_template"] == "PJSIP/{number}"
        assert (made["is_enabled"], made["is_default_outbound"]) == (True, False)
        assert made["require_media_credentials"] is False
        assert made["from_extensions"] == ["PJSIP/6001", "6001"]

    async def test_telephony_hears_of_it_when_it_can_be_read(
        self, admin: Client, telephony: FakeTelephony
    ) -> None:
        made = await create_configuration(admin)
        assert telephony.changed == [made["id"]]

    async def test_telephony_hears_nothing_of_what_was_refused(
        self, admin: Client, telephony: FakeTelephony
    ) -> None:
        await create_configuration(admin)
        telephony.changed.clear()
        assert (await admin.post(CONFIGURATIONS, json=CONFIGURATION)).status_code == 409
        assert telephony.changed == []

    @pytest.mark.parametrize(
        ("given", "stored"),
        [
            ("http://pbx:8088/", "http://pbx:8088"),
            ("https://PBX.example.com/ari/", "https://pbx.example.com"),
            ("http://pbx:8088/asterisk/ari", "http://pbx:8088/asterisk"),
            ("http://[::1]:8088", "http://[::1]:8088"),
        ],
    )
    async def test_endpoint_is_normalised_visibly(self, admin: Client, given: str, stored: str) -> None:
        assert (await create_configuration(admin, ari_endpoint=given))["ari_endpoint"] == stored

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("ari_endpoint", "pbx:8088"),
            ("ari_endpoint", "ftp://pbx"),
            ("ari_endpoint", "http://user:secret@pbx"),
            ("ari_endpoint", "http://pbx:80880"),
            ("ari_endpoint", "http://"),
            ("app_name", "two words"),
            ("app_name", ""),
            ("app_password", ""),
            ("app_password", " a-secret"),
            ("app_password", "a-secret\n"),
            ("ws_client_name", "a]b"),
            ("dial_template", "PJSIP/6001"),
            ("ring_timeout_s", 0),
            ("media_format", "opus"),
            ("provider", "twilio"),
            ("name", " "),
            ("no_such_field", 1),
        ],
    )
    async def test_bad_value_is_refused_by_name(self, admin: Client, field: str, value: object) -> None:
        answer = await admin.post(CONFIGURATIONS, json=CONFIGURATION | {field: value})
        assert faulty_fields(answer) == [field]
        assert "secret" not in answer.text.replace("a-secret-for-ari", "secret")

    async def test_outer_spaces_of_a_password_are_named_not_trimmed(self, admin: Client) -> None:
        answer = await admin.post(CONFIGURATIONS, json=CONFIGURATION | {"app_password": "word "})
        assert "begins or ends with a space" in answer.json()["detail"][0]["msg"]

    async def test_name_is_taken_once(self, admin: Client) -> None:
        await create_configuration(admin)
        answer = await admin.post(CONFIGURATIONS, json=CONFIGURATION | {"app_name": "another"})
        assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")

    async def test_application_on_a_pbx_is_taken_once(self, admin: Client) -> None:
        await create_configuration(admin)
        same = CONFIGURATION | {"name": "Second", "ari_endpoint": "http://asterisk.example.com:8088/ari/"}
        answer = await admin.post(CONFIGURATIONS, json=same)
        assert (answer.status_code, answer.json()["code"]) == (409, "application_taken")
        assert "Office" in answer.json()["detail"]

    @pytest.mark.parametrize(
        "spelling",
        [
            "http://ASTERISK.example.com:8088/",
            "HTTP://asterisk.example.com:8088/ari/",
            "http://asterisk.example.com.:8088",
        ],
    )
    async def test_one_pbx_is_recognised_through_its_spellings(self, admin: Client, spelling: str) -> None:
        first = await create_configuration(admin)
        body = CONFIGURATION | {"name": "Another", "ari_endpoint": spelling}
        answer = await admin.post(CONFIGURATIONS, json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "application_taken")
        assert first["name"] in answer.json()["detail"]

    async def test_default_port_is_the_same_place_written_out_or_not(self, admin: Client) -> None:
        await create_configuration(admin, ari_endpoint="http://pbx")
        body = CONFIGURATION | {"name": "Another", "ari_endpoint": "http://pbx:80/"}
        answer = await admin.post(CONFIGURATIONS, json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "application_taken")

    @pytest.mark.parametrize("endpoint", ["http://169.254.169.254", "http://[::ffff:a9fe:a9fe]:8088"])
    async def test_metadata_address_is_refused_at_its_field(self, admin: Client, endpoint: str) -> None:
        answer = await admin.post(CONFIGURATIONS, json=CONFIGURATION | {"ari_endpoint": endpoint})
        assert faulty_fields(answer) == ["ari_endpoint"]

    async def test_other_organization_may_use_the_same_values(self, admin: Client, stranger: Client) -> None:
        await create_configuration(admin)
        await create_configuration(stranger)

    async def test_only_one_is_the_default_for_outbound(self, admin: Client) -> None:
        first = await create_configuration(admin, is_default_outbound=True)
        await create_configuration(admin, name="Second", app_name="second", is_default_outbound=True)
        items = (await admin.get(CONFIGURATIONS)).json()["items"]
        assert [item["is_default_outbound"] for item in items] == [False, True]
        assert items[0]["id"] == first["id"]


class TestChange:
    async def test_fields_left_out_stay(
        self, admin: Client, state: AppState, telephony: FakeTelephony
    ) -> None:
        made = await create_configuration(admin)
        telephony.changed.clear()
        answer = await admin.patch(f"{CONFIGURATIONS}/{made['id']}", json={"is_enabled": False})
        assert answer.status_code == 200
        unlike = {key for key, value in answer.json().items() if value != made[key]}
        assert unlike == {"is_enabled", "updated_at"}
        assert telephony.changed == [made["id"]]
        assert await _stored_password(state, made["id"]) == "a-secret-for-ari"

    async def test_password_is_replaced_when_given(self, admin: Client, state: AppState) -> None:
        made = await create_configuration(admin)
        answer = await admin.patch(f"{CONFIGURATIONS}/{made['id']}", json={"app_password": "new one"})
        assert answer.status_code == 200
        assert await _stored_password(state, made["id"]) == "new one"

    async def test_null_is_taken_only_where_it_means_something(self, admin: Client) -> None:
        made = await create_configuration(admin, ari_username="somebody")
        url = f"{CONFIGURATIONS}/{made['id']}"
        assert faulty_fields(await admin.patch(url, json={"app_password": None})) == ["app_password"]
        assert (await admin.patch(url, json={"ari_username": None})).json()["ari_username"] == "asisso"

    async def test_username_follows_the_application_unless_it_was_set(self, admin: Client) -> None:
        made = await create_configuration(admin)
        url = f"{CONFIGURATIONS}/{made['id']}"
        assert (await admin.patch(url, json={"app_name": "next"})).json()["ari_username"] == "next"

    async def test_application_of_another_configuration_is_refused(self, admin: Client) -> None:
        await create_configuration(admin)
        second = await create_configuration(admin, name="Second", app_name="second")
        answer = await admin.patch(f"{CONFIGURATIONS}/{second['id']}", json={"app_name": "asisso"})
        assert (answer.status_code, answer.json()["code"]) == (409, "application_taken")


class TestDelete:
    async def test_configuration_goes_with_its_numbers_and_leaves_its_runs(
        self, admin: Client, state: AppState, telephony: FakeTelephony
    ) -> None:
        made = await create_configuration(admin)
        await create_number(admin, made["id"])
        run_id = await _add_run(state, made["id"], RunState.COMPLETED)
        telephony.changed.clear()
        assert (await admin.delete(f"{CONFIGURATIONS}/{made['id']}")).status_code == 204
        assert telephony.changed == [made["id"]]
        assert (await admin.get(f"{CONFIGURATIONS}/{made['id']}/phone-numbers")).status_code == 404
        run = (await admin.get(f"/api/v1/runs/{run_id}")).json()
        assert run["telephony_configuration_id"] is None

    async def test_configuration_with_live_calls_stays(self, admin: Client, state: AppState) -> None:
        made = await create_configuration(admin)
        await _add_run(state, made["id"], RunState.IN_PROGRESS)
        answer = await admin.delete(f"{CONFIGURATIONS}/{made['id']}")
        assert (answer.status_code, answer.json()["code"]) == (409, "telephony_configuration_in_use")
        assert "1 call is going through Office" in answer.json()["detail"]


class TestConnection:
    async def test_status_is_the_runtimes(self, admin: Client, telephony: FakeTelephony) -> None:
        made = await create_configuration(admin)
        attention = connection_status(ConnectionState.NEEDS_ATTENTION, reason="The password is wrong.")
        telephony.statuses[made["id"]] = attention
        status = (await admin.get(f"{CONFIGURATIONS}/{made['id']}/status")).json()
        assert (status["state"], status["reason"]) == ("needs_attention", "The password is wrong.")
        assert status["since"] == "2026-01-02T03:04:05Z"
        assert (await admin.get(CONFIGURATIONS)).json()["items"][0]["status"] == status

    async def test_reconnect_reaches_the_runtime(self, admin: Client, telephony: FakeTelephony) -> None:
        made = await create_configuration(admin)
        assert (await admin.post(f"{CONFIGURATIONS}/{made['id']}/reconnect")).status_code == 202
        assert telephony.reconnected == [made["id"]]

    async def test_files_for_asterisk_carry_this_configurations_values(self, admin: Client) -> None:
        made = await create_configuration(admin)
        await create_number(admin, made["id"], "8123")
        files = (await admin.get(f"{CONFIGURATIONS}/{made['id']}/asterisk-config")).json()["files"]
        by_name = {file["path"].rsplit("/", 1)[-1]: file["content"] for file in files}
        assert by_name.keys() >= {"ari.conf", "http.conf", "websocket_client.conf", "extensions.conf"}
        assert "[asisso]" in by_name["ari.conf"]
        assert "8088" in by_name["http.conf"]
        assert "ws://asisso.test/api/v1/telephony/ws/ari" in by_name["websocket_client.conf"]
        assert "8123" in by_name["extensions.conf"]


class TestSecrets:
    async def test_password_is_in_no_answer_and_not_in_the_database(
        self, admin: Client, state: AppState
    ) -> None:
        made = await create_configuration(admin)
        url = f"{CONFIGURATIONS}/{made['id']}"
        for answer in (
            await admin.get(CONFIGURATIONS),
            await admin.get(url),
            await admin.patch(url, json={"name": "Renamed"}),
            await admin.get(f"{url}/status"),
        ):
            assert "a-secret-for-ari" not in answer.text
            assert "encrypted" not in answer.text
            assert "media_password" not in answer.text
        stored = await everything_stored(state)
        assert b"a-secret-for-ari" not in stored


async def test_configuration_of_another_organization_does_not_exist(
    admin: Client, stranger: Client, telephony: FakeTelephony
) -> None:
    url = f"{CONFIGURATIONS}/{(await create_configuration(admin))['id']}"
    telephony.changed.clear()
    for method, path in (
        ("GET", url),
        ("PATCH", url),
        ("DELETE", url),
        ("GET", f"{url}/status"),
        ("POST", f"{url}/reconnect"),
        ("GET", f"{url}/asterisk-config"),
        ("GET", f"{url}/phone-numbers"),
    ):
        body = {} if method == "PATCH" else None
        answer = await stranger.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "telephony_configuration_not_found")
    assert (await stranger.get(CONFIGURATIONS)).json()["items"] == []
    assert telephony.changed == telephony.reconnected == []


async def _stored_password(state: AppState, configuration_id: str) -> str:
    async with state.database.read_session() as session:
        row = await session.get(TelephonyConfiguration, configuration_id)
    assert row is not None
    return app_password_of(row, state.secrets)


async def _add_run(state: AppState, configuration_id: str, run_state: RunState) -> str:
    async with state.database.session() as session:
        configuration = await session.get(TelephonyConfiguration, configuration_id)
        assert configuration is not None
        run = WorkflowRun(
            organization_id=configuration.organization_id,
            telephony_configuration_id=configuration_id,
            direction=Direction.INBOUND,
            state=run_state,
        )
        session.add(run)
    return run.id
