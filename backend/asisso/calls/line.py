"""The call as its agent sees it: `CallLine` is the `Line` of the agents' interface, on top of one media socket.

Everything is called on the event loop and returns at once; nothing here makes a task. The caller's frames come through
`sound`, which may give them to the agent's ear without a word to anybody here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import numpy as np

from asisso.agents.agent import Agent, Interrupted
from asisso.agents.control import CallControl
from asisso.asterisk.media.protocol import DtmfEnd, MediaEvent, MediaProtocol, PeerError
from asisso.audio.frame import MediaFormat, Pcm
from asisso.audio.resample import LiveResampler, resample_clip

from .caller_sound import CallerSound
from .first_frame import FirstFrame
from .intake import Intake
from .log import CallLog
from .playout import Message, Playout, Spoken
from .progress import Progress
from .quality import AudioCounts
from .recorder import Recorder
from .silence import Silence, SilenceWatch

RECORD_LAG_MS = 400
"""The recording is written this far behind the present, where nothing can change any more."""


LIVE_TAIL_MS = 300
LIVE_LOOK_MS = 100
"""Live frames are looked at this often: at every one it would be a tenth of what an echo costs."""

AUDIBLE_SWING = 600
"""From the lowest to the highest sample of a live frame that counts as the agent being heard: about -40 dBFS."""


class MediaSocket(Protocol):
    """The open media WebSocket of one attempt."""

    protocol: MediaProtocol

    def write(self, message: Message) -> None:
        """Queue a message; bounded, closes the socket of a peer that does not read."""

    def close(self, code: int) -> None:
        """Begin closing with a WebSocket status code."""


class CallLine:
    """One call's audio, both ways.

    Args:
        agent: is given the caller's audio once `open_ears` was called.
        recorder: None when the workflow does not record.
        control: what the agent may do with the call.
        on_key: is given the keys that are not the agent's: those pressed while the caller is parked.
        progress: keeps what the agent tells of its way through the workflow and of its usage.

    Attributes:
        sound: takes what the media socket brings of the caller.
    """

    def __init__(
        self,
        media_format: MediaFormat,
        agent: Agent,
        log: CallLog,
        recorder: Recorder | None,
        *,
        silence: SilenceWatch,
        control: CallControl,
        on_key: Callable[[str], None],
        progress: Progress,
    ) -> None:
        self._format = media_format
        self._agent = agent
        self._log = log
        self._progress = progress
        self._recorder = recorder
        self._playout = Playout(media_format)
        self._first_frame = FirstFrame(log)
        self._intake = Intake()
        self._socket: MediaSocket | None = None
        self._silence_watch = silence
        self._control = control
        self._on_key = on_key
        self._is_open = False
        self._is_parked = False
        self._is_hung_up = False
        self._hung_up_ms = 0
        self._live_heard_ms = self._live_looked_ms = -LIVE_TAIL_MS
        self._connected_ms = 0
        self._is_silent = asyncio.Event()
        self._is_silent.set()
        wire, wanted = media_format.sample_rate, agent.sample_rate
        self._hear_at = LiveResampler(wire, wanted) if wire != wanted else None
        self._speak_at = LiveResampler(wanted, wire) if wire != wanted else None
        self._say_at = LiveResampler(wanted, wire) if wire != wanted else None
        self._say_rest = 0
        self._silence = np.zeros(media_format.frame_samples, np.int16)
        is_heard_as_it_comes = media_format.is_pcm and wanted == wire
        self.sound = CallerSound(
            log.clock,
            self._intake,
            recorder.caller if recorder is not None else None,
            agent.ear if is_heard_as_it_comes else None,
            self._hear,
            self._hear_silence,
        )

    # what the agent uses

    @property
    def sample_rate(self) -> int:
        return self._agent.sample_rate

    @property
    def now_ms(self) -> int:
        return self._log.now_ms

    @property
    def is_speaking(self) -> bool:
        return self._playout.is_speaking

    @property
    def control(self) -> CallControl:
        return self._control

    def turn_began(self) -> None:
        self._silence_watch.turn_began(self.now_ms)

    def turn_ended(self) -> None:
        self._silence_watch.turn_ended(self.now_ms)
        self._first_frame.owed()

    def turn_ignored(self) -> None:
        self._silence_watch.restart(self.now_ms)
        self._first_frame.forget()

    def say(self, pcm: Pcm, text: str) -> None:
        if self._is_parked or self._is_hung_up:
            self.note("speech_unheard", reason="the caller is not with the agent")
            return
        ordinal = self._queue(pcm, self.sample_rate, text)
        if ordinal is not None:
            self._first_frame.handed(ordinal, self.now_ms)
            self._pump()

    def say_on(self, pcm: Pcm, text: str = "", *, is_end: bool = False) -> None:
        """See `Line.say_on`."""
        if self._is_parked or self._is_hung_up:
            return
        ordinal = None
        try:
            ordinal = self._playout.say_on(
                self._in_pieces(pcm, is_end=is_end), text, self.now_ms, is_end=is_end
            )
        except OverflowError as error:
            self.note("speech_refused", reason=str(error))
        if ordinal is not None and pcm.size:
            self._first_frame.handed(ordinal, self.now_ms)
        if self._playout.is_speaking:
            self._is_silent.clear()
        self._pump()

    def _in_pieces(self, pcm: Pcm, *, is_end: bool) -> Pcm:
        """The piece at the wire's rate; the resampler keeps what is short of a frame, until the end."""
        if self._say_at is None:
            return pcm
        frame_samples = self.sample_rate * 20 // 1000
        self._say_rest = (self._say_rest + pcm.size) % frame_samples
        if is_end and self._say_rest:
            pcm = np.pad(pcm, (0, frame_samples - self._say_rest))
            self._say_rest = 0
        return self._say_at.push(pcm)

    @property
    def unheard_ms(self) -> int:
        """See `Line.unheard_ms`."""
        return self._playout.unheard_ms(self.now_ms)

    def announce(self, pcm: Pcm, sample_rate: int, text: str) -> None:
        """Say what the call itself has to say, to whoever is in the bridge; an empty text leaves no transcript."""
        if self._queue(pcm, sample_rate, text) is not None:
            self._pump()

    def _queue(self, pcm: Pcm, sample_rate: int, text: str) -> int | None:
        wire_pcm = resample_clip(pcm, sample_rate, self._format.sample_rate)
        try:
            ordinal = self._playout.say(wire_pcm, text)
        except OverflowError as error:
            self.note("speech_refused", reason=str(error))
            return None
        self._is_silent.clear()
        return ordinal

    def play_live(self, pcm: Pcm) -> None:
        if self._is_parked or self._is_hung_up:
            return
        now_ms = self.now_ms
        if self._first_frame.is_owed or now_ms - self._live_looked_ms >= LIVE_LOOK_MS:
            self._live_looked_ms = now_ms
            if pcm.size and int(pcm.max()) - int(pcm.min()) > AUDIBLE_SWING:
                self._live_heard_ms = now_ms
                self._live_answer(now_ms)
        wire_pcm = self._speak_at.push(pcm) if self._speak_at else pcm
        message = self._playout.play_live(wire_pcm, now_ms)
        if message is not None and self._socket is not None:
            self._socket.write(message)

    def _live_answer(self, now_ms: int) -> None:
        newest = self._playout.newest_sent
        self._first_frame.handed(newest, now_ms)
        self._first_frame.sent(newest, now_ms)

    def interrupt(self) -> Interrupted | None:
        if self._say_at is not None:
            self._say_at.reset()
            self._say_rest = 0
        if not self._playout.is_speaking:
            return None
        messages, spoken = self._playout.interrupt(self.now_ms)
        self._first_frame.forget()
        self._write(messages)
        self._spoken(spoken)
        cut = Interrupted(
            heard_ms=spoken[0].ended_ms - spoken[0].started_ms,
            heard_text=spoken[0].text,
            lost_text=" ".join(s.lost_text for s in spoken if s.lost_text),
        )
        self.note("barge_in", heard_ms=cut.heard_ms)
        return cut

    def pause_speech(self) -> int | None:
        held = self._playout.hold(self.now_ms)
        if held is None:
            return None
        messages, left_ms = held
        self._write(messages)
        self.note("speech_held", left_ms=left_ms)
        return left_ms

    def resume_speech(self) -> None:
        self._playout.release(self.now_ms)
        self._pump()

    def caller_said(self, text: str, *, started_ms: int, ended_ms: int) -> None:
        self._log.caller_said(text, started_ms, ended_ms)

    def progress(self, node_id: str, gathered: Mapping[str, object]) -> None:
        """See `Line.progress`."""
        self._progress.moved(node_id, gathered)

    def use(self, **amounts: float) -> None:
        """See `Line.use`."""
        self._progress.used(amounts)

    def note(self, kind: str, **detail: str | int | float | bool | None) -> None:
        if kind == "turn":
            self._first_frame.note(detail)
        else:
            self._log.note(kind, **detail)

    async def drained(self) -> None:
        await self._is_silent.wait()

    # what the media socket uses

    def connect(self, socket: MediaSocket) -> None:
        """Carry the call's audio over this socket from now on."""
        self._socket = socket
        self._connected_ms = self.now_ms
        self.sound.received_frames = 0
        self._playout.attach(socket.protocol)

    @property
    def is_connected(self) -> bool:
        return self._socket is not None

    def disconnect(self) -> None:
        """The socket is gone; the agent's unheard speech waits for the next one."""
        if self._socket is not None:
            self._socket = None
            self._spoken(self._playout.detach(self.now_ms))

    def receive_event(self, event: MediaEvent) -> None:
        """One control message of the media socket, other than its MEDIA_START."""
        match event:
            case DtmfEnd(digit):
                self.note("dtmf", pii_digit=digit)
                if self._is_parked:
                    self._on_key(digit)
                elif self._is_open:
                    self._agent.press(digit)
            case PeerError(text):
                self.note("media_error", text=text)
            case _:
                self._spoken(self._playout.receive(event, self.now_ms))
                self._pump()

    # what the session uses

    def open_ears(self) -> None:
        """The conversation begins: from now on the agent hears and the recording runs."""
        self._is_open = True
        self._open_or_shut()
        self._silence_watch.restart(self.now_ms)

    def park(self) -> None:
        """The caller goes to the music: what was being said is cut, and neither side hears the other."""
        self.interrupt()
        self._is_parked = True
        self._open_or_shut()

    def unpark(self) -> None:
        """The caller is back."""
        self._is_parked = False
        self._open_or_shut()
        self._silence_watch.restart(self.now_ms)

    def hang_up(self) -> None:
        """The agent's part is over: nothing more is heard, said or recorded."""
        self.interrupt()
        self._record_agent(self.now_ms)
        self._is_hung_up, self._hung_up_ms = True, self.now_ms

    @property
    def deaf_ms(self) -> int:
        """How long a connected socket has brought nothing at all of the caller; 0 once it has."""
        is_deaf = self._socket is not None and self.sound.received_frames == 0 and not self._is_parked
        return self.now_ms - self._connected_ms if is_deaf and self._is_open else 0

    def tick(self) -> Silence | None:
        """Ten times a second: speech that is due, silence that was not sent, the recording, and who is silent."""
        if not self._is_open or self._is_hung_up:
            return None
        now_ms = self._log.clock.now_ms()
        gap = 0 if self._is_parked else self._intake.gap_at(now_ms)
        if gap:
            self.sound.fill(gap, now_ms)
        if not self._playout.is_at_rest(now_ms):
            self._spoken(self._playout.overdue(now_ms))
            self._pump()
            self._record_agent(now_ms)
        if self._is_parked:
            return None
        is_agent_heard = self.is_speaking or now_ms - self._live_heard_ms < LIVE_TAIL_MS
        return self._silence_watch.look(now_ms, is_agent_heard=is_agent_heard)

    def write_recording(self) -> None:
        """Every two seconds: hand what is settled to the recorder."""
        if self._recorder is not None and self._is_open and not self._is_hung_up:
            self._recorder.write(self.now_ms - RECORD_LAG_MS)

    async def close(self) -> None:
        """End the audio: what was heard goes into transcript and recording."""
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.close(1000)
        now_ms = self._hung_up_ms if self._is_hung_up else self.now_ms
        _, spoken = self._playout.interrupt(now_ms)
        self._first_frame.forget()
        self._spoken(spoken)
        self._record_agent(now_ms)
        if self._is_open:
            self._is_open = False
            self._open_or_shut()
            if self._recorder is not None:
                await self._recorder.close(now_ms)

    @property
    def counts(self) -> AudioCounts:
        """What has passed so far."""
        intake, playout = self._intake, self._playout
        return AudioCounts(
            frames_received=self.sound.total_frames,
            frames_sent=playout.sent_frames,
            frames_late=intake.dropped_frames,
            frames_dropped=playout.dropped_live_frames,
            gaps=intake.gaps,
            gap_ms=intake.filled_frames * intake.frame_ms,
            xoffs=playout.xoffs,
            flushes=playout.flushes,
        )

    @property
    def first_audio_ms(self) -> int | None:
        """When the agent's first audio was sent, ms on the call's clock."""
        return self._playout.first_sent_ms

    def _open_or_shut(self) -> None:
        self.sound.is_open = self._is_open and not self._is_parked

    def _hear(self, payload: bytes, now_ms: int) -> None:
        try:
            pcm = self._format.decode(payload)
        except ValueError:
            return
        if self._recorder is not None:
            self._recorder.add_caller(pcm, now_ms)
        self._agent.hear(self._hear_at.push(pcm) if self._hear_at else pcm)

    def _hear_silence(self, frames: int) -> None:
        for _ in range(frames):
            self._agent.hear(self._hear_at.push(self._silence) if self._hear_at else self._silence)

    def _record_agent(self, now_ms: int) -> None:
        for at_ms, pcm in self._playout.take_played(now_ms):
            if self._recorder is not None:
                self._recorder.add_agent(pcm, at_ms)

    def _pump(self) -> None:
        self._write(self._playout.pump(self.now_ms))
        self._first_frame.sent(self._playout.newest_sent, self.now_ms)
        if not self._playout.is_speaking:
            self._is_silent.set()

    def _write(self, messages: Iterable[Message]) -> None:
        if self._socket is not None:
            for message in messages:
                self._socket.write(message)

    def _spoken(self, spoken: Iterable[Spoken]) -> None:
        for part in spoken:
            self._log.agent_said(
                part.text, part.started_ms, part.ended_ms, is_interrupted=part.is_interrupted
            )
        if not self._playout.is_speaking:
            self._is_silent.set()
