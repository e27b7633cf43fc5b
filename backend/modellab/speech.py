"""Speech: text in, PCM at 24 kHz out, in pieces and quicker than it is spoken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from modellab.faults import Faults
from modellab.http import Answer, Request

PATH = "/v1/audio/speech"
PCM_HZ = 24_000
PIECE_MS = 100
Pcm = npt.NDArray[np.int16]


def murmured(text: str) -> Pcm:
    """60 ms of a hum a character, softer at the ends of syllables: loud enough to be heard, quick to make."""
    samples = np.arange(len(text) * PCM_HZ * 60 // 1000)
    hum = np.sin(2 * np.pi * 180 * samples / PCM_HZ) * 6_000
    return np.where(samples // (PCM_HZ // 1000) % 240 < 200, hum, hum / 8).astype(np.int16)


class SpeechServer:
    """One voice.

    Attributes:
        speak: makes the sound of a text, on a thread.
        speed: how many times quicker than it is spoken the sound comes.
        asked: the body of every request so far.
    """

    def __init__(self) -> None:
        self.faults = Faults()
        self.speak: Callable[[str], Pcm] = murmured
        self.speed = 8.0
        self.asked: list[dict[str, Any]] = []

    @property
    def texts(self) -> list[str]:
        """What it was asked to say."""
        return [str(body["input"]) for body in self.asked]

    async def serve(self, request: Request, answer: Answer) -> None:
        """Answer one request."""
        body = request.json
        self.asked.append(body)
        if body["response_format"] != "pcm":
            await answer.whole(400, {"error": {"message": "only pcm is spoken here"}})
            return
        pcm = await asyncio.to_thread(self.speak, body["input"])
        await answer.begin("audio/pcm")
        # An odd number of bytes: real servers do not cut at samples either.
        step = PCM_HZ * 2 * PIECE_MS // 1000 + 1
        sound = pcm.astype("<i2").tobytes()
        for at in range(0, len(sound), step):
            await answer.piece(sound[at : at + step])
            await asyncio.sleep(PIECE_MS / 1000 / self.speed)
        await answer.end()
