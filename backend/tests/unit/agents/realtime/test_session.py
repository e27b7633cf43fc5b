"""One session of the realtime protocol: what is sent when, and what follows from what comes."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.realtime import RealtimeClientEvent
from pydantic import TypeAdapter

from asisso.agents.llm.chat_model import ToolCall, ToolSpec
from asisso.agents.realtime.events import AnswerDone, Garbled, Problem, Sound, Words
from asisso.agents.realtime.session import (
    MAX_ASKED,
    VERBATIM,
    Ask,
    Session,
    SessionSettings,
    Turn,
    samples_of,
)

pytestmark = pytest.mark.unit

CLIENT_EVENT: TypeAdapter[Any] = TypeAdapter(RealtimeClientEvent)
SETTINGS = SessionSettings("marin", "server", "gpt-4o-mini-transcribe", "en")
GA = {"type": "realtime", "audio": {}}
BETA = {"modalities": ["audio", "text"]}


def opened(
    settings: SessionSettings = SETTINGS, session: dict[str, Any] = GA, history: tuple[Turn, ...] = ()
) -> Session:
    made = Session(settings, history)
    tell(made, "session.created", session=session)
    return made


def tell(session: Session, kind: str, /, **fields: Any) -> list[Any]:
    return list(session.receive(json.dumps({"type": kind, "event_id": "e", **fields})))


def begin(session: Session, answer: str) -> None:
    tell(session, "response.created", response={"id": answer})


def done(session: Session, answer: str, status: str = "completed", **fields: Any) -> AnswerDone:
    (event,) = tell(session, "response.done", response={"id": answer, "status": status, **fields})
    assert isinstance(event, AnswerDone)
    return event


def sound(session: Session, answer: str, item: str, pcm: bytes) -> list[Any]:
    delta = base64.b64encode(pcm).decode()
    return tell(session, "response.output_audio.delta", response_id=answer, item_id=item, delta=delta)


def sent(session: Session, *, version: str = "ga") -> list[dict[str, Any]]:
    """What is to be sent, each message checked against the official client's own types."""
    messages = [json.loads(message) for message in session.outgoing()]
    if version == "ga":
        for message in messages:
            CLIENT_EVENT.validate_python(message)
    return messages


def kinds(session: Session) -> list[str]:
    return [message["type"] for message in sent(session)]


class TestSettings:
    def test_nothing_is_sent_before_the_session_is_there(self) -> None:
        session = Session(SETTINGS)
        session.configure("Be brief.", [])
        session.hear(np.ones(480, np.int16))
        session.ask(Ask("Hello."))
        assert session.outgoing() == []

        tell(session, "session.created", session=GA)
        update, create = sent(session)
        assert update["session"]["instructions"] == "Be brief."
        assert create["response"]["instructions"] == VERBATIM + "Hello."

    def test_present_version(self) -> None:
        (update,) = sent(opened())

        pcm = {"type": "audio/pcm", "rate": 24_000}
        assert update["session"] == {
            "type": "realtime",
            "instructions": "",
            "tools": [],
            "tool_choice": "auto",
            "output_modalities": ["audio"],
            "audio": {
                "input": {
                    "format": pcm,
                    "turn_detection": {
                        "type": "server_vad",
                        "create_response": True,
                        "interrupt_response": True,
                    },
                    "transcription": {"model": "gpt-4o-mini-transcribe", "language": "en"},
                },
                "output": {"format": pcm, "voice": "marin"},
            },
        }

    def test_first_version(self) -> None:
        (update,) = sent(opened(session=BETA), version="beta")

        assert update["session"]["input_audio_format"] == update["session"]["output_audio_format"] == "pcm16"
        assert update["session"]["modalities"] == ["audio", "text"]
        assert "type" not in update["session"]

    @pytest.mark.parametrize(
        ("turns", "expected"), [("ours", None), ("semantic", "semantic_vad"), ("server", "server_vad")]
    )
    def test_turns_are_judged_by_whom_the_settings_say(self, turns: Any, expected: str | None) -> None:
        (update,) = sent(opened(SessionSettings("marin", turns, "", "")))

        detection = update["session"]["audio"]["input"]["turn_detection"]
        assert (detection and detection["type"]) == expected
        assert update["session"]["audio"]["input"]["transcription"] is None

    def test_a_change_is_sent_once_and_without_the_voice(self) -> None:
        session = opened()
        session.outgoing()
        for _ in range(2):
            session.configure("Get the number.", [ToolSpec("go_on", "Go on.")])

        (update,) = sent(session)
        assert update["session"]["tools"][0]["name"] == "go_on"
        assert "audio" not in update["session"]

    def test_a_session_that_goes_on_is_told_what_was_said(self) -> None:
        session = opened(history=(Turn("assistant", "Hello."), Turn("user", "Hi.")))

        items = [message["item"] for message in sent(session)[1:]]
        assert [(item["role"], item["content"][0]) for item in items] == [
            ("assistant", {"type": "output_text", "text": "Hello."}),
            ("user", {"type": "input_text", "text": "Hi."}),
        ]


