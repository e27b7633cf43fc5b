"""Judges the section of websocket_client.conf by which Asterisk brings a call's audio to us.

An address that differs from ours may be right all the same (a proxy, another name): audio that came through it settles
that. Only when none came is the difference the cause.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from ..config import AUTHORITIES
from .facts import Facts
from .steps import Check, Edit, Finding, failed, ok, skipped, warning

WEBSOCKET_CLIENT_CONF = "/etc/asterisk/websocket_client.conf"
RELOAD = 'asterisk -rx "module reload res_websocket_client.so"'
PATIENCE_MS = 10_000
"""A caller is not kept waiting longer for the audio than this."""

UNUSED = "Not used: without a WebSocket Client Name this server connects to Asterisk for the audio."


def client_exists(facts: Facts) -> Finding:
    name = facts.subject.ws_client_name
    if not name:
        return skipped(UNUSED)
    if facts.websocket_client is None:
        return failed(
            f"Asterisk knows no WebSocket client [{name}]: every call would stay without audio.",
            f"Add the generated websocket_client.conf; its section is called [{name}], exactly as the WebSocket Client "
            "Name.",
            RELOAD,
            edit=Edit(WEBSOCKET_CLIENT_CONF),
        )
    return ok(f"Asterisk has the WebSocket client [{name}].")


def client_type(facts: Facts) -> Finding:
    found = _attribute(facts, "connection_type")
    if found == "per_call_config":
        return ok("Each call gets a connection of its own.")
    return warning(
        f"The connection type of [{facts.subject.ws_client_name}] is {found or 'not set'}; each call needs a "
        "connection of its own.",
        "Change the connection type.",
        RELOAD,
        edit=_lines(facts, "connection_type = per_call_config"),
    )


def client_tls(facts: Facts) -> Finding:
    is_secure = _uri(facts).scheme == "wss"
    is_enabled = _attribute(facts, "tls_enabled") in ("yes", "true", "1", "on")
    if is_secure == is_enabled or facts.loop.is_sound:
        return ok("The address and tls_enabled agree.")
    return failed(
        f"The uri of [{facts.subject.ws_client_name}] begins with {_uri(facts).scheme}, but tls_enabled is "
        f"{'yes' if is_enabled else 'no'}: Asterisk speaks the wrong way.",
        "Let both say the same.",
        RELOAD,
        edit=_lines(facts, f"uri = {facts.subject.media_url}", *_tls_lines(facts)),
    )


def _part_differs(what: str, part: Callable[[SplitResult], object]) -> Callable[[Facts], Finding]:
    def judge(facts: Facts) -> Finding:
        theirs, ours = part(_uri(facts)), part(urlsplit(facts.subject.media_url))
        if theirs == ours:
            return ok(f"The {what} is ours: {ours}.")
        if facts.loop.is_sound:
            return ok(f"The {what} is {theirs} instead of {ours}, but audio comes through.")
        if not facts.loop.is_tried:
            return skipped(
                f"The {what} is {theirs} instead of {ours}; whether audio comes through was not tried."
            )
        return failed(
            f"The {what} in the uri of [{facts.subject.ws_client_name}] is {theirs}; this server's is {ours}.",
            "Correct the uri, or set ASISSO_PUBLIC_URL if Asterisk must reach this server by another address.",
            RELOAD,
            edit=_lines(facts, f"uri = {facts.subject.media_url}", *_tls_lines(facts)),
        )

    return judge


def client_credentials(facts: Facts) -> Finding:
    subject = facts.subject
    username, password = _attribute(facts, "username"), _attribute(facts, "password")
    if facts.loop.is_sound:
        return ok("This server takes the credentials.")
    if not username and not subject.requires_media_credentials:
        return ok("It shows no credentials, and none are required.")
    expected = subject.media_password
    if expected is None:
        return failed(
            f"[{subject.ws_client_name}] shows credentials that are not known here before the configuration is saved.",
            "Save the configuration, then copy the generated websocket_client.conf.",
        )
    is_right = username == subject.media_username and hmac.compare_digest(
        password.encode(), expected.encode()
    )
    if is_right:
        return ok("The credentials are this configuration's.")
    wrong = "user name" if username != subject.media_username else "password"
    return failed(
        f"The {wrong} in [{subject.ws_client_name}] is not this configuration's: this server refuses the audio (401).",
        "Use the generated websocket_client.conf, which has the right username and password.",
        RELOAD,
        edit=Edit(WEBSOCKET_CLIENT_CONF),
    )


def client_timeouts(facts: Facts) -> Finding:
    timeout_ms = _number(facts, "connection_timeout", 500)
    attempts = max(_number(facts, "reconnect_attempts", 4), 1)
    longest_ms = attempts * timeout_ms + (attempts - 1) * _number(facts, "reconnect_interval", 500)
    if timeout_ms >= 50 and longest_ms <= PATIENCE_MS:
        return ok(f"Asterisk gives up after {longest_ms / 1000:g} s at the latest.")
    seen = (
        f"gives each connection only {timeout_ms} ms"
        if timeout_ms < 50
        else f"tries for up to {longest_ms / 1000:g} s, longer than a caller waits"
    )
    return warning(
        f"[{facts.subject.ws_client_name}] {seen}.",
        "Use shorter waits and fewer attempts.",
        RELOAD,
        edit=_lines(facts, "connection_timeout = 1000", "reconnect_interval = 200", "reconnect_attempts = 2"),
    )


def _attribute(facts: Facts, name: str) -> str:
    return (facts.websocket_client or {}).get(name, "").strip()


def _number(facts: Facts, name: str, default: int) -> int:
    text = _attribute(facts, name)
    return int(text) if text.isdigit() else default


def _uri(facts: Facts) -> SplitResult:
    return urlsplit(_attribute(facts, "uri"))


def _port(uri: SplitResult) -> int:
    try:
        return uri.port or (443 if uri.scheme == "wss" else 80)
    except ValueError:
        return 0


def _tls_lines(facts: Facts) -> tuple[str, ...]:
    if facts.subject.media_url.startswith("wss:"):
        return "tls_enabled = yes", f"ca_list_file = {AUTHORITIES}"
    return ("tls_enabled = no",)


def _lines(facts: Facts, *lines: str) -> Edit:
    return Edit(WEBSOCKET_CLIENT_CONF, (f"[{facts.subject.ws_client_name}]", *lines))


def _when_used(judge: Callable[[Facts], Finding]) -> Callable[[Facts], Finding]:
    return lambda facts: judge(facts) if facts.subject.ws_client_name else skipped(UNUSED)


def _check(name: str, title: str, judge: Callable[[Facts], Finding], *needs: str) -> Check[Facts]:
    return Check(
        name, title, _when_used(judge), ("client_exists", "media_upgrade", "media_certificate", *needs)
    )


EXISTS = Check(
    "client_exists",
    "Asterisk has the WebSocket client",
    client_exists,
    ("ari_modules", "module_res_websocket_client"),
)
CHECKS = (
    _check("client_type", "Each call gets a connection of its own", client_type),
    _check("client_scheme", "The uri has our scheme", _part_differs("scheme", lambda uri: uri.scheme)),
    _check("client_tls", "The uri and tls_enabled agree", client_tls, "client_scheme"),
    _check("client_host", "The uri has our host", _part_differs("host", lambda uri: uri.hostname)),
    _check("client_port", "The uri has our port", _part_differs("port", _port), "client_scheme"),
    _check("client_path", "The uri has our path", _part_differs("path", lambda uri: uri.path or "/")),
    _check("client_credentials", "The media credentials are right", client_credentials),
    _check("client_timeouts", "Asterisk's waits for the audio fit", client_timeouts),
)
