"""The line between one agent and one caller: who hears whom, and who is told what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pytest

from asisso.agents.echo import EchoAgent
from asisso.asterisk.media.protocol import DtmfEnd, FlowStopped, MediaProtocol
from asisso.audio.frame import MediaFormat, Pcm
from asisso.audio.resample import LiveResampler
from asisso.calls.call_clock import CallClock
from asisso.calls.line import CallLine, MediaSocket
from asisso.calls.log import CallLog
from asisso.calls.progress import Progress
from asisso.calls.recorder import Recorder
from asisso.calls.silence import AGENT_REPLY_TIMEOUT_MS, Silence, SilenceWatch

pytestmark = pytest.mark.unit

FRAME = np.full(320, 5_000, np.int16)
SILENCE_TIMEOUT_MS = 5_000


class ToldClock(CallClock):
    at_ms = 1_000

    def now_ms(self) -> int:
        return self.at_ms


class Clock(CallLog):
    """A log whose time is told."""

    def __init__(self) -> None:
        super().__init__()
        self.clock: ToldClock = ToldClock()

    @property
    def at_ms(self) -> int:
        return self.clock.at_ms

    @at_ms.setter
    def at_ms(self, at_ms: int) -> None:
        self.clock.at_ms = at_ms

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.take().events]


class Listener(EchoAgent):
    """Remembers what it heard and says nothing by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = 0
        self.keys: list[str] = []

    def hear(self, pcm: Pcm) -> None:
        self.heard += 1

    def press(self, digit: str) -> None:
        self.keys.append(digit)


@dataclass
class Socket:
    """A media socket that keeps what is written."""

    protocol: MediaProtocol = field(default_factory=MediaProtocol)
    written: list[str | bytes] = field(default_factory=list)

    def write(self, message: str | bytes) -> None:
        self.written.append(message)

    def close(self, code: int) -> None:
        """Nobody waits for it."""


class RecorderOf(list[tuple[str, int]]):
    """Which side was recorded, and when."""

    caller = None

    def add_caller(self, pcm: Pcm, at_ms: int) -> None:
        self.append(("caller", at_ms))

    def add_agent(self, pcm: Pcm, at_ms: int) -> None:
        self.append(("agent", at_ms))

    def write(self, until_ms: int) -> None:
        """There is no file."""


