"""Calls that do not come, or are refused, for real: dialplan, telephones, numbers, workflows, limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio

from bench.stage import Stage
from pbxlab.telephone import Telephone
from tests.pbx.clinic import Clinic, first_problem
from tests.pbx.stages import changed

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clinic(lab: Stage) -> Clinic:
    """The module's PBX, on the generated files alone."""
    clinic = await Clinic.open(lab)
    await clinic.restart()
    return clinic


class TestDialplan:
    @pytest.mark.parametrize(
        ("text", "cause_id", "told"),
        [
            (
                "[asisso-inbound]\nexten => 7000,1,Stasis(asisso)\n same => n,Hangup()\n",
                "dialplan_leads",
                "8000",
            ),
            ("[asisso-inbound]\nexten => 8000,1,Busy(1)\n same => n,Hangup()\n", "dialplan_leads", "Busy"),
            (
                "[default]\nexten => 8000,1,NoOp(hello)\n same => n,Stasis(reception)\n same => n,Hangup()\n",
                "dialplan_application",
                "reception",
            ),
            ("[from-internal]\nexten => _8XXX,1,Stasis(asisso,inbound)\n", "dialplan_fallback", "8000"),
        ],
        ids=["unknown number", "leads elsewhere", "another application", "no fallback"],
    )
    async def test_fault_is_named_and_mended_as_told(
        self, clinic: Clinic, text: str, cause_id: str, told: str
    ) -> None:
        async with clinic.broken(extensions_conf=text):
            cause = await clinic.cause()
            assert (cause["id"], told in cause["detail"]) == (cause_id, True), cause["detail"]
            await clinic.follow(cause)
            assert await clinic.is_well()

    async def test_context_that_only_the_administrator_knows(self, clinic: Clinic) -> None:
        text = clinic.changed("extensions.conf", "[asisso-inbound]", "[office]")
        async with clinic.broken(extensions_conf=text):
            assert (await clinic.cause())["id"] == "dialplan_leads"
            diagnosis = await clinic.diagnose(contexts=["office"])
            assert first_problem(diagnosis) is None, diagnosis["verdict"]

    async def test_call_that_arrived_is_proof_enough(self, clinic: Clinic) -> None:
        text = clinic.changed("extensions.conf", "[asisso-inbound]", "[office]")
        async with clinic.broken(extensions_conf=text):
            await clinic.on.api.post(f"{clinic.on.path}/reconnect")
            await clinic.on.becomes("connected")
            async with Telephone(clinic.on.asterisk.sip_address) as telephone:
                call = await telephone.dial("8000")
                await call.hears_audio()
                await call.hang_up()
            await clinic.on.finished_runs(1)
            assert await clinic.is_well()


class TestTelephones:
    async def test_unknown_endpoint(self, clinic: Clinic) -> None:
        async with changed(clinic.on, from_extensions=["6001", "PJSIP/7001", "+4930123456"]):
            cause = await clinic.cause()
            assert cause["id"] == "endpoints_exist"
            assert "PJSIP/7001" in cause["detail"]
            assert "6001" not in cause["detail"]

    async def test_endpoint_that_is_switched_off(self, clinic: Clinic) -> None:
        pjsip = clinic.on.asterisk.read("pjsip.conf")
        offline = pjsip.replace(
            f"contact = sip:6002@127.0.0.1:{clinic.on.asterisk.ports.telephone}", "max_contacts = 1"
        )
        assert offline != pjsip
        async with clinic.broken(pjsip_conf=offline), changed(clinic.on, from_extensions=["6001", "6002"]):
            cause = await clinic.cause()
            assert cause["id"] == "endpoints_online"
            assert "PJSIP/6002" in cause["detail"]

    async def test_endpoints_that_are_there(self, clinic: Clinic) -> None:
        async with changed(clinic.on, from_extensions=["PJSIP/6001", "6002"]):
            assert await clinic.is_well()


class TestNumbers:
    async def test_number_without_a_workflow(self, clinic: Clinic) -> None:
        async with number_changed(clinic, inbound_workflow_id=None):
            cause = await clinic.cause()
            assert (cause["id"], "8000" in cause["detail"]) == ("number_workflows", True)

    async def test_number_that_is_switched_off(self, clinic: Clinic) -> None:
        async with number_changed(clinic, is_active=False):
            assert (await clinic.cause())["id"] == "phone_numbers"

    async def test_number_that_was_called_and_is_in_no_list(self, clinic: Clinic) -> None:
        text = clinic.generated["extensions.conf"] + "exten => 8999,1,Stasis(asisso)\n same => n,Hangup()\n"
        async with clinic.broken(extensions_conf=text):
            await clinic.on.api.post(f"{clinic.on.path}/reconnect")
            await clinic.on.becomes("connected")
            async with Telephone(clinic.on.asterisk.sip_address) as telephone:
                await (await telephone.dial("8999")).ended()
            cause = await clinic.cause()
            assert (cause["id"], "8999" in cause["detail"]) == ("called_numbers", True)
            body = {"address": "8999", "inbound_workflow_id": clinic.on.workflow_id}
            added = await clinic.on.api.post(f"{clinic.on.path}/phone-numbers", **body)
            try:
                diagnosis = await clinic.diagnose()
                assert first_problem(diagnosis) is None, diagnosis["verdict"]
            finally:
                await clinic.on.api.delete(f"{clinic.on.path}/phone-numbers/{added['id']}")

    async def test_minutes_that_are_used_up(self, clinic: Clinic) -> None:
        async with limits(clinic, monthly_minutes=0):
            assert (await clinic.cause())["id"] == "quota_minutes"

    async def test_no_call_left(self, clinic: Clinic) -> None:
        async with limits(clinic, max_concurrent_calls=0):
            assert (await clinic.cause())["id"] == "quota_calls"


@asynccontextmanager
async def number_changed(clinic: Clinic, **fields: Any) -> AsyncIterator[None]:
    """8000 is edited for a while."""
    (number,) = (await clinic.on.api.get(f"{clinic.on.path}/phone-numbers"))["items"]
    path = f"{clinic.on.path}/phone-numbers/{number['id']}"
    await clinic.on.api.patch(path, **fields)
    try:
        yield
    finally:
        await clinic.on.api.patch(path, **{name: number[name] for name in fields})


@asynccontextmanager
async def limits(clinic: Clinic, **fields: int) -> AsyncIterator[None]:
    """The organization has limits for a while."""
    await clinic.on.api.patch("/organization", **fields)
    try:
        yield
    finally:
        await clinic.on.api.patch("/organization", **dict.fromkeys(fields))
