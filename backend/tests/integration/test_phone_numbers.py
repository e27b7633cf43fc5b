"""Phone numbers through the API."""

from __future__ import annotations

import pytest

from tests.conftest import Client
from tests.integration.examples import (
    CONFIGURATIONS,
    create_configuration,
    create_number,
    create_workflow,
    faulty_fields,
)

pytestmark = pytest.mark.integration


async def _numbers_url(client: Client, **configuration: object) -> str:
    made = await create_configuration(client, **configuration)
    return f"{CONFIGURATIONS}/{made['id']}/phone-numbers"


@pytest.mark.parametrize(
    ("address", "address_type"),
    [
        ("8000", "extension"),
        ("12345678", "extension"),
        ("sales", "extension"),
        ("+49 30 1234-56", "e164"),
        ("sip:sales@pbx.example.com", "sip"),
        ("_8XXX", "pattern"),
    ],
)
async def test_number_type_is_told_by_its_form(admin: Client, address: str, address_type: str) -> None:
    answer = await admin.post(await _numbers_url(admin), json={"address": address})
    assert answer.status_code == 201
    assert (answer.json()["address"], answer.json()["address_type"]) == (address, address_type)


async def test_number_type_may_be_given(admin: Client) -> None:
    body = {"address": "4930123456", "address_type": "e164"}
    answer = await admin.post(await _numbers_url(admin), json=body)
    assert answer.json()["address_type"] == "e164"


@pytest.mark.parametrize("address", ["", "80 00", "+49abc", "sip:", "_8[X", "_", "8000,1"])
async def test_number_without_a_known_form_is_refused(admin: Client, address: str) -> None:
    answer = await admin.post(await _numbers_url(admin), json={"address": address})
    assert faulty_fields(answer) == ["address"]


async def test_number_stands_once_in_a_configuration_however_it_is_written(admin: Client) -> None:
    url = await _numbers_url(admin)
    assert (await admin.post(url, json={"address": "+49 30 123456"})).status_code == 201
    answer = await admin.post(url, json={"address": "+4930123456"})
    assert (answer.status_code, answer.json()["code"]) == (409, "address_taken")


async def test_number_may_stand_under_two_configurations(admin: Client) -> None:
    first, second = await _numbers_url(admin), await _numbers_url(admin, name="B", app_name="b")
    for url in (first, second):
        assert (await admin.post(url, json={"address": "8000"})).status_code == 201


async def test_number_is_given_a_workflow_and_loses_it(admin: Client) -> None:
    workflow = await create_workflow(admin)
    url = await _numbers_url(admin)
    made = (await admin.post(url, json={"address": "8000", "inbound_workflow_id": workflow["id"]})).json()
    assert made["inbound_workflow_id"] == workflow["id"]
    changed = (await admin.patch(f"{url}/{made['id']}", json={"inbound_workflow_id": None})).json()
    assert changed["inbound_workflow_id"] is None
    assert changed["address"] == "8000"


async def test_number_takes_no_workflow_of_another_organization(admin: Client, stranger: Client) -> None:
    theirs = await create_workflow(stranger)
    url = await _numbers_url(admin)
    answer = await admin.post(url, json={"address": "8000", "inbound_workflow_id": theirs["id"]})
    assert faulty_fields(answer) == ["inbound_workflow_id"]
    assert (await admin.get(url)).json()["items"] == []


async def test_number_changes_are_checked_like_new_ones(admin: Client) -> None:
    url = await _numbers_url(admin)
    await admin.post(url, json={"address": "8000"})
    made = (await admin.post(url, json={"address": "8001"})).json()
    assert (await admin.patch(f"{url}/{made['id']}", json={"address": "8000"})).status_code == 409
    assert faulty_fields(await admin.patch(f"{url}/{made['id']}", json={"address": "8 0"})) == ["address"]
    assert (await admin.patch(f"{url}/{made['id']}", json={"address": "+4930123"})).json()[
        "address_type"
    ] == "e164"


async def test_only_one_number_is_the_default_caller_id(admin: Client) -> None:
    url = await _numbers_url(admin)
    for address in ("8000", "8001"):
        await admin.post(url, json={"address": address, "is_default_caller_id": True})
    items = (await admin.get(url)).json()["items"]
    assert [item["is_default_caller_id"] for item in items] == [False, True]


async def test_number_is_counted_and_deleted(admin: Client) -> None:
    configuration = await create_configuration(admin)
    made = await create_number(admin, configuration["id"])
    url = f"{CONFIGURATIONS}/{configuration['id']}"
    assert (await admin.get(url)).json()["phone_number_count"] == 1
    assert (await admin.delete(f"{url}/phone-numbers/{made['id']}")).status_code == 204
    assert (await admin.get(f"{url}/phone-numbers/{made['id']}")).status_code == 404
    assert (await admin.get(url)).json()["phone_number_count"] == 0


async def test_number_is_found_only_under_its_own_configuration(admin: Client) -> None:
    first = await create_configuration(admin)
    second = await create_configuration(admin, name="B", app_name="b")
    made = await create_number(admin, first["id"])
    url = f"{CONFIGURATIONS}/{second['id']}/phone-numbers/{made['id']}"
    assert (await admin.get(url)).status_code == 404


async def test_number_of_another_organization_does_not_exist(admin: Client, stranger: Client) -> None:
    configuration = await create_configuration(admin)
    made = await create_number(admin, configuration["id"])
    url = f"{CONFIGURATIONS}/{configuration['id']}/phone-numbers"
    assert (await stranger.post(url, json={"address": "1"})).status_code == 404
    for method in ("GET", "PATCH", "DELETE"):
        body = {} if method == "PATCH" else None
        assert (await stranger.request(method, f"{url}/{made['id']}", json=body)).status_code == 404


async def test_a_pattern_is_no_caller_id(admin: Client) -> None:
    configuration = await create_configuration(admin)
    answer = await admin.post(
        f"{CONFIGURATIONS}/{configuration['id']}/phone-numbers",
        json={"address": "_8XXX", "is_default_caller_id": True},
    )
    assert faulty_fields(answer) == ["is_default_caller_id"]


async def test_number_tells_what_was_typed_and_what_it_became(admin: Client) -> None:
    configuration = await create_configuration(admin)
    number = await create_number(admin, configuration["id"], "+49 (30) 123-456")
    assert (number["address"], number["address_normalized"]) == ("+49 (30) 123-456", "+4930123456")
    extension = await create_number(admin, configuration["id"], "12345678")
    assert (extension["address_type"], extension["address_normalized"]) == ("extension", "12345678")
