"""The composition as a user starts it: docker-compose.yml, with ports and a name of its own."""

from __future__ import annotations

import json
import re
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from .engine import Engine, run

CHECKOUT = Path(__file__).parents[2]
ADMIN_EMAIL = "admin@example.com"
POLL_INTERVAL_S = 0.2
REQUEST_TIMEOUT_S = 10.0


class NeverHappened(Exception):
    """What was waited for did not come; what was seen last is in the message."""


@dataclass
class Composition:
    """One project of the compose file, with the profile `pbx`."""

    engine: Engine
    name: str = field(default_factory=lambda: f"asisso-test-{secrets.token_hex(4)}")
    http_port: int = field(default_factory=lambda: free_port(socket.SOCK_STREAM))
    sip_port: int = field(default_factory=lambda: free_port(socket.SOCK_DGRAM))

    def compose(self, *arguments: str) -> str:
        """What `docker compose` printed.

        Raises:
            CommandFailed: it ended with another status than 0.
        """
        command = (*self.engine.compose, "--project-name", self.name, "--profile", "pbx", *arguments)
        return run(command, environment=self._environment, cwd=CHECKOUT)

    @property
    def _environment(self) -> dict[str, str]:
        # Set, though empty, so that nothing comes from a .env beside the file.
        unset = dict.fromkeys(("ASISSO_DATABASE_URL", "ASISSO_SECRET_KEY", "ASISSO_ADMIN_PASSWORD"), "")
        return {
            **self.engine.environment,
            **unset,
            "ASISSO_ADMIN_EMAIL": ADMIN_EMAIL,
            "ASISSO_PORT": str(self.http_port),
            "PBX_SIP_PORT": str(self.sip_port),
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def gateway(self) -> str:
        """This machine, as the containers see it; a telephone there is outside all of them."""
        found = self.engine.docker(
            "network", "inspect", f"{self.name}_default", "--format", "{{(index .IPAM.Config 0).Gateway}}"
        )
        return found.strip()

    def container(self, service: str) -> str:
        """The id of a service's container, running or not."""
        wanted = [
            f"label=com.docker.compose.{k}={v}" for k, v in (("project", self.name), ("service", service))
        ]
        filters = [argument for label in wanted for argument in ("--filter", label)]
        return self.engine.docker("ps", "--all", "--quiet", "--no-trunc", *filters).strip()

    def inspect(self, service: str) -> dict[str, Any]:
        """Everything the engine knows of a service's container."""
        (told,) = json.loads(self.engine.docker("inspect", self.container(service)))
        return dict(told)

    def logs(self, service: str) -> str:
        return self.engine.docker("logs", self.container(service))

    def printed_password(self, whose: str) -> str:
        """A password that was printed at the first start."""
        (found,) = re.findall(
            rf"^Password of {re.escape(whose)}.*: (\S+)$", self.logs("secrets"), re.MULTILINE
        )
        return str(found)

    def signed_in(self) -> httpx.Client:
        """The API, as the administrator's browser."""
        client = httpx.Client(
            base_url=f"{self.url}/api/v1",
            headers={"Origin": self.url},
            timeout=REQUEST_TIMEOUT_S,
            trust_env=False,
        )
        credentials = {"email": ADMIN_EMAIL, "password": self.printed_password(ADMIN_EMAIL)}
        client.post("/auth/login", json=credentials).raise_for_status()
        return client

    def readiness(self) -> tuple[int, str]:
        """Status and text of `/readyz`; 0 while nothing answers."""
        try:
            answer = httpx.get(f"{self.url}/readyz", timeout=REQUEST_TIMEOUT_S, trust_env=False)
        except httpx.TransportError as error:
            return 0, str(error)
        return answer.status_code, answer.text

    def leftovers(self) -> Mapping[str, str]:
        """Containers, networks and volumes of this project that are still there, by kind."""
        label = f"label=com.docker.compose.project={self.name}"
        listings = {
            "containers": ("ps", "--all", "--quiet"),
            "networks": ("network", "ls", "--quiet"),
            "volumes": ("volume", "ls", "--quiet"),
        }
        found = {
            kind: self.engine.docker(*command, "--filter", label).strip()
            for kind, command in listings.items()
        }
        return {kind: ids for kind, ids in found.items() if ids}


def eventually(look: Callable[[], Any], is_so: Callable[[Any], bool], awaited: str, timeout_s: float) -> Any:
    """Look again and again until it is so.

    Raises:
        NeverHappened: it never was.
    """
    give_up_at = time.monotonic() + timeout_s
    while True:
        seen = look()
        if is_so(seen):
            return seen
        if time.monotonic() > give_up_at:
            raise NeverHappened(f"{awaited} did not come within {timeout_s:g} s; last seen: {seen}")
        time.sleep(POLL_INTERVAL_S)


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("0.0.0.0", 0))  # noqa: S104 - published ports are bound everywhere
        return int(probe.getsockname()[1])