class Setup:
    def __init__(self, agent_hz: int = 16_000) -> None:
        self.clock, self.agent, self.socket, self.recorder = Clock(), Listener(), Socket(), RecorderOf()
        self.agent.sample_rate = agent_hz
        self.other_keys: list[str] = []
        self.recorded: dict[str, Any] = {}
        self.line = CallLine(
            MediaFormat("slin16"),
            self.agent,
            self.clock,
            cast("Recorder", self.recorder),
            silence=SilenceWatch(SILENCE_TIMEOUT_MS),
            control=cast("Any", None),
            on_key=self.other_keys.append,
            progress=Progress(self.record, self.clock),
        )

    def record(self, **columns: Any) -> None:
        self.recorded |= columns

    def talking(self) -> Setup:
        self.line.open_ears()
        self.line.connect(cast("MediaSocket", self.socket))
        return self

    def caller_says_something(self) -> None:
        self.clock.at_ms += 20
        self.line.sound.take(FRAME.tobytes())

    def passes(self, duration_ms: int) -> list[Silence]:
        """Time, in ticks; what became due."""
        due = []
        for _ in range(duration_ms // 100):
            self.clock.at_ms += 100
            event = self.line.tick()
            if event is not None:
                due.append(event)
        return due

    @property
    def audio_sent(self) -> int:
        return sum(isinstance(message, bytes) for message in self.socket.written)


class TestParked:
    def test_neither_side_hears_the_other(self) -> None:
        call = Setup().talking()
        call.line.park()
        call.caller_says_something()
        call.line.say(FRAME, "Are you there?")
        assert (call.agent.heard, call.audio_sent) == (0, 0)
        assert "speech_unheard" in call.clock.kinds

    def test_what_was_being_said_is_cut(self) -> None:
        call = Setup().talking()
        call.line.say(np.tile(FRAME, 50), "A long sentence.")
        call.line.park()
        assert not call.line.is_speaking
        assert any("FLUSH_MEDIA" in message for message in call.socket.written if isinstance(message, str))

    def test_an_announcement_is_for_whoever_is_in_the_bridge(self) -> None:
        call = Setup().talking()
        call.line.park()
        call.line.announce(FRAME, 16_000, "")
        assert call.audio_sent == 1

    def test_keys_are_for_the_call_and_not_for_the_agent(self) -> None:
        call = Setup().talking()
        call.line.receive_event(DtmfEnd("1"))
        call.line.park()
        call.line.receive_event(DtmfEnd("2"))
        assert (call.agent.keys, call.other_keys) == (["1"], ["2"])

    def test_nobody_is_silent_for_too_long_while_music_plays(self) -> None:
        call = Setup().talking()
        call.line.park()
        assert call.passes(4 * SILENCE_TIMEOUT_MS) == []
        call.line.unpark()
        assert call.passes(SILENCE_TIMEOUT_MS - 200) == []

    def test_the_caller_is_heard_again_after_it(self) -> None:
        call = Setup().talking()
        call.line.park()
        call.line.unpark()
        call.caller_says_something()
        assert call.agent.heard == 1


class TestHeldSpeech:
    def test_falls_silent_at_once_and_goes_on_when_told(self) -> None:
        call = Setup().talking()
        call.line.say(np.tile(FRAME, 200), "A long sentence.")
        sent = call.audio_sent
        call.clock.at_ms += 1_000
        assert call.line.pause_speech() == 3_000
        assert "FLUSH_MEDIA" in str(call.socket.written[-1])
        call.passes(1_000)
        assert (call.audio_sent, call.line.is_speaking) == (sent, True)
        assert "speech_held" in call.clock.kinds

        call.line.resume_speech()
        assert call.audio_sent > sent

    def test_is_over_when_it_is_interrupted(self) -> None:
        call = Setup().talking()
        call.line.say(np.tile(FRAME, 200), "one two three four")
        call.clock.at_ms += 1_000
        call.line.pause_speech()
        call.clock.at_ms += 700
        cut = call.line.interrupt()
        assert cut is not None
        assert (cut.heard_ms, cut.heard_text) == (1_000, "one")
        assert not call.line.is_speaking

    def test_there_is_none_while_nothing_is_said(self) -> None:
        assert Setup().talking().line.pause_speech() is None


class TestSilence:
    def test_a_caller_who_says_nothing_is_asked_and_given_up(self) -> None:
        call = Setup().talking()
        assert call.passes(2 * SILENCE_TIMEOUT_MS + 200) == [Silence.PROMPT, Silence.CALLER]

    def test_an_agent_that_owes_an_answer_is_given_up(self) -> None:
        call = Setup().talking()
        call.line.turn_began()
        call.line.turn_ended()
        assert call.passes(AGENT_REPLY_TIMEOUT_MS + 200)[0] is Silence.AGENT

    def test_live_sound_is_an_answer_and_live_silence_is_none(self) -> None:
        heard, silent = Setup().talking(), Setup().talking()
        for call, frame in ((heard, np.tile([5_000, -5_000], 160)), (silent, np.zeros(320))):
            for _ in range(SILENCE_TIMEOUT_MS // 100 + 2):
                call.line.play_live(frame.astype(np.int16))
                if call.passes(100):
                    break
            else:
                assert call is heard
                continue
            assert call is silent


class TestDeafness:
    def test_a_socket_that_brings_nothing_is_noticed(self) -> None:
        call = Setup().talking()
        call.passes(3_000)
        assert call.line.deaf_ms == 3_000

    def test_one_frame_is_enough(self) -> None:
        call = Setup().talking()
        call.caller_says_something()
        call.passes(3_000)
        assert call.line.deaf_ms == 0

    def test_new_media_is_judged_anew(self) -> None:
        call = Setup().talking()
        call.caller_says_something()
        call.line.disconnect()
        call.line.connect(cast("MediaSocket", Socket()))
        call.passes(2_000)
        assert call.line.deaf_ms == 2_000


def test_after_the_agent_has_left_nothing_is_heard_or_recorded() -> None:
    call = Setup().talking()
    call.line.hang_up()
    call.recorder.clear()
    call.line.say(FRAME, "Too late.")
    call.passes(1_000)
    assert (call.audio_sent, list(call.recorder)) == (0, [])


def test_what_passes_is_counted() -> None:
    call = Setup().talking()
    call.caller_says_something()
    call.passes(500)
    call.caller_says_something()
    call.line.say(np.tile(FRAME, 50), "A long sentence.")
    call.line.interrupt()
    call.line.receive_event(FlowStopped())
    call.line.play_live(FRAME)
    counts = call.line.counts
    assert (counts.frames_received, counts.frames_sent) == (2, 51)
    assert (counts.gaps, counts.flushes, counts.xoffs) == (1, 1, 1)
    assert 400 <= counts.gap_ms <= 500


class TestSoundInPieces:
    def test_pieces_of_another_rate_are_joined_without_a_seam(self) -> None:
        call = Setup(agent_hz=8_000).talking()
        tone = (8_000 * np.sin(np.arange(8_000) * 2 * np.pi * 440 / 8_000)).astype(np.int16)
        for at in range(0, 8_000, 100):  # not even whole frames
            call.line.say_on(tone[at : at + 100])
        call.line.say_on(tone[:0], is_end=True)

        sent = np.concatenate([np.frombuffer(m, "<i2") for m in call.socket.written if isinstance(m, bytes)])
        assert np.array_equal(sent[:16_000], LiveResampler(8_000, 16_000).push(tone))

    def test_nothing_is_unheard_once_the_caller_is_parked(self) -> None:
        call = Setup().talking()
        call.line.say_on(np.tile(FRAME, 50))
        assert call.line.unheard_ms == 1_000
        call.line.park()
        call.line.say_on(FRAME)
        assert call.line.unheard_ms == 0
        assert not call.line.is_speaking

    def test_call_is_not_drained_before_the_end_of_it_is_known(self) -> None:
        call = Setup().talking()
        call.line.say_on(FRAME)
        call.clock.at_ms += 500
        call.line.tick()
        assert call.line.is_speaking
        call.line.say_on(FRAME[:0], is_end=True)
        assert "MARK_MEDIA" in str(call.socket.written[-1])


class TestProgress:
    def test_goes_to_the_run_and_only_names_go_to_the_timeline(self) -> None:
        call = Setup().talking()
        call.line.progress("order", {"order_number": "4711"})
        call.line.use(stt_seconds=1.5)
        call.line.use(stt_seconds=1, llm_input_tokens=20)
        assert call.recorded == {
            "node_id": "order",
            "gathered": {"order_number": "4711"},
            "usage": {"stt_seconds": 2.5, "llm_input_tokens": 20},
        }
        assert "4711" not in str(call.clock.take().events)


class TestFirstFrame:
    """A turn's entry tells when the answer's first audio went out, wherever it had to wait."""

    def answers(self, call: Setup) -> None:
        call.line.turn_ended()
        call.line.say(np.full(3_200, 5_000, np.int16), "Yes.")
        call.line.note("turn", turn_latency_ms=500)

    def test_is_told_at_once_when_nothing_is_in_its_way(self) -> None:
        call = Setup().talking()
        self.answers(call)
        assert call.clock.turn_latencies == [{"turn_latency_ms": 500, "first_frame_ms": 0}]

    def test_waits_for_a_socket_that_is_made_anew(self) -> None:
        call = Setup().talking()
        call.line.disconnect()
        self.answers(call)
        call.passes(300)
        assert call.clock.turn_latencies == []
        call.line.connect(cast("MediaSocket", call.socket))
        call.passes(100)
        assert call.clock.turn_latencies == [{"turn_latency_ms": 900, "first_frame_ms": 400}]

    def test_is_left_out_when_the_answer_was_never_sent(self) -> None:
        call = Setup().talking()
        call.line.disconnect()
        self.answers(call)
        call.line.interrupt()
        assert call.clock.turn_latencies == [{"turn_latency_ms": 500}]

    def test_of_a_sound_in_pieces_is_its_first(self) -> None:
        call = Setup().talking()
        call.line.turn_ended()
        call.line.say_on(FRAME)
        call.line.note("turn", turn_latency_ms=500)
        call.line.say_on(FRAME)
        assert call.clock.turn_latencies == [{"turn_latency_ms": 500, "first_frame_ms": 0}]

    def test_of_a_live_voice_is_its_first_audible_sound(self) -> None:
        call = Setup().talking()
        call.line.turn_ended()
        loud = np.tile(np.array([-5_000, 5_000], np.int16), 160)
        for pcm in (np.zeros(320, np.int16), loud):
            call.clock.at_ms += 20
            call.line.play_live(pcm)
        call.line.note("turn", turn_latency_ms=500)
        assert call.clock.turn_latencies == [{"turn_latency_ms": 500, "first_frame_ms": 0}]
