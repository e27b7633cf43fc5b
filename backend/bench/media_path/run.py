"""The media path's cost and delay beside its floor and its peer, in short rounds that take turns."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from pbxlab.provision import AsteriskRoot

from .measure import Server, floor, load, product, running
from .peer import PeerUnavailable, peer_python
from .speech import write_speech

CALLS = (10, 50, 100, 200)
KINDS = ("listening", "speaking", "echo")
PEER_CALLS = 30
"""The peer fills half a core with these; with twice as many nothing would be measured but a full one."""

ROUNDS = 3
FLOOR_IS = "a bare picows echo server"
PEER_IS = "a pipecat FastAPIWebsocketTransport echo pipeline"

Opens = Callable[[int, int], AbstractContextManager[Server]]
Figures = dict[str, Any]


def measure(root: AsteriskRoot) -> Iterator[dict[str, Any]]:
    """Every line of the media path; CPU is that of all threads, user and system."""
    with tempfile.TemporaryDirectory() as folder:
        speech = Path(folder) / "speech.slin16"
        write_speech(speech, root)
        for calls in CALLS:
            yield from _beside_floor(calls, speech)
        yield from _beside_peer(speech)


def _beside_floor(calls: int, speech: Path) -> Iterator[dict[str, Any]]:
    opens: dict[str, Opens] = {"floor": floor}
    opens |= {kind: lambda port, core, kind=kind: product(port, core, kind) for kind in KINDS}  # type: ignore[misc]
    rounds = _rounds(opens, calls, speech)
    bare = _best(rounds["floor"])
    for kind in KINDS:
        ours = _best(rounds[kind])
        line = {
            "bench": "media_path",
            "agent": kind,
            "calls": calls,
            "unit": "ms of CPU a call-second, slin16, best of all rounds; windows judged a call-second",
            "product": [r["cpu_ms"] for r in rounds[kind]],
            "baseline": [r["cpu_ms"] for r in rounds["floor"]],
            "baseline_is": FLOOR_IS,
            "ratio": round(ours["cpu_ms"] / bare["cpu_ms"], 2),
            "judged_windows": ours["judged_windows"],
            "memory_mb": ours["memory_mb"],
            "load_lateness_p99_ms": ours["lateness_p99"],
        }
        if kind == "echo":
            line |= _delays(rounds[kind], rounds["floor"])
        yield line


def _beside_peer(speech: Path) -> Iterator[dict[str, Any]]:
    try:
        python = peer_python()
    except PeerUnavailable as error:
        print(error, file=sys.stderr)
        return
    script = str(Path(__file__).parent / "peer" / "echo.py")

    def peer(port: int, core: int) -> AbstractContextManager[Server]:
        command = [str(python), script, str(port)]
        return running(command, port, core, f"ws://127.0.0.1:{port}/", lambda count: [("", "")] * count)

    opens: dict[str, Opens] = {"peer": peer}
    opens |= {kind: lambda port, core, kind=kind: product(port, core, kind) for kind in ("listening", "echo")}  # type: ignore[misc]
    rounds = _rounds(opens, PEER_CALLS, speech)
    for kind in ("listening", "echo"):
        line = {
            "bench": "media_path_peer",
            "agent": kind,
            "calls": PEER_CALLS,
            "unit": "ms of CPU a call-second, slin16, best of all rounds; windows judged a call-second",
            "product": [r["cpu_ms"] for r in rounds[kind]],
            "baseline": [r["cpu_ms"] for r in rounds["peer"]],
            "baseline_is": PEER_IS,
            "ratio": round(_best(rounds[kind])["cpu_ms"] / _best(rounds["peer"])["cpu_ms"], 3),
        }
        yield line | (_delays(rounds[kind], rounds["peer"]) if kind == "echo" else {})


def _rounds(opens: dict[str, Opens], calls: int, speech: Path) -> dict[str, list[Figures]]:
    rounds: dict[str, list[Figures]] = {name: [] for name in opens}
    server_core, load_core = _cores()
    for _ in range(ROUNDS):
        for name, open_server in opens.items():
            with open_server(_free_port(), server_core) as server:
                figures = load(server, calls, speech, load_core)
            if figures["lost_calls"]:
                raise RuntimeError(f"{name} lost {figures['lost_calls']} of {calls} calls")
            rounds[name].append(figures)
    return rounds


def _delays(ours: list[Figures], theirs: list[Figures]) -> dict[str, Any]:
    """There and back through server and loopback, ms; the generator's own lateness is in neither."""
    quietest = {
        side: min(rounds, key=lambda r: r["latency_p99"]) for side, rounds in (("us", ours), ("they", theirs))
    }
    us, they = quietest["us"], quietest["they"]
    return {
        "latency_ms": {"p50": us["latency_p50"], "p99": us["latency_p99"]},
        "baseline_latency_ms": {"p50": they["latency_p50"], "p99": they["latency_p99"]},
        "added_p99_ms": round(us["latency_p99"] - they["latency_p99"], 2),
    }


def _best(rounds: list[Figures]) -> Figures:
    return min(rounds, key=lambda figures: float(figures["cpu_ms"]))


def _cores() -> tuple[int, int]:
    """One for the server and one for the load; the same where there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    return cores[0], cores[-1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
