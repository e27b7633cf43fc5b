"""One running server for all tests that need a real one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.server import LiveServer, live_server


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The product as a process, on SQLite, with demo data."""
    with live_server(tmp_path_factory.mktemp("live")) as server:
        yield server
