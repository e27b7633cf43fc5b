"""`make conversations`: fifty conversations and a hundred prompts on a real Asterisk, one JSON object each.

The exit status is 0 when both marks are met: 95 % of the conversations end as they have to, and the word error rate of
recorded human speech is at most 6 %.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence

from bench.product import Product
from pbxlab.errors import BenchError
from pbxlab.provision import AsteriskRoot, provision

from .dictation import HIGHEST_ERROR_RATE, dictate, prompts
from .place import open_place
from .run import AT_ONCE, Result, results
from .script import Conversation
from .scripts import CONVERSATIONS

LOWEST_SHARE = 0.95
PROMPTS = 120


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status."""
    wanted = _parser().parse_args(arguments)
    try:
        root = provision(progress=lambda line: print(line, file=sys.stderr))
        with Product() as product:
            return asyncio.run(_all(product, root, wanted))
    except BenchError as error:
        print(f"This can't be done here: {error}", file=sys.stderr)
        return 1


async def _all(product: Product, root: AsteriskRoot, wanted: argparse.Namespace) -> int:
    chosen = [
        c for c in CONVERSATIONS if not wanted.only or wanted.only.lower() in f"{c.sample} {c.name}".lower()
    ]
    is_met = True
    if wanted.part in ("all", "conversations"):
        is_met &= await _conversations(product, root, chosen, wanted.at_once)
    if wanted.part in ("all", "words"):
        is_met &= await _words(product, root, wanted.at_once)
    return 0 if is_met else 1


async def _conversations(
    product: Product, root: AsteriskRoot, chosen: list[Conversation], at_once: int
) -> bool:
    done: list[Result] = []
    async with open_place(product, root) as place:
        async for result in results(place, chosen, at_once):
            done.append(result)
            _print(result.line())
    well = sum(not result.faults for result in done)
    share = well / len(done) if done else 0.0
    _print({"summary": "conversations", "count": len(done), "well": well, "share": round(share, 3)})
    return share >= LOWEST_SHARE


async def _words(product: Product, root: AsteriskRoot, at_once: int) -> bool:
    dictated = await dictate(product, root, prompts(PROMPTS), lambda one: _print(one.line()), at_once)
    _print(dictated.line())
    return dictated.errors.rate <= HIGHEST_ERROR_RATE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m conversations", description=__doc__)
    parser.add_argument("--part", choices=("all", "conversations", "words"), default="all")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="calls at the same time (%(default)s)")
    parser.add_argument("--only", default="", help="conversations with these words in sample or name")
    return parser


def _print(line: dict[str, object]) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    sys.exit(main())
