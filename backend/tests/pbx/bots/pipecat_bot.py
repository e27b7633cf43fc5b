"""A bot as one writes it with pipecat for Twilio, in the environment of `bench/media_path/peer`.

python pipecat_bot.py PORT    (nothing of this project is imported; all of pipecat is as it comes from PyPI)

It greets with a tone and gives back what it hears; keys: 1 a long tone, 2 stop it at once, 9 goodbye.
GET /seen tells what it was told about its calls.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI, WebSocket
from loguru import logger
from pipecat.frames.frames import (
    EndWorkerFrame,
    Frame,
    InputAudioRawFrame,
    InputDTMFFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
    StartFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.workers.runner import WorkerRunner

HZ = 16_000
GREETING_HZ, LONG_HZ, GOODBYE_HZ = 440, 1_000, 660

app = FastAPI()
calls: list[dict[str, Any]] = []


def tone(frequency_hz: int, duration_s: float) -> OutputAudioRawFrame:
    """A sine wave as one frame of audio."""
    times = np.arange(round(HZ * duration_s)) / HZ
    samples = (8_000 * np.sin(2 * np.pi * frequency_hz * times)).astype("<i2")
    return OutputAudioRawFrame(audio=samples.tobytes(), sample_rate=HZ, num_channels=1)


class Bot(FrameProcessor):
    """What happens between the caller's sound and the bot's."""

    def __init__(self, seen: dict[str, Any]) -> None:
        super().__init__()
        self._seen = seen
        self.is_echoing = True

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        match frame:
            case StartFrame():
                await self.push_frame(frame, direction)
                await self.push_frame(tone(GREETING_HZ, 1.0))
            case InputAudioRawFrame():
                self._seen["heard_ms"] += len(frame.audio) // 32
                if self.is_echoing:
                    await self.push_frame(
                        OutputAudioRawFrame(audio=frame.audio, sample_rate=HZ, num_channels=1)
                    )
            case InputDTMFFrame():
                self._seen["digits"] += frame.button.value
                await self._key(frame.button.value)
            case _:
                await self.push_frame(frame, direction)

    async def _key(self, digit: str) -> None:
        self.is_echoing = False
        if digit == "1":
            await self.push_frame(tone(LONG_HZ, 20.0))
        if digit == "2":
            await self.push_frame(InterruptionFrame())
        if digit == "9":
            await self.push_frame(tone(GOODBYE_HZ, 0.6))
            await self.push_frame(EndWorkerFrame())


@app.get("/seen")
def seen() -> list[dict[str, Any]]:
    """What the calls so far were."""
    return calls


@app.websocket("/ws")
async def media(websocket: WebSocket) -> None:
    """One call."""
    await websocket.accept()
    kind, call = await parse_telephony_websocket(websocket)
    seen = {
        "kind": kind,
        "stream_id": call["stream_id"],
        "call_id": call["call_id"],
        "parameters": dict(call["body"]),
        "headers": dict(websocket.headers),
        "digits": "",
        "heard_ms": 0,
        "has_ended": False,
    }
    calls.append(seen)
    transport = FastAPIWebsocketTransport(
        websocket,
        FastAPIWebsocketParams(
            audio_in_enabled=True,
            audio_out_enabled=True,
            add_wav_header=False,
            serializer=TwilioFrameSerializer(
                call["stream_id"],
                call["call_id"],
                params=TwilioFrameSerializer.InputParams(auto_hang_up=False),
            ),
        ),
    )
    worker = PipelineWorker(
        Pipeline([transport.input(), Bot(seen), transport.output()]),
        params=PipelineParams(audio_in_sample_rate=HZ, audio_out_sample_rate=HZ),
        enable_rtvi=False,
        enable_turn_tracking=False,
    )

    @transport.event_handler("on_client_disconnected")
    async def on_client_disconnected(transport: FastAPIWebsocketTransport, websocket: WebSocket) -> None:
        seen["has_ended"] = True
        await worker.cancel()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


if __name__ == "__main__":
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