class TestAnswers:
    def test_one_is_asked_for_at_a_time(self) -> None:
        session = opened()
        session.outgoing()
        session.ask(Ask("One."))
        session.ask(Ask("Two."))
        assert kinds(session) == ["response.create"]
        begin(session, "r1")
        assert not session.is_idle
        done(session, "r1")
        (second,) = sent(session)
        assert second["response"]["instructions"].endswith("Two.")
        begin(session, "r2")
        done(session, "r2")
        assert session.is_idle

    def test_what_the_model_has_to_say_itself_is_asked_for_without_words(self) -> None:
        session = opened()
        session.outgoing()
        session.ask(Ask())
        assert sent(session)[0]["response"] == {}

    def test_server_that_was_a_moment_quicker_does_its_own_first(self) -> None:
        session = opened()
        session.outgoing()
        session.ask(Ask("Which number?"))
        (create,) = sent(session)
        begin(session, "by itself")
        code = "conversation_already_has_active_response"
        assert tell(session, "error", error={"code": code, "event_id": create["event_id"]}) == []
        done(session, "by itself")

        (again,) = sent(session)
        assert again["response"]["instructions"].endswith("Which number?")

    def test_refused_wish_frees_the_way_for_the_next(self) -> None:
        session = opened()
        session.outgoing()
        session.ask(Ask("One."))
        session.ask(Ask("Two."))
        (create,) = sent(session)
        (problem,) = tell(session, "error", error={"code": "bad", "event_id": create["event_id"]})
        assert problem == Problem("bad", "", create["event_id"])
        assert session.asked is None

    def test_wishes_are_bounded(self) -> None:
        session = Session(SETTINGS)
        for number in range(MAX_ASKED + 3):
            session.ask(Ask(str(number)))
        assert [wish.words for wish in session.wishes][:2] == ["3", "4"]

    def test_tools_and_usage_come_with_the_end(self) -> None:
        session = opened()
        begin(session, "r1")
        call = {"type": "function_call", "call_id": "c1", "name": "go_on", "arguments": "{}"}
        usage = {
            "input_tokens": 100,
            "output_tokens": 50,
            "input_token_details": {"cached_tokens": 0, "audio_tokens": 60},
        }
        event = done(session, "r1", output=[{"type": "message"}, call], usage=usage)

        assert event.calls == (ToolCall("c1", "go_on", "{}"),)
        assert event.usage == {
            "llm_input_tokens": 100,
            "llm_output_tokens": 50,
            "llm_input_audio_tokens": 60,
        }
        session.tell_result("c1", "Done.")
        assert sent(session)[-1]["item"]["output"] == "Done."

    def test_tools_that_are_told_only_as_they_are_written_count_too(self) -> None:
        session = opened()
        begin(session, "r1")
        call = {"type": "function_call", "call_id": "c1", "name": "go_on", "arguments": "{}"}
        tell(session, "response.output_item.done", response_id="r1", item=call)

        assert done(session, "r1", output=[]).calls == (ToolCall("c1", "go_on", "{}"),)
        begin(session, "r2")
        assert done(session, "r2").calls == ()

    @pytest.mark.parametrize("version", [GA, BETA])
    def test_last_words_are_not_listened_into(self, version: dict[str, Any]) -> None:
        session = opened(session=version)
        session.outgoing()
        session.stop_listening()
        (update,) = sent(session, version="beta")
        heard = update["session"].get("audio", {}).get("input", update["session"])
        assert heard["turn_detection"] is None

    def test_failure_comes_with_its_reason(self) -> None:
        session = opened()
        begin(session, "r1")
        details = {"type": "failed", "error": {"code": "rate_limit_exceeded", "message": "Too much."}}
        assert done(session, "r1", "failed", status_details=details).error == (
            "rate_limit_exceeded",
            "Too much.",
        )


