"""Live calls while the connection doctor runs again and again: what the callers notice of it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import numpy as np

from pbxlab.telephone import PhoneCall, Telephone
from tests.pbx.clinic import Clinic, first_problem

TONE_HZ = 400
RATE_HZ = 8_000
BASELINE_PACKETS = 150
BASELINE_TIMEOUT_S = 10.0
MAX_TONE_S = 120


@dataclass(frozen=True)
class Hearing:
    """The pauses between the packets that callers heard, in ms."""

    median_ms: float
    p99_ms: float
    longest_ms: float


@dataclass(frozen=True)
class Outcome:
    """What came of it; `setup_ms` are of calls that began while the doctor ran."""

    before: Hearing
    during: Hearing
    dropped: int
    setup_ms: list[float]
    verdicts: set[str]
    doctor_ms: list[float]


async def run_doctor_under_calls(clinic: Clinic, telephone: Telephone, calls: int, runs: int) -> Outcome:
    """Let callers talk to an agent that echoes (8001), and check the connection meanwhile."""
    live = list(await asyncio.gather(*(_talk(telephone) for _ in range(calls))))
    began = time.time()
    await asyncio.gather(*(_hears_more(call) for call in live))
    doctor_began = time.time()
    setup_ms, verdicts, doctor_ms = [], set(), []
    for number in range(runs):
        checking = asyncio.create_task(clinic.diagnose())
        if number % 5 == 0:
            setup_ms.append(await _setup_ms(telephone))
        diagnosis = await checking
        problem = first_problem(diagnosis)
        verdicts.add(problem["id"] if problem else "healthy")
        doctor_ms.append(float(diagnosis["duration_ms"]))
    ended = time.time()
    dropped = sum(call.end_reason is not None for call in live)
    outcome = Outcome(
        _hearing(live, began, doctor_began),
        _hearing(live, doctor_began, ended),
        dropped,
        setup_ms,
        verdicts,
        doctor_ms,
    )
    await asyncio.gather(*(call.hang_up() for call in live))
    return outcome


async def _talk(telephone: Telephone) -> PhoneCall:
    call = await telephone.dial("8001")
    await call.answered()
    seconds = np.arange(MAX_TONE_S * RATE_HZ) / RATE_HZ
    call.play((8_000 * np.sin(2 * np.pi * TONE_HZ * seconds)).astype(np.int16), RATE_HZ)
    await call.hears_audio()
    return call


async def _hears_more(call: PhoneCall) -> None:
    enough = len(call.heard) + BASELINE_PACKETS
    await call.until(lambda: len(call.heard) >= enough, "the baseline was heard", BASELINE_TIMEOUT_S)


async def _setup_ms(telephone: Telephone) -> float:
    call = await telephone.dial("8001")
    answered_at = await call.answered()
    await call.hang_up()
    return (answered_at - call.invited_at) * 1000


def _hearing(calls: list[PhoneCall], since: float, until: float) -> Hearing:
    pauses = np.concatenate(
        [
            np.diff([packet.at for packet in call.heard if since <= packet.at <= until]) * 1000
            for call in calls
        ]
    )
    return Hearing(float(np.median(pauses)), float(np.percentile(pauses, 99)), float(pauses.max()))
