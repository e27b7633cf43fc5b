"""What tests ask of a call: to be made, to be somewhere in its life, and what was written down of it."""

from __future__ import annotations

from typing import Any

from bench.stage import Stage, eventually
from pbxlab import sounds
from pbxlab.telephone import EndKind, PhoneCall, Telephone
from tests.pbx.speech import Pcm

Run = dict[str, Any]

RUN_TIMEOUT_S = 10.0
GOODBYE = "vm-goodbye"


async def place_call(on: Stage, to: str, **wish: Any) -> Run:
    """Have the product call somebody, by the stage's own workflow and configuration unless told; gives the run."""
    body = {
        "workflow_id": on.workflow_id,
        "telephony_configuration_id": on.configuration_id,
        "to": to,
        **{"from" if name == "from_" else name: value for name, value in wish.items()},
    }
    answer: dict[str, Run] = await on.api.post("/calls", **body)
    return answer["run"]


async def live_run(on: Stage, caller_number: str = "1000") -> Run:
    """The run of the call from this number that is up."""

    async def look() -> list[Run]:
        live = (await on.api.get("/calls"))["items"]
        return [run for run in live if run["from"] == caller_number and run["state"] == "in_progress"]

    (found,) = await eventually(look, lambda seen: len(seen) == 1, "one live call", RUN_TIMEOUT_S)
    run: Run = found
    return run


async def run_becomes(on: Stage, run: Run, state: str, timeout_s: float = RUN_TIMEOUT_S) -> Run:
    """Wait for a run's state; gives the run as it is then."""
    seen: Run = await eventually(
        lambda: on.api.get(f"/runs/{run['id']}"),
        lambda now: now["state"] == state,
        f"run {run['id']} {state}",
        timeout_s,
    )
    return seen


async def completed(on: Stage, run: Run, timeout_s: float = RUN_TIMEOUT_S) -> Run:
    """Wait for a run's end; gives it whole."""
    return await run_becomes(on, run, "completed", timeout_s)


async def noted(on: Stage, run: Run, kind: str, timeout_s: float = RUN_TIMEOUT_S) -> dict[str, Any]:
    """Wait until an entry of this kind stands in the run's timeline; gives the last one's detail."""

    async def entries() -> list[dict[str, Any]]:
        return [entry for entry in await on.timeline(run["id"]) if entry["kind"] == kind]

    found = await eventually(entries, bool, f"{kind} in the timeline", timeout_s)
    detail: dict[str, Any] = found[-1]["detail"]
    return detail


def ending(run: Run) -> tuple[str, str]:
    """How a run ended, and by whom."""
    return run["outcome"], run["ended_by"]


def texts(run: Run, speaker: str) -> list[str]:
    """What one side said, turn by turn."""
    return [turn["text"] for turn in run["transcript"] if turn["speaker"] == speaker]


async def hears_speech_for(call: PhoneCall, duration_ms: int) -> None:
    """Wait until so much has come; Asterisk sends nothing while the agent is silent."""
    await call.until(lambda: len(call.heard) * 20 >= duration_ms, "the agent had talked for a while", 5)


async def hears_out(call: PhoneCall) -> None:
    """Wait until the agent has said what it has to say."""
    await call.hears_silence(800, 20)


async def talk_with_agent(
    on: Stage, telephone: Telephone, number: str = "8000", *, caller_number: str = "1000"
) -> tuple[PhoneCall, Run]:
    """Call the agent and let it greet; gives the call and its run."""
    call = await telephone.dial(number, caller_number=caller_number)
    await call.hears_audio()
    await call.hears_silence(400)
    return call, await live_run(on, caller_number)


async def part(call: PhoneCall) -> None:
    """Say goodbye: an agent that hears and is heard answers it and hangs up."""
    call.play(sounds.prompt(GOODBYE).path)
    said_at = await call.played()
    await call.hears_audio(since=said_at)
    assert (await call.ended()).kind is EndKind.REMOTE_BYE


def heard_since(call: PhoneCall, at: float) -> Pcm:
    """What the telephone has heard from that time on, at 16 kHz."""
    return call.heard_pcm(16_000)[max(0, round((at - call.invited_at) * 16_000)) :]


async def are_joined(lab: Stage) -> None:
    """Wait until two people are in one bridge and no agent is left."""

    async def look() -> tuple[list[int], bool]:
        names = [channel["name"] for channel in await lab.asterisk.ari.channels()]
        bridges = [
            bridge for bridge in await lab.asterisk.ari.bridges() if bridge["id"].startswith("asisso-")
        ]
        sizes = [len(bridge["channels"]) for bridge in bridges]
        return sizes, any(name.startswith("WebSocket/") for name in names)

    await eventually(look, lambda seen: seen == ([2], False), "two people in one bridge", 5)


async def nothing_is_left(on: Stage) -> None:
    """Neither on the PBX nor in the product is there anything of any call."""
    await on.asterisk.ari.empty()
    await eventually(
        lambda: on.api.get("/calls"), lambda seen: seen["items"] == [], "the end of every run", RUN_TIMEOUT_S
    )
