"""A Docker engine: the one that runs here, or one of our own for as long as it is needed.

An own engine keeps its images in the user's cache folder; containers, networks and volumes belong to the tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pbxlab import apt
from pbxlab.errors import PbxUnavailable
from pbxlab.provision import cache_dir

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 30.0
COMMAND_TIMEOUT_S = 600.0
POLL_INTERVAL_S = 0.1
PACKAGES = ("docker.io", "docker-compose", "iptables")


class EngineUnavailable(Exception):
    """No Docker engine can be had here; the message says why."""


class CommandFailed(Exception):
    """A command did not end well; the end of what it printed is in the message."""


@dataclass(frozen=True)
class Engine:
    """A running engine and the commands that speak to it.

    Attributes:
        host: its address, as `DOCKER_HOST`; None for the one the machine's own settings lead to.
    """

    host: str | None = None
    compose: tuple[str, ...] = field(default_factory=lambda: _compose_command())

    def docker(self, *arguments: str, stdin: bytes | None = None) -> str:
        """What `docker` printed.

        Raises:
            CommandFailed: it ended with another status than 0.
        """
        return run(("docker", *arguments), environment=self.environment, stdin=stdin)

    @property
    def environment(self) -> dict[str, str]:
        """For commands that speak to this engine."""
        # The older builder is part of every engine; the newer one is a package of its own that may be missing.
        chosen = {"DOCKER_BUILDKIT": "0", "COMPOSE_DOCKER_CLI_BUILD": "0"}
        return {**os.environ, **chosen, **({"DOCKER_HOST": self.host} if self.host else {})}


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    stdin: bytes | None = None,
    cwd: Path | None = None,
) -> str:
    """Run a command to its end and give what it printed to standard output.

    Raises:
        CommandFailed: it failed, or took longer than `COMMAND_TIMEOUT_S`.
    """
    try:
        done = subprocess.run(
            command,
            input=stdin,
            env=dict(environment),
            cwd=cwd,
            capture_output=True,
            timeout=COMMAND_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        raise CommandFailed(f"{' '.join(command[:4])} took longer than {COMMAND_TIMEOUT_S:g} s") from None
    if done.returncode != 0:
        said = (done.stdout + done.stderr).decode(errors="replace")
        raise CommandFailed(f"{' '.join(command[:6])} ended with {done.returncode}:\n{said[-3000:]}")
    return done.stdout.decode(errors="replace")


@contextmanager
def running_engine() -> Iterator[Engine]:
    """The machine's engine when it answers, else one of our own that ends with the block.

    Raises:
        EngineUnavailable: there is none, and none can be started.
    """
    if shutil.which("docker") and _answers(None):
        yield Engine()
        return
    _install()
    home = cache_dir() / "docker"
    home.mkdir(parents=True, exist_ok=True)
    host = f"unix://{home / 'socket'}"
    with (home / "log").open("wb") as log:
        daemon = subprocess.Popen(_daemon(home, host), stdout=log, stderr=log, start_new_session=True)
        try:
            _wait_until_it_answers(daemon, host, home / "log")
            yield Engine(host)
        finally:
            _stop(daemon)


def _install() -> None:
    needed = ("dockerd", "docker", "iptables")
    if os.geteuid() != 0:
        raise EngineUnavailable("No Docker engine answers, and starting one needs root.")
    if all(map(shutil.which, needed)) and _has_compose():
        return
    try:
        apt.install(*PACKAGES)
    except PbxUnavailable as error:
        raise EngineUnavailable(f"No Docker engine answers, and none can be installed: {error}") from error


def _daemon(home: Path, host: str) -> list[str]:
    # Not its own proxy for published ports: a process for each of a hundred ports takes longer than all the rest.
    return [
        *("dockerd", "--host", host, "--userland-proxy=false", "--iptables=true"),
        *(
            "--data-root",
            str(home / "data"),
            "--exec-root",
            str(home / "run"),
            "--pidfile",
            str(home / "pid"),
        ),
    ]


def _wait_until_it_answers(daemon: subprocess.Popen[bytes], host: str, log: Path) -> None:
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while not _answers(host):
        if daemon.poll() is not None or time.monotonic() > give_up_at:
            said = log.read_text(errors="replace")[-1500:]
            raise EngineUnavailable(f"A Docker engine cannot be started here:\n{said}")
        time.sleep(POLL_INTERVAL_S)


def _stop(daemon: subprocess.Popen[bytes]) -> None:
    daemon.terminate()
    try:
        daemon.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _answers(host: str | None) -> bool:
    command = ["docker", *(("--host", host) if host else ()), "version", "--format", "{{.Server.Version}}"]
    return subprocess.run(command, capture_output=True, timeout=10).returncode == 0


def _has_compose() -> bool:
    try:
        _compose_command()
    except EngineUnavailable:
        return False
    return True


def _compose_command() -> tuple[str, ...]:
    """`docker compose`, or the program of its own that came before it."""
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True)
    if plugin.returncode == 0:
        return ("docker", "compose")
    if shutil.which("docker-compose"):
        return ("docker-compose",)
    raise EngineUnavailable("There is no docker compose here.")
