"""Calls that must not reach an agent: what the caller's telephone is told, and what is kept of them."""

from __future__ import annotations

from typing import Any

import pytest

from bench.product import Product
from bench.stage import Stage, eventually
from pbxlab.telephone import EndKind, Telephone
from tests.pbx.stages import OpenStage, TelephoneAt, add_number, limits

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]


async def refused(lab: Stage, telephone: Telephone, number: str) -> tuple[int | None, dict[str, Any]]:
    """Call a number that refuses: the SIP status at the telephone, and the run."""
    end = await (await telephone.dial(number)).ended()
    assert end.kind is EndKind.REJECTED, "an unserved call is never answered"
    run = (await lab.finished_runs(1))[0]
    assert run["to"] == number
    assert (run["ended_by"], run["answered_at"], run["duration_ms"]) == ("system", None, 0)
    return end.code, run


async def test_number_that_is_not_in_the_list_does_not_exist(lab: Stage, telephone: Telephone) -> None:
    status, run = await refused(lab, telephone, "8404")

    assert (status, run["outcome"]) == (404, "refused_no_number")
    assert "8404" in run["detail"]
    warning = f"no matching phone number registered for config {lab.configuration_id}"
    assert warning in lab.product.log_text
    timeline = await eventually(lambda: lab.timeline(run["id"]), bool, "a timeline", 5)
    assert [entry["detail"]["outcome"] for entry in timeline if entry["kind"] == "refused"] == [
        run["outcome"]
    ]


async def test_number_without_a_workflow_is_temporarily_unavailable(lab: Stage, telephone: Telephone) -> None:
    await add_number(lab, "8480", has_workflow=False)

    status, run = await refused(lab, telephone, "8480")

    assert (status, run["outcome"], run["workflow_id"]) == (480, "refused_no_workflow", None)
    assert "has no inbound_workflow_id assigned" in lab.product.log_text


async def test_number_that_is_switched_off_is_temporarily_unavailable(
    lab: Stage, telephone: Telephone
) -> None:
    await add_number(lab, "8481", is_active=False)

    status, run = await refused(lab, telephone, "8481")

    assert (status, run["outcome"]) == (480, "refused_inactive")


async def test_call_beyond_the_limit_hears_busy_and_the_one_before_goes_on(
    lab: Stage, telephone: Telephone
) -> None:
    async with limits(lab, max_concurrent_calls=1):
        first = await telephone.dial("8000")
        await first.hears_audio()

        second = await (await telephone.dial("8000")).ended()

        assert second.code == 486
        assert (await lab.runs())[0]["outcome"] == "refused_quota"
        assert first.end_reason is None
        await first.hang_up()
        await lab.finished_runs(2)
        third = await telephone.dial("8000")
        await third.answered()


async def test_organization_without_minutes_hears_busy(lab: Stage, telephone: Telephone) -> None:
    async with limits(lab, monthly_minutes=0):
        status, run = await refused(lab, telephone, "8000")

    assert (status, run["outcome"]) == (486, "refused_quota")
    assert "minutes" in run["detail"]


async def test_same_extension_leads_to_each_configurations_own_workflow(
    product: Product, lab: Stage, telephone: Telephone, open_stage: OpenStage, telephone_at: TelephoneAt
) -> None:
    branch = await open_stage(product, name="branch", greeting="This is the branch office.")
    await branch.becomes("connected")
    at_branch = await telephone_at(branch)

    calls = [await telephone.dial("8000"), await at_branch.dial("8000")]
    for call in calls:
        await call.hears_audio()
        await call.hears_silence(400)
        await call.hang_up()

    here, there = (await lab.finished_runs(1))[0], (await branch.finished_runs(1))[0]
    assert (here["workflow_id"], there["workflow_id"]) == (lab.workflow_id, branch.workflow_id)
    assert there["transcript"][0]["text"] == "This is the branch office."
    assert here["transcript"][0]["text"] != there["transcript"][0]["text"]
