"""The generated files: complete, and safe whatever a person typed."""

from __future__ import annotations

import pytest
from passlib.hash import sha256_crypt

from asisso.asterisk.config import AUTHORITIES, AsteriskConfigInput, PbxSystem, render_files

pytestmark = pytest.mark.unit


def given(**changes: object) -> AsteriskConfigInput:
    values: dict[str, object] = {
        "app_name": "asisso",
        "ari_username": "asisso",
        "app_password": "pass # word; & more",
        "ws_client_name": "voice",
        "media_url": "ws://10.0.0.5:8000/api/v1/telephony/ws/ari",
        "media_username": "asisso-1",
        "media_password": "m",
        "extensions": ["8000", "_9XXX"],
        "http_port": 8089,
    }
    return AsteriskConfigInput(**{**values, **changes})  # type: ignore[arg-type]


def files(**changes: object) -> dict[str, str]:
    return {f.path.rpartition("/")[2]: f.content for f in render_files(given(**changes))}


def test_the_password_is_there_only_as_a_hash_that_fits() -> None:
    content = files()["ari.conf"]
    assert "pass # word" not in content
    hashed = content.partition("\npassword = ")[2].strip()
    assert sha256_crypt.verify("pass # word; & more", hashed)


def test_media_comes_to_our_address_with_credentials_of_its_own() -> None:
    content = files()["websocket_client.conf"]
    for line in (
        "[voice]",
        "connection_type = per_call_config",
        "uri = ws://10.0.0.5:8000/api/v1/telephony/ws/ari",
        "protocols = media",
        "username = asisso-1",
        "tls_enabled = no",
    ):
        assert line in content.splitlines()


def test_a_secure_address_switches_tls_on() -> None:
    lines = files(media_url="wss://agents.example.com/x")["websocket_client.conf"].splitlines()
    assert "tls_enabled = yes" in lines
    assert f"ca_list_file = {AUTHORITIES}" in lines, "Asterisk trusts nobody by itself"


def test_ari_by_tls_listens_there_and_keeps_plain_http_to_itself() -> None:
    lines = files(http_is_tls=True, http_port=8089)["http.conf"].splitlines()
    for line in ("bindaddr = 127.0.0.1", "bindport = 8088", "tlsenable = yes", "tlsbindaddr = 0.0.0.0:8089"):
        assert line in lines
    assert "tlsenable = yes" not in files()["http.conf"]


def test_callers_are_not_left_alone_while_nobody_is_connected() -> None:
    content = files()["extensions.conf"]
    assert content.count('GotoIf($["${STASISSTATUS}" = "FAILED"]?away)') == content.count("n(away)") == 2


@pytest.mark.parametrize(("media_format", "first"), [("slin16", "g722"), ("ulaw", "ulaw"), ("alaw", "alaw")])
def test_telephones_offer_what_the_agent_hears_best(media_format: str, first: str) -> None:
    content = files(media_format=media_format, endpoints=["6001"])["pjsip_asisso.conf"]
    assert "[6001](+)" in content
    assert f"\nallow = {first}," in content


def test_without_known_telephones_the_codecs_are_only_an_example() -> None:
    lines = files()["pjsip_asisso.conf"].splitlines()
    assert all(line.startswith(";") for line in lines)


def test_freepbx_keeps_its_own_files() -> None:
    made = render_files(given(), PbxSystem.FREEPBX)
    names = [file.path.rpartition("/")[2] for file in made]
    assert names == [
        "ari_additional_custom.conf",
        "http_custom.conf",
        "websocket_client.conf",
        "extensions_custom.conf",
        "pjsip.endpoint_custom_post.conf",
    ]
    assert made[0].content.startswith("[general](+)")
    assert "[from-internal-custom]\ninclude => asisso-inbound" in made[3].content


def test_without_a_websocket_client_its_file_is_not_needed() -> None:
    assert "websocket_client.conf" not in files(ws_client_name="")


def test_each_number_leads_to_the_application() -> None:
    lines = files()["extensions.conf"].splitlines()
    assert "exten => 8000,1,Stasis(asisso)" in lines
    assert "exten => _9XXX,1,Stasis(asisso)" in lines


def test_an_address_cannot_break_out_of_its_line() -> None:
    content = files(extensions=["sip:8000@pbx\nexten => x,1,System(rm)", "80;00,1"])["extensions.conf"]
    assert "System" not in content
    assert "exten => 8000,1,Stasis(asisso)" in content
    assert "exten => 80001,1,Stasis(asisso)" in content


def test_every_file_says_how_it_is_applied() -> None:
    assert all(f.apply.startswith("asterisk -rx ") and f.purpose for f in render_files(given()))
