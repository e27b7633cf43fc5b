"""The product as a process of its own on a port, with demo data: what clients and fuzzers are let loose on."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from asisso.settings import Settings
from tests.contract.demo_data import DemoData, make_demo_data

START_LIMIT_S = 60.0
STOP_LIMIT_S = 30.0


@dataclass(frozen=True)
class LiveServer:
    """Where it listens, what is in it, and what it logged."""

    url: str
    demo: DemoData
    log: Path


@contextmanager
def live_server(folder: Path, database_url: str | None = None) -> Iterator[LiveServer]:
    """Start it on a free port, and end it with SIGTERM as its supervisor would."""
    settings = Settings(data_dir=folder, secret_key="k" * 32, database_url=database_url)
    demo = asyncio.run(make_demo_data(settings))
    port = _free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ASISSO_")},
        "ASISSO_DATA_DIR": str(folder),
        "ASISSO_SECRET_KEY": "k" * 32,
        "ASISSO_PORT": str(port),
        "ASISSO_LOG_FORMAT": "json",
        "ASISSO_DRAIN_TIMEOUT_S": "0",
    }
    if database_url is not None:
        environment["ASISSO_DATABASE_URL"] = database_url
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "asisso", "serve"],
            env=environment,
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_alive(url, process, log)
        yield LiveServer(url, demo, log)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_alive(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    with httpx.Client(base_url=url, timeout=START_LIMIT_S) as client:
        deadline = time.monotonic() + START_LIMIT_S
        while True:
            try:
                assert client.get("/healthz").status_code == 200
            except httpx.TransportError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"the server did not start:\n{log.read_text()}") from None
                # Before it listens there is nothing to wait on.
                time.sleep(0.1)
            else:
                return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
