"""Voice activity: CPU of a call-second of listening at 1 to 100 calls, beside Silero on every window alone.

Every call talks 40 % of the time, in recorded human speech over a noisy line, at its own moments. Both do their work on
threads as the product has them; CPU is that of the whole process, so the event loop's part is in it.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import numpy as np

from asisso.agents.agent import Line
from asisso.agents.listening import Listening
from asisso.agents.speech import SpeechModels, _Loaded
from asisso.agents.turn_policy import TurnPolicy
from asisso.agents.vad.detector import WINDOW_SAMPLES
from asisso.agents.vad.silero import SileroModel
from asisso.audio.frame import Pcm
from pbxlab import sounds

CALLS = (1, 10, 50, 100)
SECONDS = 6.0
FRAME = 320
TALKING = 0.4
NOISE_RMS = 30.0
RATE_HZ = 16_000


def speech(seconds: float = 60.0, *, talks: bool = True) -> Pcm:
    """A caller's side: prompts with pauses between them, above the noise of a line."""
    rng = np.random.default_rng(1)
    track = rng.normal(0, NOISE_RMS, int(seconds * RATE_HZ))
    at = RATE_HZ
    for _, prompt in sorted(sounds.prompts().items())[::7] if talks else ():
        pcm = prompt.load(RATE_HZ)[: 4 * RATE_HZ]
        if at + pcm.size > track.size:
            break
        track[at : at + pcm.size] += pcm
        at += int(pcm.size / TALKING)
    return track.clip(-32768, 32767).astype(np.int16)


class SilentLine:
    """A line nobody answers on."""

    is_speaking = False

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def now_ms(self) -> int:
        return int((time.monotonic() - self._began) * 1000)


class Nobody:
    """A listener that does nothing with what it is told."""

    agent_text = ""

    def __init__(self) -> None:
        self.turns = 0

    def on_hold(self) -> int | None:
        return None

    def on_turn_ended(self, utterance: object) -> None:
        self.turns += 1

    def on_nothing(self, *_: object) -> None:
        """Not of interest here."""

    on_speech_started = on_barge_in = on_key_pressed = on_resume = on_keys = on_nothing


async def measure(calls: int, *, is_talking: bool = True) -> dict[str, Any]:
    """Both ways in turn, on the same sound."""
    track = speech() if is_talking else speech(60.0, talks=False)
    frames = _frames(calls, track)
    model = SileroModel.load()
    before_ms = await _cpu_ms(calls, lambda: _every_window(model, frames))
    counted: dict[str, float] = {}
    now_ms = await _cpu_ms(calls, lambda: _listening(model, frames, counted))
    return {
        "bench": "voice_activity",
        "unit": "ms of CPU a call-second",
        "callers": "talk 40 % of the time" if is_talking else "say nothing",
        "calls": calls,
        "product": round(now_ms, 3),
        "baseline": round(before_ms, 3),
        "baseline_is": "Silero on every window of every call alone",
        "ratio": round(now_ms / before_ms, 3),
        **counted,
    }


async def _cpu_ms(calls: int, work: Any) -> float:
    began = time.process_time()
    await work()
    return (time.process_time() - began) * 1000 / SECONDS / calls


def _frames(calls: int, track: Pcm) -> list[list[Pcm]]:
    """For each 20 ms the next frame of each call."""
    shift = track.size // (calls + 1) // FRAME * FRAME
    rolled = [np.roll(track, -shift * call) for call in range(calls)]
    return [[r[at : at + FRAME] for r in rolled] for at in range(0, int(SECONDS * RATE_HZ), FRAME)]


async def _every_window(model: SileroModel, frames: list[list[Pcm]]) -> None:
    memories = [model.memory() for _ in frames[0]]

    def judge() -> None:
        for call, memory in enumerate(memories):
            sound = np.concatenate([of_all[call] for of_all in frames])
            whole = sound[: sound.size // WINDOW_SAMPLES * WINDOW_SAMPLES].reshape(-1, 1, WINDOW_SAMPLES)
            for window in whole:
                model.probabilities([memory], window)

    await asyncio.to_thread(judge)


async def _listening(model: SileroModel, frames: list[list[Pcm]], counted: dict[str, float]) -> None:
    models = SpeechModels()
    models._loaded = _only_ears(model)
    calls = len(frames[0])
    policy = TurnPolicy(end_of_turn="off")
    line: Line = SilentLine()  # type: ignore[assignment]
    listeners = [Nobody() for _ in range(calls)]
    ears = [Listening(models.call(), policy, listener) for listener in listeners]
    tasks = [asyncio.create_task(ear.run(line)) for ear in ears]
    await asyncio.sleep(0)
    began = time.monotonic()
    late = []
    for index, of_all in enumerate(frames):
        await asyncio.sleep(max(0.0, began + index * 0.02 - time.monotonic()))
        for ear, frame in zip(ears, of_all, strict=True):
            ear.hear(frame)
        late.append(models.hearing.late_s * 1000)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    stats = models.hearing.stats
    models.close()
    counted["judged_share"] = round(stats.judged_windows * 0.032 / SECONDS / calls, 3)
    counted["calls_a_run"] = round(stats.judged_windows / max(1, stats.runs), 1)
    counted["late_ms_p95"] = round(float(np.percentile(late, 95)), 1)
    counted["turns"] = sum(listener.turns for listener in listeners)


def _only_ears(model: SileroModel) -> _Loaded:
    """Loaded models of which only the detector is used."""
    nothing: Any = None
    return _Loaded(nothing, nothing, model, None, None)


async def main() -> list[dict[str, Any]]:
    """One result for each number of calls, and one of callers who only listen."""
    return [*[await measure(calls) for calls in CALLS], await measure(CALLS[-1], is_talking=False)]
