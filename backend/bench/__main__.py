"""`make bench`: one JSON object a line on standard output; figures are ratios against a baseline of the same run.

`make bench ARGS="media_path resampler"` runs only these; see `NAMES`.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

from conversations.place import open_place
from pbxlab.errors import PbxUnavailable
from pbxlab.provision import AsteriskRoot, provision

from . import (
    api_requests,
    bare_calls,
    barge_in,
    call_setup,
    churn,
    flush_to_silence,
    media_route,
    paging,
    recognition,
    replies,
    resampler,
    setup_burst,
    sse_fan_out,
    voice_activity,
)
from .media_path import run as media_path
from .media_route import EchoServer
from .product import Product
from .stage import stage


def main(wanted: Sequence[str]) -> int:
    """Run every benchmark, or those that are wanted; gives the exit status."""
    names = set(wanted) or set(NAMES)
    if not names <= set(NAMES):
        print(f"The benchmarks are: {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    if "resampler" in names:
        _print_all(resampler.measure())
    if "data" in names:
        asyncio.run(_data())
    if names <= WITHOUT_A_PBX:
        return 0
    try:
        root = provision(progress=lambda line: print(line, file=sys.stderr))
    except PbxUnavailable as error:
        print(f"No real Asterisk can be had here: {error}", file=sys.stderr)
        return 1
    if "sse_fan_out" in names:
        _print(asyncio.run(sse_fan_out.measure()))
    if "speech" in names:
        asyncio.run(_speech())
    if "media_path" in names:
        _print_all(media_path.measure(root))
    on_a_product = [name for name in names if name in ON_A_PRODUCT]
    if on_a_product:
        with Product() as product:
            for name, bench in ON_A_PRODUCT.items():
                if name in on_a_product:
                    asyncio.run(bench(product, root))
    return 0


async def _data() -> None:
    async for result in api_requests.measure():
        _print(result)
    async for result in paging.measure():
        _print(result)


async def _speech() -> None:
    for bench in (voice_activity, recognition):
        for result in await bench.main():
            _print(result)


async def _barge_in(product: Product, root: AsteriskRoot) -> None:
    async with stage(product, root, name="barge-in", greeting=barge_in.STORY) as on:
        await on.becomes("connected")
        _print(await barge_in.measure(on))


async def _call_setup(product: Product, root: AsteriskRoot) -> None:
    async with stage(product, root, name="set-up") as on:
        await on.becomes("connected")
        _print(await call_setup.measure(on))
        async for result in setup_burst.measure(on):
            _print(result)
        _print(await churn.measure(on))


async def _flush_to_silence(product: Product, root: AsteriskRoot) -> None:
    async with (
        flush_to_silence.FlushTap(product).open() as tap,
        stage(product, root, name="flush", greeting=flush_to_silence.STORY, files=tap.stand_between) as on,
    ):
        await on.becomes("connected")
        async for result in flush_to_silence.measure(on, tap):
            _print(result)


async def _media_route(product: Product, root: AsteriskRoot) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    echo = EchoServer(port)
    try:
        async with stage(
            product,
            root,
            name="media",
            agent={"kind": "echo"},
            files=lambda generated: bare_calls.files(generated, port),
        ) as on:
            await on.becomes("connected")
            _print(await media_route.measure(on, echo))
    finally:
        echo.close()


async def _replies(product: Product, root: AsteriskRoot) -> None:
    async with open_place(product, root) as place:
        async for result in replies.measure(place):
            _print(result)


Bench = Callable[[Product, AsteriskRoot], Coroutine[Any, Any, None]]

ON_A_PRODUCT: dict[str, Bench] = {
    "call_setup": _call_setup,
    "flush_to_silence": _flush_to_silence,
    "barge_in": _barge_in,
    "media_route": _media_route,
    "replies": _replies,
}
WITHOUT_A_PBX = {"resampler", "data"}
NAMES = ("resampler", "data", "sse_fan_out", "speech", "media_path", *ON_A_PRODUCT)


def _print_all(results: Iterable[object]) -> None:
    for result in results:
        _print(result)


def _print(result: object) -> None:
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
