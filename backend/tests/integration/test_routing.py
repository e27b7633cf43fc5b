"""Which number takes a call, when several could."""

from __future__ import annotations

import pytest

from asisso.api.state import AppState
from asisso.calls.addresses import classify, normalize
from asisso.calls.admission import admit
from asisso.calls.route import Arrival
from asisso.db.models import Organization, PhoneNumber, TelephonyConfiguration, Workflow, WorkflowVersion
from asisso.vocabulary import Outcome

pytestmark = pytest.mark.integration


async def a_configuration(state: AppState, *addresses: str) -> str:
    """One organization with one PBX and these numbers, all with a workflow."""
    organization = Organization(name="Acme", max_concurrent_calls=2)
    workflow = Workflow(organization_id=organization.id, name="W", definition={}, agent={})
    configuration = TelephonyConfiguration(
        organization_id=organization.id,
        name="PBX",
        ari_endpoint="http://pbx:8088",
        app_name="asisso",
        app_password_encrypted="",
        media_username=organization.id,
        media_password_encrypted="",
    )
    version = WorkflowVersion(workflow_id=workflow.id, version=1, definition={}, agent={})
    async with state.database.session() as session:
        for row in (organization, workflow, configuration, version):
            session.add(row)
            await session.flush()
        for address in addresses:
            kind = classify(address)
            session.add(
                PhoneNumber(
                    organization_id=organization.id,
                    telephony_configuration_id=configuration.id,
                    address=address,
                    address_normalized=normalize(address, kind),
                    address_type=kind,
                    inbound_workflow_id=workflow.id,
                )
            )
    return configuration.id


async def number_taken(state: AppState, configuration_id: str, dialled: str) -> str | Outcome | None:
    arrival = Arrival(configuration_id, "1.1", "1000", "Ada", dialled, {})
    admission = await admit(state.database, arrival, node="n", no_capacity=None)
    assert admission is not None
    if admission.route.refusal is not None:
        return admission.route.refusal.outcome
    assert admission.route.number is not None
    return admission.route.number.address


@pytest.mark.parametrize(
    ("dialled", "taken"),
    [
        ("8000", "8000"),
        ("8001", "_80XX"),
        ("8100", "_8XXX"),
        ("80", "_8!"),
        ("900", "_X."),
        ("sales", "_."),
    ],
)
async def test_the_closest_address_takes_the_call(
    state: AppState, dialled: str, taken: str | Outcome
) -> None:
    configuration_id = await a_configuration(state, "_.", "_X.", "_8!", "_8XXX", "_80XX", "8000")
    assert await number_taken(state, configuration_id, dialled) == taken


async def test_what_no_address_takes_is_refused(state: AppState) -> None:
    configuration_id = await a_configuration(state, "8000")
    assert await number_taken(state, configuration_id, "900") is Outcome.REFUSED_NO_NUMBER


async def test_a_number_is_found_although_the_trunk_left_its_plus_out(state: AppState) -> None:
    configuration_id = await a_configuration(state, "+4930123456")
    assert await number_taken(state, configuration_id, "4930123456") == "+4930123456"


async def test_what_was_dialled_to_the_letter_comes_first(state: AppState) -> None:
    configuration_id = await a_configuration(state, "+8000", "8000")
    assert await number_taken(state, configuration_id, "8000") == "8000"


async def test_the_limit_of_calls_at_once_holds(state: AppState) -> None:
    configuration_id = await a_configuration(state, "8000")
    taken = [await number_taken(state, configuration_id, "8000") for _ in range(3)]
    assert taken == ["8000", "8000", Outcome.REFUSED_QUOTA]


async def test_a_configuration_that_is_gone_owns_no_call(state: AppState) -> None:
    arrival = Arrival("gone", "1.1", "1000", "Ada", "8000", {})
    assert await admit(state.database, arrival, node="n", no_capacity=None) is None
