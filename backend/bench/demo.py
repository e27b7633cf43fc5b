"""`make demo`: the main job, once, on real parts. Ends with an error if any part failed."""

from __future__ import annotations

import asyncio
import difflib
import re
import sys
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from asisso.audio.wav import read_wav
from asisso.workflows.samples import samples
from pbxlab import sounds
from pbxlab.errors import PbxUnavailable
from pbxlab.provision import AsteriskRoot, provision
from pbxlab.telephone.telephone import Telephone

from .product import Product, ProductFailed
from .stage import Stage, stage

SPOKEN = "vm-leavemsg"
ANSWER = "I will take a message. What is your name, please?"
GOODBYE = "vm-goodbye"
LIKENESS = 0.7
"""How like the prompt's text the recognised words have to be: speech recognition is not dictation."""

OUT = Path(__file__).parents[2] / "data" / "demo"


def main() -> int:
    """Run the demo; gives the exit status."""
    try:
        root = provision()
    except PbxUnavailable as error:
        print(f"No real Asterisk can be had here: {error}", file=sys.stderr)
        return 1
    try:
        with Product() as product:
            asyncio.run(_demo(product, root))
    except (ProductFailed, AssertionError, TimeoutError) as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        return 1
    return 0


async def _demo(product: Product, root: AsteriskRoot) -> None:
    print(f"Product on {product.url}; starting a private Asterisk from the files it generated ...")
    (reception,) = [sample for sample in samples() if sample.id == "reception"]
    async with stage(product, root, name="demo", workflow=reception.definition) as on:
        status = await on.becomes("connected")
        print(f"Asterisk {status['asterisk_version']} is connected, {status['round_trip_ms']} ms away.")
        await _talk(on)
        (run,) = await on.finished_runs(1)
        await on.asterisk.ari.empty()
        recording = await _fetch_recording(on, run)
        _report(run, await on.timeline(run["id"]), recording)
        _check(run, recording)


async def _talk(on: Stage) -> None:
    print("A telephone calls 8000 ...")
    async with Telephone(on.asterisk.sip_address) as telephone:
        call = await telephone.dial("8000")
        answered = await call.answered()
        audio = await call.hears_audio()
        print(f"  answered after {_ms(answered - call.invited_at)} ms")
        print(f"  first audio of the agent after {_ms(audio - call.invited_at)} ms")
        await call.hears_silence(700)
        for name in (SPOKEN, GOODBYE):
            prompt = sounds.prompt(name)
            print(f"  the caller says: {prompt.text}")
            call.play(prompt.path)
            said = await call.played()
            if name != GOODBYE:
                heard = await call.hears_audio(since=said)
                print(f"  the agent answers {_ms(heard - said)} ms after the caller's last sound")
                await call.hears_silence(900)
        print(f"  the call ended: {await call.ended()}")


async def _fetch_recording(on: Stage, run: dict[str, Any]) -> Path:
    assert run["recording_url"], "the run has no recording"
    answer = await on.api.http.get(httpx.URL(on.product.url + run["recording_url"]))
    assert answer.status_code == 200, f"the recording could not be fetched: {answer.status_code}"
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / f"{run['id']}.wav"
    path.write_bytes(answer.content)
    return path


def _report(run: dict[str, Any], timeline: list[dict[str, Any]], recording: Path) -> None:
    print(f"\nTranscript ({run['outcome']}, ended by {run['ended_by']}, {run['duration_ms'] / 1000:.1f} s)")
    for turn in run["transcript"]:
        print(f"  {turn['started_ms'] / 1000:6.2f} s  {turn['speaker']:6}  {turn['text']}")
    print("\nTimings inside the product (ms)")
    print(f"  call reached us -> answered {run['latency']['answer_ms']}")
    for entry in timeline:
        if entry["kind"] == "request":
            print(f"  ARI {entry['detail']['what']:16} {entry['detail']['duration_ms']}")
    for number, turn in enumerate(run["latency"]["turns"], 1):
        print(
            f"  turn {number}: "
            + ", ".join(f"{k.removesuffix('_ms')} {v}" for k, v in turn.items() if v is not None)
        )
    print(f"\nStereo recording (caller left, agent right): {recording}")


def _check(run: dict[str, Any], recording: Path) -> None:
    caller = [t["text"] for t in run["transcript"] if t["speaker"] == "caller"]
    agent = [t["text"] for t in run["transcript"] if t["speaker"] == "agent"]
    assert run["outcome"] == "completed", f"the run ended as {run['outcome']}: {run['detail']}"
    assert _likeness(caller[0], sounds.prompt(SPOKEN).text) > LIKENESS, f"the agent understood: {caller[0]}"
    assert ANSWER in agent, f"the agent did not understand what was meant: {agent}"
    samples, rate = read_wav(recording)
    assert samples.shape[1] == 2, "the recording is not stereo"
    assert len(samples) / rate > run["duration_ms"] / 1000 - 1, "the recording is too short"
    loudness = np.abs(samples.astype(np.int32)).max(axis=0)
    assert (loudness > 1000).all(), f"a channel of the recording is silent: {loudness}"


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, _words(one), _words(other)).ratio()


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


if __name__ == "__main__":
    sys.exit(main())
