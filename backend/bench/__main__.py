"""`make bench`: one JSON object a line on standard output; figures are ratios against a baseline of the same run.

`make bench ARGS="media_path resampler"` runs only these; see `NAMES`.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import Iterable, Sequence

from pbxlab.errors import PbxUnavailable
from pbxlab.provision import AsteriskRoot, provision

from . import bare_calls, call_setup, churn, flush_to_silence, media_route, resampler, setup_burst
from .media_path import run as media_path
from .media_route import EchoServer
from .product import Product
from .stage import stage

NAMES = ("resampler", "media_path", "call_setup", "flush_to_silence", "media_route")


def main(wanted: Sequence[str]) -> int:
    """Run every benchmark, or those that are wanted; gives the exit status."""
    names = set(wanted) or set(NAMES)
    if not names <= set(NAMES):
        print(f"The benchmarks are: {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    if "resampler" in names:
        _print_all(resampler.measure())
    try:
        root = provision(progress=lambda line: print(line, file=sys.stderr))
    except PbxUnavailable as error:
        print(f"No real Asterisk can be had here: {error}", file=sys.stderr)
        return 1
    if "media_path" in names:
        _print_all(media_path.measure(root))
    if names & {"call_setup", "flush_to_silence", "media_route"}:
        with Product() as product:
            if "call_setup" in names:
                asyncio.run(_call_setup(product, root))
            if "flush_to_silence" in names:
                asyncio.run(_flush_to_silence(product, root))
            if "media_route" in names:
                asyncio.run(_media_route(product, root))
    return 0


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


def _print_all(results: Iterable[object]) -> None:
    for result in results:
        _print(result)


def _print(result: object) -> None:
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
