"""chan_websocket's control messages in both forms, and in no form at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.asterisk.media.protocol import (
    MAX_COMMAND_BYTES,
    BufferingCompleted,
    Direction,
    DtmfEnd,
    FlowResumed,
    FlowStopped,
    MarkProcessed,
    MediaProtocol,
    MediaStart,
    PeerError,
    QueueDrained,
    QueueStatus,
    Unintelligible,
)
from asisso.asterisk.version import abilities, parse_version

pytestmark = pytest.mark.unit

JSON_START = json.dumps(
    {
        "event": "MEDIA_START",
        "connection_id": "media",
        "channel": "WebSocket/media/0x7f5d",
        "channel_id": "am-1",
        "format": "slin16",
        "optimal_frame_size": 640,
        "ptime": 20,
        "channel_variables": {"SECRET": "s"},
    }
)
PLAIN_START = (
    "MEDIA_START connection_id:media channel:WebSocket/media/0x7f channel_id:am-1 "
    "format:ulaw optimal_frame_size:160 ptime:20"
)


def test_a_json_start_brings_the_channels_variables() -> None:
    protocol = MediaProtocol()
    assert protocol.receive_text(JSON_START) == MediaStart(
        "am-1", "media", "slin16", 640, 20, {"SECRET": "s"}
    )
    assert protocol.mark("u1") == '{"command":"MARK_MEDIA","correlation_id":"u1"}'


def test_a_plain_start_makes_us_speak_plainly() -> None:
    protocol = MediaProtocol()
    assert protocol.receive_text(PLAIN_START) == MediaStart("am-1", "media", "ulaw", 160, 20)
    assert (protocol.mark("u1"), protocol.flush()) == ("MARK_MEDIA u1", "FLUSH_MEDIA")


def test_a_second_start_does_not_replace_the_first() -> None:
    protocol = MediaProtocol()
    protocol.receive_text(JSON_START)
    assert isinstance(protocol.receive_text(JSON_START.replace("am-1", "am-2")), Unintelligible)
    assert protocol.start is not None
    assert protocol.start.channel_id == "am-1"


@pytest.mark.parametrize(
    ("as_json", "as_plain", "event"),
    [
        ('{"event":"MEDIA_XOFF"}', "MEDIA_XOFF", FlowStopped()),
        ('{"event":"MEDIA_XON"}', "MEDIA_XON", FlowResumed()),
        ('{"event":"QUEUE_DRAINED"}', "QUEUE_DRAINED", QueueDrained()),
        ('{"event":"DTMF_END","digit":"#"}', "DTMF_END digit:#", DtmfEnd("#")),
        (
            '{"event":"MEDIA_MARK_PROCESSED","correlation_id":"u7"}',
            "MEDIA_MARK_PROCESSED correlation_id:u7",
            MarkProcessed("u7"),
        ),
        (
            '{"event":"MEDIA_BUFFERING_COMPLETED","correlation_id":"b"}',
            "MEDIA_BUFFERING_COMPLETED correlation_id:b",
            BufferingCompleted("b"),
        ),
        (
            '{"event":"STATUS","queue_length":12,"xon_level":800,"queue_full":false,"bulk_media":true,"media_paused":false}',
            "STATUS queue_length:12 xon_level:800 queue_full:false bulk_media:true media_paused:false",
            QueueStatus(12, False, True, False),
        ),
        (
            '{"event":"ERROR","error_text":"Unable to parse JSON command"}',
            "ERROR Unable to parse JSON command",
            PeerError("Unable to parse JSON command"),
        ),
    ],
)
def test_every_event_is_understood_in_both_forms(as_json: str, as_plain: str, event: object) -> None:
    assert MediaProtocol().receive_text(as_json) == event
    assert MediaProtocol().receive_text(as_plain) == event


def test_flow_control_is_remembered_until_a_flush_or_xon() -> None:
    protocol = MediaProtocol()
    protocol.receive_text('{"event":"MEDIA_XOFF"}')
    assert protocol.is_stopped
    protocol.flush()
    assert not protocol.is_stopped


def test_a_flush_ends_buffering() -> None:
    protocol = MediaProtocol()
    protocol.start_buffering()
    protocol.flush()
    assert not protocol.is_buffering


def test_a_command_asterisk_would_ignore_is_never_made() -> None:
    with pytest.raises(ValueError, match="128 bytes"):
        MediaProtocol().mark("x" * MAX_COMMAND_BYTES)


@given(st.text())
def test_garbage_is_never_an_error(text: str) -> None:
    MediaProtocol().receive_text(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_json_of_any_shape_is_never_an_error(value: object) -> None:
    protocol = MediaProtocol()
    protocol.receive_text(json.dumps(value))
    protocol.receive_text(
        json.dumps({"event": "MEDIA_START", "channel_id": value, "optimal_frame_size": value})
    )
    protocol.receive_text(json.dumps({"event": "STATUS", "queue_length": value, "queue_full": value}))
    assert protocol.start is None or isinstance(protocol.start.frame_bytes, int)


def test_pausing_answering_and_one_direction_are_said_in_both_forms_where_there_is_one() -> None:
    protocol = MediaProtocol()
    assert (protocol.pause(), protocol.resume()) == (
        '{"command":"PAUSE_MEDIA"}',
        '{"command":"CONTINUE_MEDIA"}',
    )
    assert protocol.set_direction(Direction.OUT) == '{"command":"SET_MEDIA_DIRECTION","direction":"out"}'
    protocol.receive_text(PLAIN_START)
    assert (protocol.pause(), protocol.resume(), protocol.answer()) == (
        "PAUSE_MEDIA",
        "CONTINUE_MEDIA",
        "ANSWER",
    )
    assert protocol.set_direction(Direction.OUT) is None


def test_an_older_release_is_not_told_what_it_does_not_know() -> None:
    old = parse_version("22.8.2")
    assert MediaProtocol(abilities(old)).set_direction(Direction.IN) is None


EVENTS = [
    JSON_START,
    PLAIN_START,
    '{"event":"MEDIA_XOFF"}',
    "MEDIA_XON",
    "QUEUE_DRAINED",
    "DTMF_END digit:5",
    '{"event":"MEDIA_MARK_PROCESSED","correlation_id":"u1"}',
    '{"event":"STATUS","queue_length":901,"queue_full":true}',
    "ERROR what",
    "{",
    "",
]
COMMANDS = {
    "mark": lambda p: p.mark("u1"),
    "start_buffering": MediaProtocol.start_buffering,
    "stop_buffering": lambda p: p.stop_buffering("b"),
    "flush": MediaProtocol.flush,
    "report_drained": MediaProtocol.report_drained,
    "get_status": MediaProtocol.get_status,
    "pause": MediaProtocol.pause,
    "resume": MediaProtocol.resume,
    "answer": MediaProtocol.answer,
    "hang_up": MediaProtocol.hang_up,
}


@given(st.lists(st.sampled_from([*EVENTS, *COMMANDS])))
def test_in_any_order_the_state_is_what_came_last(steps: list[str]) -> None:
    protocol = MediaProtocol()
    is_stopped = is_buffering = False
    start = None
    for step in steps:
        if step in COMMANDS:
            text = COMMANDS[step](protocol)
            assert len(text.encode()) <= MAX_COMMAND_BYTES
            assert text.startswith("{") == (start is not PLAIN_START)
            is_stopped = is_stopped and step != "flush"
            is_buffering = step == "start_buffering" or (
                is_buffering and step not in ("stop_buffering", "flush")
            )
            continue
        protocol.receive_text(step)
        start = start or (step if step in (JSON_START, PLAIN_START) else None)
        is_stopped = "XOFF" in step or (is_stopped and "XON" not in step)
        assert (protocol.is_stopped, protocol.is_buffering) == (is_stopped, is_buffering)
        assert (protocol.start is None) == (start is None)
