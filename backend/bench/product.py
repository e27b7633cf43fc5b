"""The product as its users have it: a process of its own, reached by HTTP alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

READY_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 60.0
REQUEST_TIMEOUT_S = 10.0
POLL_INTERVAL_S = 0.1
ADMIN_EMAIL = "admin@example.com"
BACKEND = Path(__file__).parents[1]


class ProductFailed(Exception):
    """The server did not do what was expected; the end of its log is in the message."""


class Product:
    """`asisso serve` on a free port of loopback, with a data folder of its own.

    Args:
        settings: further `ASISSO_` settings, without the prefix.
        data_dir: kept when given, made and removed with the product otherwise.
    """

    def __init__(self, *, settings: Mapping[str, str] | None = None, data_dir: Path | None = None) -> None:
        self._owned_dir = None if data_dir else Path(tempfile.mkdtemp(prefix="asisso-"))
        self.data_dir = data_dir or self._owned_dir or Path()
        self.port = free_port()
        self.admin_password = secrets.token_urlsafe(12)
        self._settings = dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._api_key: str | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_url(self) -> str:
        """Where its data is."""
        return self._settings.get("DATABASE_URL") or f"sqlite+aiosqlite:///{self.data_dir / 'asisso.db'}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log_text(self) -> str:
        """Everything the server has printed so far."""
        path = self.data_dir / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def cpu_seconds(self) -> float:
        """Processor time the server has used, user and system, from the operating system."""
        return cpu_seconds(self.pid)

    def start(self, *, has_administrator: bool = True) -> None:
        """Start the server and wait until it is ready for calls.

        Raises:
            ProductFailed: it ended or did not become ready in time.
        """
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ASISSO_")}
        environment |= {
            "ASISSO_DATA_DIR": str(self.data_dir),
            "ASISSO_PORT": str(self.port),
            "PYTHONPATH": str(BACKEND),
            **{f"ASISSO_{name}": value for name, value in self._settings.items()},
        }
        if has_administrator:
            environment |= {
                "ASISSO_ADMIN_EMAIL": ADMIN_EMAIL,
                "ASISSO_ADMIN_PASSWORD": self.admin_password,
            }
        with (self.data_dir / "server.log").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "asisso", "serve"],
                cwd=self.data_dir,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        give_up_at = time.monotonic() + READY_TIMEOUT_S
        answer = "no answer"
        while time.monotonic() < give_up_at:
            if self._process is None or self._process.poll() is not None:
                break
            with contextlib.suppress(httpx.TransportError):
                response = httpx.get(f"{self.url}/readyz", trust_env=False)
                if response.status_code == 200:
                    return
                answer = response.text
            time.sleep(POLL_INTERVAL_S)
        log = self.log_text
        self.kill()
        raise ProductFailed(f"The server did not become ready ({answer}):\n{log[-3000:]}")

    def stop(self) -> int:
        """SIGTERM, and wait for the end; gives the exit status.

        Raises:
            ProductFailed: it did not end in time.
        """
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ProductFailed(f"The server did not stop:\n{self.log_text[-3000:]}") from None

    def terminate(self) -> None:
        """SIGTERM without waiting."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    async def exited(self, timeout_s: float = STOP_TIMEOUT_S) -> int:
        """Wait for the end of a process that was told to stop; gives the exit status."""
        assert self._process is not None
        return await asyncio.to_thread(self._process.wait, timeout_s)

    def kill(self) -> None:
        """SIGKILL: what a crash leaves behind stays."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def close(self) -> None:
        """Stop it if it runs and remove a data folder that was made for it."""
        if self._process is not None and self._process.poll() is None:
            try:
                self.stop()
            finally:
                self.kill()
        if self._owned_dir is not None:
            shutil.rmtree(self._owned_dir, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def api(self) -> Api:
        """A client of the HTTP API with an administrator's key, for one event loop."""
        if self._api_key is None:
            self._api_key = self._make_api_key()
        return Api(self.url, self._api_key)

    def _make_api_key(self) -> str:
        with httpx.Client(base_url=self.url, headers={"Origin": self.url}, trust_env=False) as browser:
            credentials = {"email": ADMIN_EMAIL, "password": self.admin_password}
            browser.post("/api/v1/auth/login", json=credentials).raise_for_status()
            answer = browser.post("/api/v1/api-keys", json={"name": "bench", "role": "admin"})
            answer.raise_for_status()
            return str(answer.json()["key"])


class Api:
    """The product's HTTP API, as an async context manager; every refusal is an exception."""

    def __init__(self, url: str, api_key: str) -> None:
        self.http = httpx.AsyncClient(
            base_url=f"{url}/api/v1",
            headers={"X-API-Key": api_key},
            timeout=REQUEST_TIMEOUT_S,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()

    async def get(self, path: str, **params: str) -> Any:
        return self._checked(await self.http.get(path, params=params))

    async def post(self, path: str, **body: Any) -> Any:
        return self._checked(await self.http.post(path, json=body))

    async def patch(self, path: str, **body: Any) -> Any:
        return self._checked(await self.http.patch(path, json=body))

    async def delete(self, path: str) -> None:
        self._checked(await self.http.delete(path))

    def _checked(self, answer: httpx.Response) -> Any:
        if answer.is_error:
            raise ProductFailed(f"{answer.request.method} {answer.request.url.path}: {answer.text}")
        return answer.json() if answer.content else None


def cpu_seconds(pid: int) -> float:
    """Processor time a process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port of loopback nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
