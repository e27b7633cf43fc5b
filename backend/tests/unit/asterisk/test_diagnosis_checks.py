"""Judging facts: what can't be broken for real on the bench's Asterisk, and where a limit lies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from asisso.asterisk.ari.rest import AriAddress
from asisso.asterisk.diagnostics import ari, media, modules, routing, timing, websocket_client
from asisso.asterisk.diagnostics.facts import Facts, Loop, Route, Way
from asisso.asterisk.diagnostics.reach import Port, Reach, Talk
from asisso.asterisk.diagnostics.report import (
    ACCESS_CHECKS,
    APPLICATION_CHECKS,
    AUDIO_CHECKS,
    CALL_CHECKS,
)
from asisso.asterisk.diagnostics.steps import Finding, StepState, judge_all
from asisso.asterisk.diagnostics.subject import Dialled, Holder, Holding, Subject

pytestmark = pytest.mark.unit

MEDIA_URL = "ws://10.0.0.5:8000/api/v1/telephony/ws/ari"
SOUND = Loop(
    is_tried=True, has_connected=True, frames_sent=10, frames_there=10, frames_back=10, round_trip_ms=30
)


def subject(**changes: Any) -> Subject:
    values: dict[str, Any] = {
        "address": AriAddress("http://pbx:8088", "asisso", "secret"),
        "app": "asisso",
        "ws_client_name": "voice",
        "media_url": MEDIA_URL,
        "media_username": "asisso-1",
        "media_password": "media-secret",
        "requires_media_credentials": False,
        "media_format": "slin16",
        "endpoints": (),
        "numbers": (Dialled("8000", "8000"),),
        "contexts": ("asisso-inbound",),
    }
    return Subject(**{**values, **changes})


def facts(about: Subject | None = None, **found: Any) -> Facts:
    """A healthy PBX, with some things found otherwise."""
    client = {
        "uri": MEDIA_URL,
        "connection_type": "per_call_config",
        "tls_enabled": "no",
        "username": "asisso-1",
        "password": "media-secret",
    }
    values: dict[str, Any] = {
        "reach": Reach(
            "http://pbx:8088",
            ("10.0.0.1",),
            "",
            Port.OPEN,
            talk=Talk.HTTP,
            status=200,
            server="Asterisk",
            is_json=True,
        ),
        "version_text": "22.11.0",
        "modules": dict.fromkeys(modules.MODULES, True),
        "websocket_client": client,
        "holding": Holding(Holder.US),
        "is_registered": True,
        "pings_ms": [2.0, 3.0, 4.0],
        "loop": SOUND,
        "routes": [Route("8000", Way.OURS, "asisso-inbound", "asisso", True)],
    }
    return Facts(about or subject(), **{**values, **found})


def all_states(found: Facts) -> dict[str, StepState]:
    steps = judge_all((*ACCESS_CHECKS, *APPLICATION_CHECKS, *AUDIO_CHECKS, *CALL_CHECKS), found)
    return {step.id: step.finding.state for step in steps}


def test_a_healthy_pbx_gets_no_warning() -> None:
    assert set(all_states(facts()).values()) == {StepState.OK, StepState.SKIPPED}


def test_no_finding_shows_a_secret() -> None:
    wrong = {**(facts().websocket_client or {}), "password": "their-secret", "uri": "ws://other/x?token=abc"}
    found = facts(websocket_client=wrong, loop=Loop(is_tried=True))
    steps = judge_all((*ACCESS_CHECKS, *AUDIO_CHECKS), found)
    for secret in ("their-secret", "media-secret", "token=abc"):
        assert secret not in str(steps)
    assert "secret" not in repr(found.subject)


@pytest.mark.parametrize(
    ("text", "state", "told"),
    [
        ("22.7.0", StepState.FAILED, "too old"),
        ("18.26.2", StepState.FAILED, "too old"),
        ("certified/20.7-cert3", StepState.FAILED, "too old"),
        ("22.10.1+dfsg", StepState.OK, "crash"),
        ("20.18.0", StepState.OK, "works"),
        ("22.11.0", StepState.OK, "everything"),
        ("GIT-master-1234", StepState.OK, "not judged"),
    ],
)
def test_releases(text: str, state: StepState, told: str) -> None:
    finding = modules.version(facts(version_text=text))
    assert (finding.state, told in finding.detail) == (state, True), finding.detail


@pytest.mark.parametrize("status", [301, 500, 503])
def test_asterisk_that_is_still_starting(status: int) -> None:
    reach = Reach("http://pbx:8088", talk=Talk.HTTP, status=status, server="Asterisk/22")
    assert ari.booted(facts(reach=reach)).state is StepState.FAILED


def test_other_port_of_the_same_machine_is_told() -> None:
    reach = Reach("http://pbx:8000", port=Port.REFUSED, elsewhere="http://pbx:8088")
    assert "http://pbx:8088" in ari.port_open(facts(reach=reach)).fix


@pytest.mark.parametrize(("ahead_s", "word"), [(3600.0, "ahead"), (-45.0, "behind")])
def test_clocks_that_differ(ahead_s: float, word: str) -> None:
    finding = timing.clock(facts(clock_ahead_s=ahead_s))
    assert (finding.state, word in finding.detail) == (StepState.WARNING, True)


def test_a_pbx_far_away() -> None:
    assert timing.round_trips(facts(pings_ms=[300.0, 310.0, 900.0])).state is StepState.WARNING


@pytest.mark.parametrize(
    ("judge", "loop"),
    [
        (media.media_delay, Loop(True, has_connected=True, frames_there=9, frames_back=9, round_trip_ms=900)),
        (media.session_limit, Loop(True, has_connected=True, session_limit=10)),
    ],
)
def test_media_that_is_slow_or_has_little_room(judge: Callable[[Facts], Finding], loop: Loop) -> None:
    assert judge(facts(loop=loop)).state is StepState.WARNING


@pytest.mark.parametrize(("there", "told"), [(0, "other side"), (10, "back")])
def test_audio_that_is_lost_on_one_way(there: int, told: str) -> None:
    finding = media.media_audio(
        facts(loop=Loop(True, has_connected=True, frames_sent=10, frames_there=there))
    )
    assert (finding.state, told in finding.detail) == (StepState.FAILED, True)


@pytest.mark.parametrize(
    ("loop", "told"),
    [
        (Loop(is_tried=True, refusal="ARI answered 500"), "would not make"),
        (Loop(is_tried=True, came_elsewhere=True), "never came"),
        (Loop(is_tried=True), "can't connect"),
    ],
)
def test_media_channels_that_do_not_come(loop: Loop, told: str) -> None:
    finding = media.media_reached(facts(loop=loop))
    assert (finding.state, told in finding.detail) == (StepState.FAILED, True)


def test_an_address_that_differs_and_works_is_no_fault() -> None:
    client = {**(facts().websocket_client or {}), "uri": "ws://asisso.internal:80/proxied"}
    assert StepState.FAILED not in all_states(facts(websocket_client=client)).values()
    broken = all_states(facts(websocket_client=client, loop=Loop(is_tried=True)))
    assert [name for name, state in broken.items() if state is StepState.FAILED] == [
        "client_host",
        "client_port",
        "client_path",
    ]


def test_an_address_that_differs_is_not_judged_when_no_audio_was_tried() -> None:
    client = {**(facts().websocket_client or {}), "uri": "ws://asisso.internal:80/proxied"}
    states = all_states(facts(websocket_client=client, loop=Loop()))
    assert {states[f"client_{part}"] for part in ("host", "port", "path")} == {StepState.SKIPPED}


def test_credentials_before_saving_can_only_be_none() -> None:
    found = facts(subject(media_username="", media_password=None), loop=Loop(is_tried=True))
    assert websocket_client.client_credentials(found).state is StepState.FAILED
    bare = {**(facts().websocket_client or {}), "username": "", "password": ""}
    found = facts(subject(media_username="", media_password=None), websocket_client=bare)
    assert websocket_client.client_credentials(found).state is StepState.OK


@pytest.mark.parametrize(
    ("holder", "is_registered", "failing"),
    [
        (Holder.US, True, []),
        (Holder.US, False, ["application_connected"]),
        (Holder.CONNECTING, False, ["application_connected"]),
        (Holder.LOST_TO_ANOTHER, True, ["application_free"]),
        (Holder.NOBODY_OF_US, True, ["application_free"]),
        (Holder.NOBODY_OF_US, False, []),
    ],
)
def test_who_holds_the_application(holder: Holder, is_registered: bool, failing: list[str]) -> None:
    steps = judge_all(APPLICATION_CHECKS, facts(holding=Holding(holder), is_registered=is_registered))
    assert [step.id for step in steps if step.finding.state is StepState.FAILED] == failing


def test_a_number_that_a_call_reached_lately_needs_no_probe() -> None:
    lost = Route("8000", Way.NOWHERE, "default")
    assert routing.dialplan_leads(facts(routes=[lost])).state is StepState.FAILED
    proven = Route("8000", Way.NOWHERE, "default", called_lately=True)
    assert routing.dialplan_leads(facts(routes=[proven])).state is StepState.OK


def test_asterisk_that_falls_silent_half_way() -> None:
    early = all_states(facts(unanswered="no answer", modules={}))
    assert early["answers"] is StepState.FAILED
    late = all_states(facts(unanswered="no answer", loop=Loop(), routes=None))
    assert [name for name, state in late.items() if state is StepState.FAILED] == ["probes"]
    assert late["dialplan_leads"] is StepState.SKIPPED


@pytest.mark.parametrize(
    ("trust", "state"),
    [
        ({}, StepState.FAILED),
        ({"ca_list_file": "/etc/ssl/certs/ca-certificates.crt"}, StepState.OK),
        ({"verify_server_cert": "no"}, StepState.OK),
    ],
)
def test_tls_without_authorities_is_never_accepted(trust: dict[str, str], state: StepState) -> None:
    client = {**(facts().websocket_client or {}), "uri": MEDIA_URL.replace("ws:", "wss:"), **trust}
    finding = media.media_certificate(facts(websocket_client=client, loop=Loop(is_tried=True)))
    assert finding.state is state
