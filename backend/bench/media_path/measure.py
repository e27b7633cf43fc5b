"""Runs one load against one server and gives what it cost. Nothing here knows which server it is."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from asisso.calls.directory import SECRET_VARIABLE
from asisso.settings import MEDIA_PATH

from ..product import BACKEND
from .generator import Order

READY_TIMEOUT_S = 30.0
RUN_GRACE_S = 60.0
WARM_S = 3.0
SECONDS = 5.0

Tickets = Callable[[int], list[tuple[str, str]]]
Judged = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Server:
    """A running server process.

    Attributes:
        tickets: makes calls and gives what their media has to show.
        judged: how many windows a detector has looked at since the start.
    """

    pid: int
    url: str
    tickets: Tickets
    judged: Judged = lambda: 0

    def cpu_seconds(self) -> float:
        """Of all its threads, user and system, to the microsecond where the kernel keeps that."""
        spent = 0
        for path in Path(f"/proc/{self.pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):
                spent += int(path.read_text().split()[0])
        return spent / 1e9

    def memory_mb(self) -> float:
        """Resident, of which pages shared with other processes are a part."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def running(
    command: list[str], port: int, core: int, url: str, tickets: Tickets, judged: Judged = lambda: 0
) -> Iterator[Server]:
    """A server process pinned to one core, until the context is left."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ASISSO_")}
    environment |= {"PYTHONPATH": str(BACKEND), "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(
        ["taskset", "-c", str(core), *command],
        cwd=BACKEND,
        env=environment,
        stdout=sys.stderr,
        start_new_session=True,
    )
    try:
        _wait_for(port, process)
        yield Server(process.pid, url, tickets, judged)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def product(port: int, core: int, kind: str) -> Iterator[Server]:
    """The product's media path, with an agent of this kind (see `serve`)."""
    folder = tempfile.mkdtemp(prefix="asisso-bench-")
    command = [sys.executable, "-m", "bench.media_path.serve", str(port), folder, kind]

    def tickets(count: int) -> list[tuple[str, str]]:
        answer = httpx.post(f"http://127.0.0.1:{port}/bench/calls", params={"count": count}, trust_env=False)
        return [(channel_id, secret) for channel_id, secret in answer.raise_for_status().json()]

    def judged() -> int:
        answer = httpx.get(f"http://127.0.0.1:{port}/bench/judged", trust_env=False)
        return int(answer.raise_for_status().json())

    try:
        with running(command, port, core, f"ws://127.0.0.1:{port}{MEDIA_PATH}", tickets, judged) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def floor(port: int, core: int) -> Iterator[Server]:
    """The bare picows echo server."""
    command = [sys.executable, "-m", "bench.media_path.floor", str(port)]
    with running(command, port, core, f"ws://127.0.0.1:{port}/", lambda count: [("", "")] * count) as server:
        yield server


def load(server: Server, calls: int, speech: Path, core: int) -> dict[str, Any]:
    """Hold `calls` calls for a while; gives the generator's figures and what the server spent on them."""
    order = Order(server.url, server.tickets(calls), SECRET_VARIABLE, str(speech), WARM_S, SECONDS)
    generator = subprocess.Popen(
        [
            "taskset",
            "-c",
            str(core),
            sys.executable,
            "-m",
            "bench.media_path.generator",
            json.dumps(asdict(order)),
        ],
        cwd=BACKEND,
        env={**os.environ, "PYTHONPATH": str(BACKEND)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert generator.stdout is not None
    try:
        _expect(generator, "counting")
        judged = server.judged()
        cpu, began = server.cpu_seconds(), time.monotonic()
        _expect(generator, "counted")
        cpu, seconds = server.cpu_seconds() - cpu, time.monotonic() - began
        judged = server.judged() - judged
        memory = server.memory_mb()
        figures = json.loads(generator.stdout.readline())
    finally:
        generator.kill()
        generator.wait()
    return {
        **figures,
        "cpu_ms": round(cpu * 1000 / seconds / calls, 3),
        "judged_windows": round(judged / seconds / calls, 1),
        "memory_mb": round(memory, 1),
    }


def _expect(generator: subprocess.Popen[str], word: str) -> None:
    assert generator.stdout is not None
    line = generator.stdout.readline().strip()
    if line != word:
        raise RuntimeError(f"the load generator said {line!r} instead of {word!r}")


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    async def connect() -> None:
        async with asyncio.timeout(READY_TIMEOUT_S):
            while process.poll() is None:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    return
                await asyncio.sleep(0.05)
        raise RuntimeError("the server to be measured ended")

    asyncio.run(connect())
