"""The tests' own PostgreSQL: from the wheel too, private, and gone afterwards."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from bench.postgresql import PostgresqlUnavailable, as_dsn, given_or_running, running, wheel_binaries

pytestmark = pytest.mark.integration


def test_server_of_the_wheel_works_where_the_machine_has_none() -> None:
    with running(binaries=wheel_binaries()) as server:
        dsn = as_dsn(make_url(server.create_database()))
        folder = Path(psycopg.conninfo.conninfo_to_dict(dsn)["host"])
        assert folder.stat().st_mode & 0o077 == 0, "for its own user only"
        with psycopg.connect(dsn) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert not folder.exists()


def test_server_that_does_not_start_says_why() -> None:
    with pytest.raises(PostgresqlUnavailable, match="no_such_setting"), running({"no_such_setting": "1"}):
        pass


def test_server_that_was_named_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql://somebody@elsewhere/name")
    with given_or_running() as server:
        assert server.url.host == "elsewhere"
        assert server.url.drivername == "postgresql+psycopg"
