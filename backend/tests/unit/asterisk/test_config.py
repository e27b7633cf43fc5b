"""The generated files: complete, and safe whatever a person typed."""

from __future__ import annotations

import pytest
from passlib.hash import sha256_crypt

from asisso.asterisk.config import AsteriskConfigInput, render_files

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
    assert "tls_enabled = yes" in files(media_url="wss://agents.example.com/x")["websocket_client.conf"]


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
