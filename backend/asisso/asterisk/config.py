"""Writes the files an administrator needs on the PBX, filled in with a configuration's own values. Pure.

The ARI password goes into ari.conf as a crypt(3) hash (`password_format = crypt`): the file works as it stands and
gives nothing away. Option names follow Asterisk's own sample files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

CRYPT_ROUNDS = 1000
"""The least crypt(3) takes: Asterisk computes the hash again for every ARI request."""

INBOUND_CONTEXT = "asisso-inbound"
SESSION_LIMIT = 1000
"""Asterisk's default of 100 HTTP sessions counts every request and WebSocket; a busy hour would reach it."""


@dataclass(frozen=True, slots=True)
class AsteriskConfigInput:
    """What the files are filled in with.

    Attributes:
        media_url: where Asterisk brings a call's audio: `ws(s)://host:port/path`.
        extensions: the addresses that lead to the application, as the dialplan writes them (`8000`, `_8XXX`).
        http_bind: the address Asterisk's HTTP server listens on.
    """

    app_name: str
    ari_username: str
    app_password: str
    ws_client_name: str
    media_url: str
    media_username: str
    media_password: str
    extensions: Sequence[str]
    http_port: int
    http_bind: str = "0.0.0.0"  # noqa: S104 - the default of Asterisk's sample


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """One file.

    Attributes:
        path: where it belongs on the PBX.
        apply: the commands, one a line, that make Asterisk use it.
    """

    path: str
    purpose: str
    content: str
    apply: str


def render_files(given: AsteriskConfigInput) -> list[ConfigFile]:
    """The files in the order an administrator goes through them.

    Without a WebSocket client name the product dials Asterisk, and websocket_client.conf is not needed.
    """
    files = [_ari(given), _http(given)]
    if given.ws_client_name:
        files.append(_websocket_client(given))
    files.append(_extensions(given))
    return files


def _ari(given: AsteriskConfigInput) -> ConfigFile:
    # Only now: loading it would delay every start, and with it the calls that wait for one.
    from passlib.hash import sha256_crypt

    hasher: Any = sha256_crypt  # its stubs are incomplete
    hashed = hasher.using(rounds=CRYPT_ROUNDS).hash(given.app_password)
    content = f"""\
[general]
enabled = yes

[{given.ari_username}]
type = user
read_only = no
password_format = crypt
password = {hashed}
"""
    return ConfigFile(
        "/etc/asterisk/ari.conf",
        "The user this server signs in as. The password is the App Password, as a hash.",
        content,
        'asterisk -rx "module reload res_ari.so"',
    )


def _http(given: AsteriskConfigInput) -> ConfigFile:
    content = f"""\
[general]
enabled = yes
bindaddr = {given.http_bind}
bindport = {given.http_port}
sessionlimit = {SESSION_LIMIT}
"""
    return ConfigFile(
        "/etc/asterisk/http.conf",
        "Asterisk's HTTP server, which carries ARI. Let only this server's address reach its port.",
        content,
        'asterisk -rx "module reload http"',
    )


def _websocket_client(given: AsteriskConfigInput) -> ConfigFile:
    content = f"""\
[{given.ws_client_name}]
type = websocket_client
connection_type = per_call_config
uri = {given.media_url}
protocols = media
username = {given.media_username}
password = {given.media_password}
connection_timeout = 1000
reconnect_interval = 200
reconnect_attempts = 2
tls_enabled = {"yes" if given.media_url.startswith("wss:") else "no"}
"""
    return ConfigFile(
        "/etc/asterisk/websocket_client.conf",
        "Where Asterisk brings the audio of a call: this server's media address.",
        content,
        'asterisk -rx "module reload res_websocket_client.so"',
    )


def _extensions(given: AsteriskConfigInput) -> ConfigFile:
    lines = [f"[{INBOUND_CONTEXT}]"]
    for extension in given.extensions or ("_8XXX",):
        lines += [
            f"exten => {_dialplan(extension)},1,Stasis({given.app_name})",
            " same => n,Hangup()  ; reached when the agent can't take the call: put your fallback here",
        ]
    content = "\n".join(lines) + "\n"
    return ConfigFile(
        "/etc/asterisk/extensions.conf",
        f"Leads calls to the agent. Add it, and put  include => {INBOUND_CONTEXT}  into the context of your "
        "telephones or trunk.",
        content,
        'asterisk -rx "dialplan reload"',
    )


def _dialplan(address: str) -> str:
    """An address as an extension: a SIP address by its user part, nothing that could end the line."""
    user = re.sub(r"^sips?:", "", address).partition("@")[0]
    return re.sub(r"[^\w+*#.!\[\]-]", "", user)
