"""The short form of every fault: a dozen calls arrive while something breaks, and every one of them ends well."""

from __future__ import annotations

import pytest
import pytest_asyncio

from bench.product import Product
from chaos.experiment import Verdict, produce
from chaos.faults import FAULTS, Fault
from chaos.faults.product_killed import ProductKilled
from chaos.party import Plan
from pbxlab.provision import AsteriskRoot

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

SHORT = Plan(calls=12, rate=5.0, talk_s=(4.0, 5.0))
SEED = 5
"""Among its dozen who hang up at random every moment is there, before the answer, in the greeting, mid-word."""

RESTART_TIMEOUT_S = 120
"""Two starts of the product, and a survivor's patience."""


@pytest.mark.parametrize(
    "kind", [kind for kind in FAULTS.values() if kind is not ProductKilled], ids=lambda kind: kind.name
)
async def test_every_call_ends_well(kind: type[Fault], product: Product, asterisk_root: AsteriskRoot) -> None:
    verdict = await produce(kind, product, asterisk_root, SHORT, seed=SEED)

    assert verdict.unmet == {}, verdict.figures


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def killed(asterisk_root: AsteriskRoot) -> Verdict:
    """What came of SIGKILL to the product and its restart."""
    with Product() as product:
        return await produce(ProductKilled, product, asterisk_root, SHORT, seed=SEED)


@pytest.mark.timeout(RESTART_TIMEOUT_S)
async def test_killed_product_leaves_nothing_behind_and_every_run_says_why(killed: Verdict) -> None:
    unmet = {name: seen for name, seen in killed.unmet.items() if name != "agent_heard_again"}

    assert unmet == {}, killed.figures


@pytest.mark.timeout(RESTART_TIMEOUT_S)
async def test_callers_of_a_killed_product_hear_the_agent_again(killed: Verdict) -> None:
    """How soon depends on the machine, and is measured by `make chaos`."""
    assert killed.figures["survivors"] > 0
    assert killed.figures["heard_again"] == killed.figures["survivors"], killed.figures
