"""The media route: what one call's audio costs the product, beside a bare WebSocket echo server.

Both serve the same telephones through the same Asterisk, in slin16; the product's share holds everything a call has:
route, protocol, intake, recording and an agent that echoes.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pbxlab.telephone.call import PhoneCall
from pbxlab.telephone.telephone import Telephone

from . import bare_calls
from .stage import Stage

CALLS = 20
SECONDS = 8.0
ROUNDS = 3


class EchoServer:
    """The baseline's process."""

    def __init__(self, port: int) -> None:
        self.port = port
        backend = Path(__file__).parents[1]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.bare_echo", str(port)],
            cwd=backend,
            env={**os.environ, "PYTHONPATH": str(backend)},
        )

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


async def measure(on: Stage, echo: EchoServer) -> dict[str, Any]:
    """Hold the same number of calls with each in turn; CPU is user and system time of the operating system."""
    ours, bare = [], []
    async with bare_calls.answering(on.asterisk), Telephone(on.asterisk.sip_address) as telephone:
        for _ in range(ROUNDS):
            bare.append(await _cpu_ms(on, telephone, bare_calls.EXTENSION, echo.cpu_seconds))
            ours.append(await _cpu_ms(on, telephone, "8000", on.product.cpu_seconds))
    ratios = [a / b for a, b in zip(ours, bare, strict=True)]
    return {
        "bench": "media_route",
        "unit": "ms of CPU a call-second, slin16, echo",
        "calls": CALLS,
        "product": [round(v, 2) for v in ours],
        "baseline": [round(v, 2) for v in bare],
        "baseline_is": "a bare websockets echo server on uvloop",
        "ratio": round(sorted(ratios)[len(ratios) // 2], 2),
    }


async def _cpu_ms(on: Stage, telephone: Telephone, extension: str, cpu: Callable[[], float]) -> float:
    calls: list[PhoneCall] = []
    for _ in range(CALLS):
        call = await telephone.dial(extension)
        await call.answered()
        calls.append(call)
    before, started = cpu(), time.monotonic()
    await asyncio.sleep(SECONDS)
    used, elapsed = cpu() - before, time.monotonic() - started
    silent = [call for call in calls if len(call.heard) < SECONDS * 25]
    assert not silent, f"{len(silent)} of {CALLS} calls to {extension} were not echoed"
    await asyncio.gather(*(call.hang_up() for call in calls))
    await on.asterisk.ari.empty()
    return used * 1000 / elapsed / CALLS
