"""The product as a process of its own beside a real Asterisk, shared as widely as the tests allow.

Loops are shared by module, so that a stage may be, too: every test module here is marked `loop_scope="module"`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio

from asisso.agents.stt.moonshine import Moonshine
from bench.product import Product
from bench.stage import Stage, stage
from pbxlab.provision import AsteriskRoot
from pbxlab.telephone import Telephone
from tests.pbx.calls import nothing_is_left
from tests.pbx.speech import Listener
from tests.pbx.stages import STAGES, OpenStage, StartProduct, TelephoneAt, reported

LOG_TAIL_LINES = 25


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when != "teardown" and report.failed:
        for used in item.session.stash.get(STAGES, []):
            report.sections.append((f"Asterisk {used.asterisk.name}", _tail(used.asterisk.log_text())))
            report.sections.append((f"Product {used.product.url}", _tail(used.product.log_text)))
    return report


def _tail(text: str) -> str:
    return "\n".join(text.splitlines()[-LOG_TAIL_LINES:])


@pytest.fixture(scope="session")
def product(asterisk_root: AsteriskRoot) -> Iterator[Product]:
    """One running product for all tests that leave it running."""
    with Product() as running:
        yield running


@pytest.fixture
def start_product(asterisk_root: AsteriskRoot) -> Iterator[StartProduct]:
    """A factory for products a test will kill or stop: `start_product(DRAIN_TIMEOUT_S="1")`."""
    products: list[Product] = []

    def start(**settings: str) -> Product:
        products.append(Product(settings=settings))
        products[-1].start()
        return products[-1]

    yield start
    for one in products:
        one.close()


@pytest.fixture(scope="session")
def listener() -> Listener:
    """Turns what a telephone or a recording holds into words, by the product's own recogniser."""
    return Listener(Moonshine.load())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lab(
    request: pytest.FixtureRequest, product: Product, asterisk_root: AsteriskRoot
) -> AsyncIterator[Stage]:
    """A connected PBX for the whole module: 8000 leads to the embedded agent, every other 8XXX to the product.

    A module's `STAGE` changes what `stage` is given.
    """
    settings = {"files": with_any_8xxx, **getattr(request.module, "STAGE", {})}
    async with stage(product, asterisk_root, **settings) as made:
        await made.becomes("connected")
        with reported(request, made):
            yield made


@pytest_asyncio.fixture(loop_scope="module")
async def telephone(lab: Stage) -> AsyncIterator[Telephone]:
    """A telephone at the lab's PBX; whatever a test did, afterwards nothing is left there."""
    async with Telephone(lab.asterisk.sip_address) as phone:
        yield phone
    await nothing_is_left(lab)


@pytest_asyncio.fixture(loop_scope="module")
async def callee(lab: Stage) -> AsyncIterator[Telephone]:
    """The telephone behind the lab's 6001 to 6009; whatever a test did, afterwards nothing is left there."""
    async with Telephone(lab.asterisk.sip_address, port=lab.asterisk.ports.telephone) as phone:
        yield phone
    await nothing_is_left(lab)


@pytest_asyncio.fixture(loop_scope="module")
async def open_stage(request: pytest.FixtureRequest, asterisk_root: AsteriskRoot) -> AsyncIterator[OpenStage]:
    """A factory for PBXs of a test's own; it does not wait until they are connected."""
    async with AsyncExitStack() as opened:

        async def start(product: Product, **settings: Any) -> Stage:
            made = await opened.enter_async_context(stage(product, asterisk_root, **settings))
            opened.enter_context(reported(request, made))
            return made

        yield start


@pytest_asyncio.fixture(loop_scope="module")
async def telephone_at() -> AsyncIterator[TelephoneAt]:
    """A factory: a telephone at a stage's PBX, hung up when the test ends."""
    async with AsyncExitStack() as opened:

        async def take(at: Stage) -> Telephone:
            return await opened.enter_async_context(Telephone(at.asterisk.sip_address))

        yield take


def with_any_8xxx(files: dict[str, str]) -> dict[str, str]:
    """The generated files, with every 8XXX led to the product: what is not in its list is refused by it."""
    dialplan = files["extensions.conf"] + "exten => _8XXX,1,Stasis(asisso)\n same => n,Hangup()\n"
    return files | {"extensions.conf": dialplan}
