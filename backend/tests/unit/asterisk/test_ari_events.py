"""ARI's events as Asterisk 22.10 sends them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asisso.asterisk.ari.events import (
    ApplicationReplaced,
    ChannelDestroyed,
    ChannelDtmfReceived,
    OtherEvent,
    StasisStart,
    parse_event,
)

pytestmark = pytest.mark.unit

CHANNEL = {
    "id": "a1-1795379677.4",
    "name": "PJSIP/trunk-00000004",
    "state": "Ring",
    "protocol_id": "419f09e4ebc00325@lab",
    "caller": {"name": "Ada", "number": "1000"},
    "connected": {"name": "", "number": ""},
    "dialplan": {"context": "default", "exten": "8000", "priority": 2},
    "channelvars": {"CRM": "7"},
}


def event(kind: str, **fields: object) -> str:
    return json.dumps({"type": kind, "application": "agent", "channel": CHANNEL, **fields})


def test_a_call_that_arrives_tells_who_calls_whom() -> None:
    arrived = parse_event(event("StasisStart", args=["inbound", "8000"]))
    assert isinstance(arrived, StasisStart)
    channel = arrived.channel
    assert (channel.caller_number, channel.caller_name, channel.extension) == ("1000", "Ada", "8000")
    assert arrived.args == ("inbound", "8000")
    assert channel.variables == {"CRM": "7"}
    assert not channel.is_answered


def test_a_destroyed_channel_tells_both_causes() -> None:
    gone = parse_event(event("ChannelDestroyed", cause=17, cause_txt="User busy", tech_cause=486))
    assert isinstance(gone, ChannelDestroyed)
    assert (gone.cause, gone.cause_text, gone.tech_cause) == (17, "User busy", 486)


def test_a_digit_is_told_with_its_duration() -> None:
    pressed = parse_event(event("ChannelDtmfReceived", digit="#", duration_ms=120))
    assert isinstance(pressed, ChannelDtmfReceived)
    assert (pressed.digit, pressed.duration_ms) == ("#", 120)


def test_a_lost_application_is_told() -> None:
    assert parse_event('{"type":"ApplicationReplaced","application":"agent"}') == ApplicationReplaced("agent")


def test_events_nobody_needs_keep_their_name_only() -> None:
    assert parse_event(event("ChannelVarset", variable="X")) == OtherEvent("ChannelVarset")
    assert parse_event('{"type":"BridgeCreated","bridge":{}}') == OtherEvent("BridgeCreated")


@given(st.text())
def test_what_is_no_event_is_a_value_error_and_nothing_else(text: str) -> None:
    try:
        parse_event(text)
    except ValueError:
        return
