"""Server-sent events to 500 listeners, beside a bare Starlette endpoint that sends the very same bytes.

Each server is a process of its own with the same number of listeners; the same listener reads both. An event's latency
counts from the moment its publisher handed it over (a clock both processes share) to its arrival. python -m
bench.sse_fan_out measures alone; `make bench` runs it among the others.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from .figures import percentile

LISTENERS = 500
EVENTS = 100
EVERY_S = 0.1
ROUNDS = 3
CONNECT_LIMIT_S = 60.0
READ_LIMIT_S = 60.0
STAMP = re.compile(rb'"sent_at":(\d+\.\d+)')


class Server:
    """One of the two servers.

    Args:
        kind: `product` or `bare`, see `bench.sse_servers`.
    """

    def __init__(self, kind: str) -> None:
        self.port = _free_port()
        backend = Path(__file__).parents[1]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.sse_servers", kind, str(self.port)],
            cwd=backend,
            env={**os.environ, "PYTHONPATH": str(backend)},
            stderr=subprocess.DEVNULL,
        )

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def ready(self) -> None:
        async with asyncio.timeout(CONNECT_LIMIT_S):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.1)
                else:
                    writer.close()
                    return

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


async def measure() -> dict[str, Any]:
    """Fan out with each in turn, several rounds; the median round counts."""
    servers = {"product": Server("product"), "baseline": Server("bare")}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in servers}
    try:
        for _ in range(ROUNDS):
            for name, server in servers.items():
                await server.ready()
                found[name].append(await _round(server))
    finally:
        for server in servers.values():
            server.close()
    middle = {name: _middle(rounds) for name, rounds in found.items()}
    ours, bare = middle["product"], middle["baseline"]
    return {
        "bench": "sse_fan_out",
        "unit": "ms of latency; ms of CPU an event for all listeners",
        "listeners": LISTENERS,
        "events": EVENTS,
        "product": ours,
        "baseline": bare,
        "baseline_is": "a bare Starlette StreamingResponse sending the same bytes",
        "ratio": round(ours["cpu_ms"] / bare["cpu_ms"], 2),
        "p99_ratio": round(ours["p99_ms"] / bare["p99_ms"], 2),
    }


def _middle(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(one[name] for one in rounds), 2) for name in rounds[0]}


async def _round(server: Server) -> dict[str, float]:
    latencies: list[float] = []
    async with asyncio.timeout(CONNECT_LIMIT_S):
        streams = await asyncio.gather(*(_open(server.port, "/events") for _ in range(LISTENERS)))
    readers = [asyncio.create_task(_read(reader, latencies)) for reader, _ in streams]
    before = server.cpu_seconds()
    _, trigger = await _open(server.port, "/go")
    async with asyncio.timeout(READ_LIMIT_S):
        await asyncio.gather(*readers)
    used = server.cpu_seconds() - before
    for _, writer in streams:
        writer.close()
    trigger.close()
    await asyncio.sleep(0.5)  # both servers notice who has left before the next round
    return {
        "p50_ms": statistics.median(latencies),
        "p99_ms": percentile(latencies, 0.99),
        "cpu_ms": used * 1000 / EVENTS,
    }


async def _open(port: int, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 200 " in head, head
    return reader, writer


async def _read(reader: asyncio.StreamReader, latencies: list[float]) -> None:
    for _ in range(EVENTS):
        while (stamp := STAMP.search(await reader.readuntil(b"\n"))) is None:
            pass
        latencies.append((time.monotonic() - float(stamp[1])) * 1000)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure())))
