"""The product's media path as a server of its own: everything `asisso serve` has but a PBX that makes the calls.

python -m bench.media_path.serve PORT DATA_DIR KIND    (listening, speaking or echo)

`POST /bench/calls?count=N` makes N calls that wait for their media, and answers with their channel ids and secrets;
`GET /bench/judged` tells how many windows the detector has looked at.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
from fastapi import FastAPI

from asisso.agents.agent import Agent, AgentEnd, Line
from asisso.agents.ear import Ear
from asisso.agents.listening import Listening, Utterance
from asisso.agents.speech import SpeechModels
from asisso.agents.turn_policy import TurnPolicy
from asisso.api.state import AppState
from asisso.app import create_app
from asisso.asterisk.media.protocol import MediaEvent
from asisso.audio.frame import MediaFormat, Pcm
from asisso.calls.active_call import TICKS_PER_RECORDING_WRITE
from asisso.calls.beat import Beat
from asisso.calls.caller_sound import CallerSound
from asisso.calls.disk import Disk
from asisso.calls.effects import Effects
from asisso.calls.line import CallLine, MediaSocket
from asisso.calls.log import CallLog
from asisso.calls.progress import Progress
from asisso.calls.recorder import Recorder
from asisso.calls.silence import SilenceWatch
from asisso.runtime.server import DrainingServer, server_config
from asisso.settings import Settings

SPEAKS_S, PAUSES_S = 2.0, 3.0
"""An agent that speaks 40 % of the time."""


class ListeningAgent:
    """An `Agent` with ears and no mind: what it hears goes through gate and detector to the rules of turns."""

    sample_rate = 16_000

    def __init__(self, models: SpeechModels, kind: str, clip: Pcm) -> None:
        # What asks for recognition is off: that is no part of the media path.
        policy = TurnPolicy(barge_in="sound", end_of_turn="off")
        self._ears = Listening(models.call(), policy, self)
        self._kind = kind
        self._clip = clip
        self._line: Line | None = None

    @property
    def ear(self) -> Ear | None:
        return self._ears.ear if self._kind != "echo" else None

    async def prepare(self) -> None:
        """There is nothing to prepare."""

    async def converse(self, line: Line) -> AgentEnd:
        """Listen, and speak in its time or give everything back."""
        self._line = line
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._ears.run(line))
            while self._kind == "speaking":
                line.say(self._clip, "Two seconds of speech.")
                await asyncio.sleep(SPEAKS_S + PAUSES_S)
        return AgentEnd()

    def hear(self, pcm: Pcm) -> None:
        self._ears.hear(pcm)
        if self._kind == "echo" and self._line is not None:
            self._line.play_live(pcm)

    def press(self, digit: str) -> None:
        """Keys mean nothing here."""

    async def close(self) -> None:
        """There is nothing to free."""

    @property
    def agent_text(self) -> str:
        return ""

    def on_speech_started(self) -> None:
        """Nobody waits for it."""

    def on_hold(self) -> int | None:
        """The clip is said to its end."""

    def on_resume(self, reason: str) -> None:
        """Nothing was held."""

    def on_barge_in(self) -> None:
        """The clip is said to its end."""

    def on_turn_ended(self, utterance: Utterance) -> None:
        """There is no recognition."""

    def on_key_pressed(self) -> None:
        """Keys mean nothing here."""

    def on_keys(self, keys: str) -> None:
        """Keys mean nothing here."""


class BenchCall:
    """What `ActiveCall` is to the media route, without channels and machine."""

    def __init__(self, agent: Agent, recorder: Recorder, beat: Beat) -> None:
        self.session = cast("Any", self)  # nobody asks it anything
        self.has_media = False
        log = CallLog()
        self._effects = Effects(lambda: None)
        self._agent = agent
        self._ticks = 0
        self._beat = beat
        self.line = CallLine(
            MediaFormat.SLIN16,
            agent,
            log,
            recorder,
            silence=SilenceWatch(0),
            control=cast("Any", None),
            on_key=lambda digit: None,
            progress=Progress(lambda **_: None, log),
        )

    def on_media_connected(self, attempt: int, socket: MediaSocket) -> None:
        self.has_media = True
        self.line.open_ears()
        self.line.connect(socket)
        self._leave_the_beat = self._beat.join(self._tick)
        self._effects.work(self._converse())

    async def _converse(self) -> None:
        await self._agent.converse(self.line)

    def _tick(self) -> None:
        self._ticks += 1
        self.line.tick()
        if self._ticks % TICKS_PER_RECORDING_WRITE == 0:
            self.line.write_recording()

    @property
    def caller_sound(self) -> CallerSound:
        return self.line.sound

    def on_media_audio(self, payload: bytes) -> None:
        self.line.sound.take(payload)

    def on_media_event(self, event: MediaEvent) -> None:
        self.line.receive_event(event)

    def on_media_closed(self, attempt: int, code: int) -> None:
        self.has_media = False
        self.line.disconnect()
        self._leave_the_beat()
        self._closing = asyncio.ensure_future(self._close())

    async def _close(self) -> None:
        await self._effects.close()
        await self.line.close()


class _Silent:
    """A recognizer and a synthesizer for a path that has neither."""

    def recognize(self, pcm: Pcm) -> str:
        return ""

    def synthesize(self, sentence: str) -> Pcm:
        return np.zeros(16_000, np.int16)


class BenchTelephony:
    """In the place of the workers: makes calls when asked to."""

    def __init__(self, parts: AppState, kind: str, models: SpeechModels, disk: Disk) -> None:
        self._parts, self._kind, self._models, self._disk = parts, kind, models, disk
        self._beat = Beat()
        self._made = 0
        tone = np.sin(np.arange(int(SPEAKS_S * 16_000)) * 0.2) * 4_000
        self._clip = tone.astype(np.int16)

    node = "bench"

    @property
    def judged_windows(self) -> int:
        """What the detector has looked at, by which one knows that these calls listen."""
        return self._models.hearing.stats.judged_windows

    def readiness(self) -> list[str]:
        return []

    async def drain(self, timeout_s: float) -> None:
        return

    def make_calls(self, count: int) -> list[tuple[str, str]]:
        made = []
        for _ in range(count):
            self._made += 1
            channel_id = f"am-bench-{self._made}"
            path = self._parts.settings.recordings_dir / f"{self._made}.wav"
            agent = ListeningAgent(self._models, self._kind, self._clip)
            call = BenchCall(agent, Recorder(path, 16_000, self._disk), self._beat)
            secret = self._parts.directory.issue_ticket(
                cast("Any", call), 1, channel_id, media_username="", requires_credentials=False
            )
            made.append((channel_id, secret))
        return made


def application(data_dir: Path, kind: str) -> FastAPI:
    """The product with pretended telephony."""

    @asynccontextmanager
    async def telephony(parts: AppState) -> AsyncIterator[Any]:
        models = SpeechModels(
            load_recognizer=_Silent,
            load_synthesizer=_Silent,
            load_end_predictor=lambda: None,
            load_encoder=lambda: None,
        )
        await models.load()
        disk = Disk()
        try:
            yield BenchTelephony(parts, kind, models, disk)
        finally:
            models.close()
            disk.shutdown(wait=False, cancel_futures=True)

    app = create_app(Settings(data_dir=data_dir), telephony=telephony)

    @app.post("/bench/calls")
    async def make_calls(count: int) -> list[tuple[str, str]]:
        running: BenchTelephony = app.state.parts.telephony
        return running.make_calls(count)

    @app.get("/bench/judged")
    async def judged() -> int:
        running: BenchTelephony = app.state.parts.telephony
        return running.judged_windows

    return app


async def _nothing() -> None:
    """Nobody is told, and no call is waited for."""


def main(port: int, data_dir: Path, kind: str) -> None:
    """Serve until the process is ended."""
    config = server_config(application(data_dir, kind), "127.0.0.1", port)
    DrainingServer(config, announce=_nothing, drain=_nothing).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
