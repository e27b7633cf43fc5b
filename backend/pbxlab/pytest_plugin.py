"""Fixtures for tests on a real Asterisk with a real telephone; load with `-p pbxlab.pytest_plugin`.

A test marked `pbx` is skipped with the reason where no Asterisk can be had, and fails there with `CI=true`.
When a test fails, the log of every instance it used is part of the report.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import AsyncExitStack
from typing import Any, Protocol

import pytest
import pytest_asyncio

from pbxlab.asterisk import LOG_TAIL_LINES, Asterisk
from pbxlab.errors import PbxUnavailable
from pbxlab.ports import Ports
from pbxlab.provision import AsteriskRoot, Progress, provision
from pbxlab.telephone import Telephone

_FOUND = pytest.StashKey[AsteriskRoot | PbxUnavailable]()
_USED = pytest.StashKey[list[Asterisk]]()


class StartAsterisk(Protocol):
    """Starts an instance that is ready when this returns; takes the arguments of `Asterisk`."""

    def __call__(
        self, *, ports: Ports | None = None, files: Mapping[str, str] | None = None, **settings: Any
    ) -> Awaitable[Asterisk]: ...


TakeTelephone = Callable[[Asterisk], Awaitable[Telephone]]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "pbx: a real Asterisk and a real SIP telephone")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        # Asked for first, so that a test without an Asterisk is skipped before its other fixtures are made.
        if isinstance(item, pytest.Function) and item.get_closest_marker("pbx"):
            item.fixturenames.insert(0, "asterisk_root")


def pytest_collection_finish(session: pytest.Session) -> None:
    # Here rather than in a fixture: building takes longer than one test's time limit.
    if not session.config.option.collectonly and any(
        "asterisk_root" in _fixtures(item) for item in session.items
    ):
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        session.config.stash[_FOUND] = find_asterisk(reporter.write_line if reporter else lambda line: None)


def _fixtures(item: pytest.Item) -> list[str]:
    return item.fixturenames if isinstance(item, pytest.Function) else []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" and report.failed:
        for pbx in item.stash.get(_USED, []):
            tail = "\n".join(pbx.log_text().splitlines()[-LOG_TAIL_LINES:])
            report.sections.append((f"Asterisk {pbx.name}", tail))
    return report


def find_asterisk(progress: Progress) -> AsteriskRoot | PbxUnavailable:
    """An installed Asterisk, built if need be, or why there is none."""
    try:
        return provision(progress)
    except PbxUnavailable as error:
        return error


def require_asterisk(found: AsteriskRoot | PbxUnavailable) -> AsteriskRoot:
    """What was found; if that is nothing, the asking test is skipped, or fails where `CI=true`."""
    if isinstance(found, AsteriskRoot):
        return found
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(f"no Asterisk: {found.reason}", pytrace=False)
    pytest.skip(f"no Asterisk: {found.reason}")


@pytest.fixture(scope="session")
def asterisk_root(pytestconfig: pytest.Config) -> AsteriskRoot:
    """An installed Asterisk, built once on this machine if need be."""
    found = pytestconfig.stash.get(_FOUND, None)
    return require_asterisk(found or find_asterisk(lambda line: None))


@pytest.fixture(scope="session")
def _common_asterisk(asterisk_root: AsteriskRoot) -> Iterator[Asterisk]:
    pbx = Asterisk(asterisk_root)
    asyncio.run(pbx.start())
    yield pbx
    asyncio.run(pbx.close())


@pytest.fixture
def shared_asterisk(request: pytest.FixtureRequest, _common_asterisk: Asterisk) -> Asterisk:
    """One instance with the bench's own configuration for all tests that leave it as they found it."""
    request.node.stash.setdefault(_USED, []).append(_common_asterisk)
    return _common_asterisk


@pytest_asyncio.fixture
async def asterisk(
    request: pytest.FixtureRequest, asterisk_root: AsteriskRoot
) -> AsyncIterator[StartAsterisk]:
    """A factory: `pbx = await asterisk(files={...})`; each instance is closed when the test ends."""
    used = request.node.stash.setdefault(_USED, [])
    async with AsyncExitStack() as open_instances:

        async def start(**settings: Any) -> Asterisk:
            pbx = Asterisk(asterisk_root, **settings)
            used.append(pbx)
            return await open_instances.enter_async_context(pbx)

        yield start


@pytest_asyncio.fixture
async def telephone() -> AsyncIterator[TakeTelephone]:
    """A factory: `phone = await telephone(pbx)`; the first of an instance is reachable as 6001 to 6009."""
    async with AsyncExitStack() as open_telephones:
        reachable: set[int] = set()

        async def take(pbx: Asterisk) -> Telephone:
            port = 0 if pbx.ports.telephone in reachable else pbx.ports.telephone
            reachable.add(pbx.ports.telephone)
            return await open_telephones.enter_async_context(Telephone(pbx.sip_address, port=port))

        yield take
