"""The command line, as a process would meet it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from asisso.__main__ import main
from asisso.settings import NAMES

pytestmark = pytest.mark.integration

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], empty_database: Path
) -> Run:
    """Runs `asisso ARGUMENTS` in an empty folder. Returns status, output and errors."""
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["asisso", *arguments])
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        return int(left.value.code or 0), printed.out, printed.err

    return call


def test_migrate_makes_the_database(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("migrate")
    assert (status, out) == (0, "The database is up to date.\n")
    assert (tmp_path / "data" / "asisso.db").is_file()


def test_openapi_prints_the_committed_description(run: Run) -> None:
    status, out, _ = run("openapi")
    committed = Path(__file__).parents[3] / "frontend" / "openapi.json"
    assert status == 0
    assert out == committed.read_text()
    assert json.loads(out)["info"]["title"] == "Asisso"


def test_organization_and_people_are_made(run: Run) -> None:
    create = ("organization", "create", "Acme", "--admin-email", "a@acme.test", "--admin-password-stdin")
    assert run(*create, stdin="correct horse\n")[0] == 0
    assert (
        run("user", "create", "b@acme.test", "--role", "viewer", "--password-stdin", stdin="correct horse")[0]
        == 0
    )
    assert run("user", "set-password", "B@acme.test", "--password-stdin", stdin="another horse")[0] == 0
    status, _, err = run(*create, stdin="correct horse\n")
    assert (status, err) == (1, "asisso: There is a user with this email address already.\n")


@pytest.mark.parametrize(
    ("arguments", "stdin", "line"),
    [
        (("user", "set-password", "x@y.z", "--password-stdin"), "correct horse", "There is no such user."),
        (("user", "create", "x@y.z", "--password-stdin"), "correct horse", "There is no such organization."),
        (("user", "create", "x@y.z", "--password-stdin"), "short", "at least 8 characters"),
        (
            ("organization", "create", "A", "--admin-email", "nobody", "--admin-password-stdin"),
            "correct horse",
            "nobody is not an email address.",
        ),
    ],
)
def test_bad_input_ends_with_one_line(run: Run, arguments: tuple[str, ...], stdin: str, line: str) -> None:
    status, out, err = run(*arguments, stdin=stdin)
    assert status == 1
    assert line in err
    assert err.count("\n") == 1
    assert "correct horse" not in out + err


def test_bad_setting_ends_with_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASISSO_PORT", "http")
    for command in ("serve", "migrate"):
        status, _, err = run(command)
        assert status == 1
        assert err.startswith("asisso: ASISSO_PORT: ")
        assert err.count("\n") == 1


def test_unreachable_database_ends_with_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASISSO_DATABASE_URL", "sqlite+aiosqlite:////proc/no/such.db")
    for command in ("migrate", "serve"):
        status, _, err = run(command)
        assert status == 1
        assert "/proc/no" in err
        assert err.count("\n") == 1


def test_start_without_a_shared_key_ends_with_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASISSO_DATABASE_URL", "postgresql+psycopg://asisso@127.0.0.1:1/asisso")
    status, _, err = run("serve")
    assert (status, err) == (1, "asisso: ASISSO_SECRET_KEY must be set when the database is PostgreSQL.\n")


@pytest.mark.parametrize(
    "command",
    [(), ("serve",), ("migrate",), ("openapi",), ("user",), ("organization",), ("rotate-key",)],
)
def test_every_command_has_help(run: Run, command: tuple[str, ...]) -> None:
    status, out, _ = run(*command, "--help")
    assert status == 0
    assert "Usage" in out