class TestSound:
    def test_samples_that_are_cut_in_two_are_put_together(self) -> None:
        session = opened()
        begin(session, "r1")
        pcm = np.arange(1, 6, dtype="<i2").tobytes()
        parts = [event for at in range(0, 10, 3) for event in sound(session, "r1", "i1", pcm[at : at + 3])]

        assert np.concatenate([samples_of(part.pcm) for part in parts]).tolist() == [1, 2, 3, 4, 5]

    def test_words_are_told_once(self) -> None:
        session = opened()
        begin(session, "r1")
        at = {"response_id": "r1", "item_id": "i1"}
        parts = tell(session, "response.output_audio_transcript.delta", delta="Hello ", **at)
        whole = tell(session, "response.output_audio_transcript.done", transcript="Hello there", **at)
        assert (parts, whole) == ([Words("r1", "i1", "Hello ")], [])

        at = {"response_id": "r1", "item_id": "i2"}
        whole = tell(session, "response.audio_transcript.done", transcript="Only once", **at)
        assert whole == [Words("r1", "i2", "Only once", True)]

    def test_nothing_comes_of_an_answer_that_was_cut(self) -> None:
        session = opened()
        session.ask(Ask("A long story."))
        session.ask(Ask("And another."))
        begin(session, "r1")
        session.outgoing()
        session.cut()
        assert kinds(session) == ["response.cancel"]
        assert sound(session, "r1", "i1", b"\0\0") == []
        call = {"type": "function_call", "call_id": "c1", "name": "go_on", "arguments": "{}"}
        assert done(session, "r1", output=[call]).calls == ()
        assert session.is_idle, "what waited behind it was given up as well"

    def test_answer_that_was_cut_before_it_began_is_cut_when_it_begins(self) -> None:
        session = opened()
        session.ask(Ask("A long story."))
        session.cut()
        begin(session, "r1")
        assert sound(session, "r1", "i1", b"\0\0") == []
        assert not session.is_due
        done(session, "r1", "cancelled")
        begin(session, "r2")
        assert sound(session, "r2", "i2", b"\0\0") == [Sound("r2", "i2", b"\0\0")]

    def test_server_that_cuts_itself_is_not_told_to(self) -> None:
        session = opened()
        begin(session, "r1")
        session.outgoing()
        session.cut(by_server=True)
        session.truncate("i1", 250)
        (truncate,) = sent(session)
        assert (truncate["item_id"], truncate["audio_end_ms"]) == ("i1", 250)

    def test_cutting_what_has_just_ended_is_no_problem(self) -> None:
        assert tell(opened(), "error", error={"code": "response_cancel_not_active"}) == []


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        '{"type": 7}',
        '{"type": "session.created"}',
        '{"type": "response.done", "response": []}',
        '{"type": "response.output_audio.delta", "response_id": "r", "item_id": "i", "delta": "*"}',
        '{"type": "input_audio_buffer.speech_started", "item_id": "i", "audio_start_ms": "soon"}',
        '{"type": "rate_limits.updated", "rate_limits": [{}]}',
        '{"type": "error", "error": null}',
    ],
)
def test_what_is_none_of_the_protocol_is_garbled(message: str) -> None:
    with pytest.raises(Garbled):
        opened().receive(message)


def test_events_nobody_needs_are_passed_over() -> None:
    (event,) = tell(opened(), "conversation.item.retrieved", item={})
    assert type(event).__name__ == "Other"


Moves = st.lists(
    st.sampled_from(["ask", "begin by itself", "cut", "drop", "sound", "done", "answer"]), max_size=60
)


@given(Moves)
def test_server_is_never_asked_twice_at_a_time_and_every_wish_is_asked_in_the_end(moves: list[str]) -> None:
    session = opened()
    session.outgoing()
    number, active, asked, wished, given_up = 0, "", 0, 0, 0
    is_asking = False

    def look() -> None:
        nonlocal is_asking, asked
        creates = [m for m in sent(session) if m["type"] == "response.create"]
        assert len(creates) <= 1
        if creates:
            assert not is_asking
            assert not active
            is_asking, asked = True, asked + 1

    for move in moves:
        match move:
            case "ask":
                wished += 1
                session.ask(Ask(f"{wished}"))
            case "begin by itself" if not active and not is_asking:
                number, active = number + 1, f"r{number}"
                begin(session, active)
            case "answer" if is_asking and not active:
                number, active = number + 1, f"r{number}"
                is_asking = False
                begin(session, active)
            case "cut":
                given_up += len(session.wishes) - (1 if session.asked else 0)
                session.cut()
            case "drop":
                session.drop_asked()
            case "sound" if active:
                sound(session, active, "i", b"\0\0")
            case "done" if active:
                ended, active = active, ""
                done(session, ended)
        look()
    for _ in range(2 * wished + 2):
        if is_asking:
            number, active, is_asking = number + 1, f"r{number}", False
            begin(session, active)
        if active:
            ended, active = active, ""
            done(session, ended)
        look()
    assert session.is_idle
    assert asked + given_up >= wished - max(0, wished - MAX_ASKED)
