"""Transcriptions: a WAV in a multipart form, words out."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from modellab.faults import Faults
from modellab.http import Answer, Request

PATH = "/v1/audio/transcriptions"
Pcm = npt.NDArray[np.int16]
Recognize = Callable[[Pcm, int], str]


class TranscriptionServer:
    """One recognizer.

    Attributes:
        words: the answers to the next requests.
        recognize: finds the words of a sound at a rate in Hz, on a thread, where `words` has none left.
        heard: every sound so far, with its rate.
        forms: the other fields of every request.
    """

    def __init__(self) -> None:
        self.faults = Faults()
        self.words: list[str] = []
        self.recognize: Recognize = lambda pcm, rate_hz: ""
        self.heard: list[tuple[Pcm, int]] = []
        self.forms: list[dict[str, str]] = []

    async def serve(self, request: Request, answer: Answer) -> None:
        """Answer one request."""
        form = request.form
        with wave.open(io.BytesIO(form.pop("file"))) as file:
            pcm, rate_hz = np.frombuffer(file.readframes(file.getnframes()), "<i2"), file.getframerate()
        self.heard.append((pcm, rate_hz))
        self.forms.append({name: value.decode() for name, value in form.items()})
        await answer.may_fail()
        text = self.words.pop(0) if self.words else await asyncio.to_thread(self.recognize, pcm, rate_hz)
        await answer.whole(200, {"text": text})
