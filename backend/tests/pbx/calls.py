"""What tests ask of a call: to be made, to be somewhere in its life, and what was written down of it."""

from __future__ import annotations

from typing import Any

from bench.stage import Stage, eventually
from pbxlab.telephone import PhoneCall

Run = dict[str, Any]

RUN_TIMEOUT_S = 10.0


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


async def live_run(on: Stage) -> Run:
    """The run of the one call that is up."""
    listed = await eventually(
        lambda: on.api.get("/calls"),
        lambda seen: len(seen["items"]) == 1 and seen["items"][0]["state"] == "in_progress",
        "one live call",
        RUN_TIMEOUT_S,
    )
    found: Run = listed["items"][0]
    return found


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


async def nothing_is_left(on: Stage) -> None:
    """Neither on the PBX nor in the product is there anything of any call."""
    await on.asterisk.ari.empty()
    await eventually(
        lambda: on.api.get("/calls"), lambda seen: seen["items"] == [], "the end of every run", RUN_TIMEOUT_S
    )
