"""Sound as samples: what a telephone got, laid beside what the product says it sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt

from asisso.audio.wav import read_wav
from bench.stage import Stage
from pbxlab.telephone import PhoneCall

Pcm = npt.NDArray[np.int16]

FRAME_S = 0.02
JITTER_MS = 60
"""What telephones hold back to even out the network, at the least."""

PAUSE_MS = 400
"""A longer time without a packet is a pause of the agent's, not a hole in its speech."""


async def recording_of(on: Stage, run: dict[str, Any], folder: Path) -> tuple[Pcm, Pcm, int]:
    """The recording of a run: caller, agent, and Hz."""
    answer = await on.api.http.get(httpx.URL(on.product.url + run["recording_url"]))
    assert answer.status_code == 200
    path = folder / f"{run['id']}.wav"
    path.write_bytes(answer.content)
    sound, rate = read_wav(path)
    return sound[:, 0], sound[:, 1], rate


def heard_in_a_row(call: PhoneCall) -> Pcm:
    """The samples of all packets, one behind the other."""
    packets = [call.codec.decode(got.packet.payload) for got in call.heard]
    return np.concatenate(packets) if packets else np.empty(0, np.int16)


def without_silence(track: Pcm) -> Pcm:
    """Every sample that is not zero: sentences are filled up to whole frames, and pauses have no fixed length."""
    return track[track != 0]


@dataclass(frozen=True)
class Hole:
    """A time in which a telephone had nothing to play in the middle of an utterance."""

    began_at: float
    ended_at: float

    @property
    def duration_ms(self) -> float:
        return (self.ended_at - self.began_at) * 1000

    def is_shared_by(self, others: Sequence[Hole]) -> bool:
        """Whether another stream stood still at the same time."""
        return any(one.began_at < self.ended_at and self.began_at < one.ended_at for one in others)


def holes(call: PhoneCall, *, jitter_ms: float = JITTER_MS) -> list[Hole]:
    """Where the telephone's jitter buffer ran empty, by the kernel's receive times.

    A packet that comes late and is followed by the others in a hurry is none: the buffer is there for it.
    """
    found: list[Hole] = []
    due_at = 0.0
    for got in call.heard:
        if got.at - due_at > PAUSE_MS / 1000:
            due_at = got.at + jitter_ms / 1000
        elif got.at > due_at:
            found.append(Hole(due_at, got.at))
            due_at = got.at
        due_at += FRAME_S
    return found


def same_beginning(one: Pcm, other: Pcm) -> int:
    """How many samples at the beginning are the same in both."""
    length = min(len(one), len(other))
    different = np.flatnonzero(one[:length] != other[:length])
    return int(different[0]) if different.size else length
