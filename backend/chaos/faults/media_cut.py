"""Media sockets that break at random, as in a network that drops connections."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from bench.product import Product
from bench.stage import Stage

from ..party import Party
from ..proxy import TcpProxy
from .fault import Fault

CUTS_PER_CALL = 0.6
"""On average: some calls are never cut, some twice."""

_FILE = "websocket_client.conf"


class MediaCut(Fault):
    """A proxy stands between Asterisk and the product's media address and resets one connection after the other."""

    name = "media-cut"

    async def __aenter__(self) -> Self:
        # Where the product listens is known when its files are.
        self._proxy = await TcpProxy(("127.0.0.1", 0)).__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._proxy.__aexit__(kind, error, trace)

    def files(self, generated: dict[str, str], product: Product) -> dict[str, str]:
        self._proxy.target = ("127.0.0.1", product.port)
        address = urlsplit(product.url).netloc
        assert address in generated[_FILE], f"the generated {_FILE} does not lead to {address}"
        return {**generated, _FILE: generated[_FILE].replace(address, self._proxy.netloc)}

    async def strike(self, on: Stage, party: Party) -> None:
        while not party.is_over:
            await asyncio.sleep(self.rng.expovariate(CUTS_PER_CALL * self.plan.rate))
            if connections := self._proxy.connections():
                self.rng.choice(connections).reset()
                self.times += 1
