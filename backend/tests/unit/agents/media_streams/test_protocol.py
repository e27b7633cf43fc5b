"""Twilio's media-streams protocol: what the bot is told, and what its messages do."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.agents.media_streams.protocol import (
    GATHER_MS,
    MAX_MARKS,
    MAX_UNHEARD_MS,
    Command,
    Flush,
    Ignored,
    MediaStream,
    Send,
    Speak,
    StreamIds,
    signature,
)
from asisso.audio.frame import MediaFormat, Pcm

pytestmark = pytest.mark.unit

FRAME = np.full(160, 1_000, np.int16)


def stream() -> MediaStream:
    return MediaStream(StreamIds("MZ1", "CA1", "AC1"), {"desk": "front"})


def loud(ms: int) -> Pcm:
    return np.resize(np.array([4_000, -4_000], np.int16), ms * 8)


def media(pcm: Pcm) -> str:
    payload = base64.b64encode(MediaFormat.ULAW.encode(pcm)).decode()
    return json.dumps({"event": "media", "streamSid": "MZ1", "media": {"payload": payload}})


def mark(name: str) -> str:
    return json.dumps({"event": "mark", "streamSid": "MZ1", "mark": {"name": name}})


CLEAR = json.dumps({"event": "clear", "streamSid": "MZ1"})


def sent(commands: list[Command], event: str) -> list[dict[str, Any]]:
    messages = [json.loads(command.text) for command in commands if isinstance(command, Send)]
    return [message for message in messages if message["event"] == event]


def marks(commands: list[Command]) -> list[str]:
    return [message["mark"]["name"] for message in sent(commands, "mark")]


def said_ms(commands: list[Command]) -> int:
    return sum(command.pcm.size // 8 for command in commands if isinstance(command, Speak))


class TestTelling:
    def test_the_bot_is_told_of_the_call_as_twilio_tells_it(self) -> None:
        connected, start = map(json.loads, stream().open())

        assert connected == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
        assert start == {
            "event": "start",
            "sequenceNumber": "1",
            "streamSid": "MZ1",
            "start": {
                "accountSid": "AC1",
                "streamSid": "MZ1",
                "callSid": "CA1",
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": {"desk": "front"},
            },
        }

    def test_frames_are_numbered_dated_and_mu_law(self) -> None:
        bot = stream()
        bot.open()
        first, second = (sent(bot.hear(FRAME, 0), "media")[0] for _ in range(2))

        assert (first["sequenceNumber"], second["sequenceNumber"]) == ("2", "3")
        assert first["media"] | {"payload": ""} == {
            "track": "inbound",
            "chunk": "1",
            "timestamp": "0",
            "payload": "",
        }
        assert (second["media"]["chunk"], second["media"]["timestamp"]) == ("2", "20")
        payload = base64.b64decode(first["media"]["payload"])
        assert len(payload) == 160
        assert np.allclose(MediaFormat.ULAW.decode(payload), FRAME, atol=40)

    def test_keys_and_the_end_are_told(self) -> None:
        bot = stream()

        assert json.loads(bot.press("#"))["dtmf"] == {"track": "inbound_track", "digit": "#"}
        assert json.loads(bot.stop())["stop"] == {"accountSid": "AC1", "callSid": "CA1"}

    def test_signature_is_twilios(self) -> None:
        # echo -n wss://bots.example.com/reception | openssl dgst -sha1 -hmac 12345 -binary | base64
        assert signature("wss://bots.example.com/reception", "12345") == "dc2y3lc+6g7BvQHrUMECykMIRCc="


class TestSpeaking:
    def test_small_pieces_are_gathered_and_given_in_order(self) -> None:
        bot, out = stream(), []
        for _ in range(6):
            out += bot.receive(media(loud(20)), 0)

        pieces = [command for command in out if isinstance(command, Speak)]
        assert [piece.pcm.size // 8 for piece in pieces] == [GATHER_MS, GATHER_MS]

    def test_what_is_short_of_a_piece_is_said_after_its_time(self) -> None:
        bot = stream()
        assert bot.receive(media(loud(20)), 0) == []
        assert said_ms(bot.hear(FRAME, 0)) == 0
        assert said_ms(bot.hear(FRAME, 0)) == 0
        assert said_ms(bot.hear(FRAME, 0)) == 20

    def test_silence_before_and_behind_speech_is_left_out(self) -> None:
        bot, quiet = stream(), media(np.zeros(800, np.int16))

        assert bot.receive(quiet, 0) == []
        assert said_ms(bot.receive(media(loud(100)), 0)) == 100
        assert [said_ms(bot.receive(quiet, left)) for left in (100, 100, 100, 100)] == [100] * 4
        assert said_ms(bot.receive(quiet, 100)) == 0, "the caller hears silence already"

    def test_a_pause_that_was_sent_ahead_keeps_its_length(self) -> None:
        bot = stream()
        out = bot.receive(media(loud(1_000)), 0)
        for step in range(20):
            out += bot.receive(media(np.zeros(800, np.int16)), 1_000 + 100 * step)
        out += bot.receive(media(loud(500)), 3_000)

        assert said_ms(out) == 3_500

    def test_no_more_waits_than_the_limit(self) -> None:
        (ignored,) = stream().receive(media(loud(1_000)), MAX_UNHEARD_MS)

        assert isinstance(ignored, Ignored)
        assert "sound would be waiting" in ignored.reason


class TestMarks:
    def test_mark_behind_nothing_comes_back_at_once(self) -> None:
        assert marks(stream().receive(mark("here"), 0)) == ["here"]

    def test_mark_comes_back_when_what_was_before_it_has_been_heard(self) -> None:
        bot = stream()
        bot.receive(media(loud(1_000)), 0)
        bot.receive(mark("one"), 1_000)
        bot.receive(media(loud(500)), 1_000)
        assert marks(bot.receive(mark("two"), 1_500)) == []

        assert marks(bot.hear(FRAME, 501)) == []
        assert marks(bot.hear(FRAME, 500)) == ["one"]
        assert marks(bot.hear(FRAME, 1)) == []
        assert marks(bot.hear(FRAME, 0)) == ["two"]

    def test_mark_sends_on_what_was_gathered_and_closes_it(self) -> None:
        bot = stream()
        bot.receive(media(loud(20)), 0)
        (piece,) = bot.receive(mark("end"), 0)

        assert isinstance(piece, Speak)
        assert piece.is_end
        assert piece.pcm.size == 160

    def test_sound_that_is_handed_on_late_brings_no_mark_forward(self) -> None:
        bot = stream()
        bot.receive(media(loud(100)), 0)
        bot.receive(mark("one"), 100)
        bot.receive(media(loud(40)), 60)

        out = [command for _ in range(4) for command in bot.hear(FRAME, 60)]
        assert said_ms(out) == 40
        assert marks(out) == []

    def test_clear_flushes_and_gives_all_marks_back_in_order(self) -> None:
        bot = stream()
        for unheard_ms, name in ((0, "one"), (1_000, "two")):
            bot.receive(media(loud(1_000)), unheard_ms)
            bot.receive(mark(name), unheard_ms + 1_000)
        flush, *rest = bot.receive(CLEAR, 2_000)

        assert flush == Flush()
        assert marks(rest) == ["one", "two"]
        assert marks(bot.hear(FRAME, 0)) == []

    def test_clear_forgets_what_was_gathered(self) -> None:
        bot = stream()
        bot.receive(media(loud(40)), 0)
        bot.receive(CLEAR, 0)

        assert said_ms([command for _ in range(5) for command in bot.hear(FRAME, 0)]) == 0

    def test_marks_without_end_are_bounded(self) -> None:
        bot = stream()
        bot.receive(media(loud(1_000)), 0)
        came_back = [
            name for index in range(MAX_MARKS + 2) for name in marks(bot.receive(mark(str(index)), 1_000))
        ]

        assert came_back == ["0", "1"]


@pytest.mark.parametrize(
    "message",
    [
        "",
        "no json",
        "[]",
        "[" * 100_000,
        '"media"',
        "{}",
        '{"event": "dance"}',
        '{"event": "media"}',
        '{"event": "media", "media": {"payload": "*"}}',
        '{"event": "media", "media": {"payload": 7}}',
        '{"event": "media", "media": []}',
        '{"event": "mark", "mark": {}}',
        '{"event": "mark", "mark": {"name": 7}}',
        mark("x" * 501),
        b"\xff\x00",
    ],
)
def test_what_is_no_message_changes_nothing_and_is_told(message: str | bytes) -> None:
    (ignored,) = stream().receive(message, 0)

    assert isinstance(ignored, Ignored)
    assert ignored.reason.startswith("The bot sent ")


Moves = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(1, 400)),
        st.tuples(st.just("mark"), st.integers(0, 9)),
        st.tuples(st.just("clear"), st.just(0)),
        st.tuples(st.just("hear"), st.integers(1, 5)),
    ),
    max_size=40,
)


@given(Moves)
def test_every_mark_comes_back_once_in_order_and_never_before_its_sound_was_heard(
    moves: list[tuple[str, int]],
) -> None:
    """A line that plays 20 ms a frame stands behind the stream."""
    bot = stream()
    unheard = said = heard = 0
    asked: list[tuple[int, str]] = []
    came_back: list[str] = []

    def follow(commands: list[Command]) -> None:
        nonlocal unheard, said, heard
        for command in commands:
            if isinstance(command, Speak):
                unheard += command.pcm.size // 8
            elif isinstance(command, Flush):
                heard += unheard
                heard, unheard = said, 0
            elif isinstance(command, Send) and json.loads(command.text)["event"] == "mark":
                came_back.append(json.loads(command.text)["mark"]["name"])
                assert heard >= asked[len(came_back) - 1][0]

    for index, (move, value) in enumerate(moves):
        match move:
            case "say":
                said += value
                follow(bot.receive(media(loud(value)), unheard))
            case "mark":
                asked.append((said, f"{index}"))
                follow(bot.receive(mark(f"{index}"), unheard))
            case "clear":
                follow(bot.receive(CLEAR, unheard))
            case "hear":
                for _ in range(value):
                    played = min(20, unheard)
                    unheard, heard = unheard - played, heard + played
                    follow(bot.hear(FRAME, unheard))
    for _ in range(1_000):
        played = min(20, unheard)
        unheard, heard = unheard - played, heard + played
        follow(bot.hear(FRAME, unheard))
    assert came_back == [name for _, name in asked]
