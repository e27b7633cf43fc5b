"""The event WebSocket breaks, again and again, while requests still get through."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Self

from bench.figures import p50_p95_max
from bench.stage import Stage, eventually

from ..party import Party
from ..proxy import ProxiedConnection, TcpProxy
from .fault import STRIKES_AFTER, Fault

MEAN_INTERVAL_S = 6.0
BACK_TIMEOUT_S = 60.0
_EVENTS = b"GET /ari/events"


class EventsCut(Fault):
    """A proxy stands between the product and ARI and resets only the connection that carries events."""

    name = "events-cut"

    async def __aenter__(self) -> Self:
        self._back_ms: list[float] = []
        self._proxy = await TcpProxy(("127.0.0.1", 0)).__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._proxy.__aexit__(kind, error, trace)

    async def prepare(self, on: Stage) -> None:
        """Lead the product through the proxy."""
        self._proxy.target = ("127.0.0.1", on.asterisk.http_port)
        await on.api.patch(on.path, ari_endpoint=f"http://{self._proxy.netloc}")
        await self._event_streams()
        await on.becomes("connected")

    async def strike(self, on: Stage, party: Party) -> None:
        await party.has_arrived(STRIKES_AFTER / 2)
        while not party.is_over:
            for stream in await self._event_streams():
                stream.reset()
            self.times += 1
            cut_at = time.monotonic()
            await self._event_streams()
            self._back_ms.append((time.monotonic() - cut_at) * 1000)
            await asyncio.sleep(self.rng.expovariate(1 / MEAN_INTERVAL_S))
        self.figures["event_stream_back_ms"] = p50_p95_max(self._back_ms)

    async def _event_streams(self) -> list[ProxiedConnection]:
        """Wait until the product reads events."""

        async def look() -> list[ProxiedConnection]:
            return self._proxy.connections(_EVENTS)

        found: list[ProxiedConnection] = await eventually(look, bool, "the event stream", BACK_TIMEOUT_S)
        return found
