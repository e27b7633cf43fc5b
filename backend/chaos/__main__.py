"""`make chaos`: one JSON object a fault on standard output; fails when a criterion is missed, and names it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import httpx
import uvloop

from bench.product import Product, ProductFailed
from pbxlab.errors import BenchError, PbxUnavailable
from pbxlab.provision import AsteriskRoot, provision

from .experiment import Verdict, produce
from .faults import FAULTS
from .party import Plan


def main() -> int:
    """Run the command line; the exit status."""
    arguments = _parser().parse_args()
    try:
        root = provision(progress=_say)
    except PbxUnavailable as error:
        _say(f"No real Asterisk can be had here: {error}")
        return 1
    plan = Plan(arguments.calls, arguments.rate, tuple(arguments.talk_s), arguments.turns)
    missed = {name: _run(name, root, plan, arguments) for name in arguments.faults}
    failed = [f"{name}: {criterion}" for name, criteria in missed.items() for criterion in criteria]
    for line in failed:
        _say(f"missed - {line}")
    return 1 if failed else 0


def _run(name: str, root: AsteriskRoot, plan: Plan, arguments: argparse.Namespace) -> list[str]:
    """Produce one fault on a product of its own; gives the criteria it missed."""
    _say(f"{name}: {plan.calls} calls, {plan.rate:g} a second ...")
    verdict = Verdict(name, {"experiment": "it broke off"}, {})
    try:
        with Product() as product:
            verdict = uvloop.run(
                produce(FAULTS[name], product, root, plan, seed=arguments.seed, keep=arguments.keep)
            )
    except* (ProductFailed, BenchError, TimeoutError, httpx.HTTPError) as group:
        verdict.unmet["experiment"] = "; ".join(f"{type(e).__name__}: {e}" for e in _leaves(group))
    print(json.dumps(verdict.line()), flush=True)
    return list(verdict.unmet)


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in _leaves(inner)]
    return [error]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _fault_names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in FAULTS]:
        raise argparse.ArgumentTypeError(
            f"no such fault: {', '.join(unknown)}; there are {', '.join(FAULTS)}"
        )
    return names


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _parser() -> argparse.ArgumentParser:
    default = Plan()
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument(
        "--calls", type=_count, default=default.calls, help="calls for each fault (%(default)s)"
    )
    parser.add_argument("--rate", type=float, default=default.rate, help="calls a second (%(default)s)")
    parser.add_argument(
        "--talk-s",
        type=float,
        nargs=2,
        default=default.talk_s,
        metavar=("SHORTEST", "LONGEST"),
        help="how long callers talk, in seconds (%(default)s)",
    )
    parser.add_argument(
        "--turns", type=_count, default=default.turns, help="how often they speak (%(default)s)"
    )
    parser.add_argument(
        "--faults", type=_fault_names, default=list(FAULTS), help=f"of {','.join(FAULTS)} (all)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the random choices (%(default)s)")
    parser.add_argument("--keep", type=Path, help="a folder for the logs of Asterisk and product")
    return parser


if __name__ == "__main__":
    sys.exit(main())
