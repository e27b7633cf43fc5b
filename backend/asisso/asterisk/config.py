"""Writes the files an administrator needs on the PBX, filled in with a configuration's own values. Pure.

The ARI password goes into ari.conf as a crypt(3) hash (`password_format = crypt`): the file works as it stands and
gives nothing away. Option names follow Asterisk's own sample files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

CRYPT_ROUNDS = 1000
"""The least crypt(3) takes: Asterisk computes the hash again for every ARI request."""

INBOUND_CONTEXT = "asisso-inbound"
SESSION_LIMIT = 1000
"""Asterisk's default of 100 HTTP sessions counts every request and WebSocket; a busy hour would reach it."""


AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
"""Asterisk knows no certificate authority by itself; this is where Debian, Ubuntu and FreePBX keep them."""

PLAIN_HTTP_PORT = 8088
"""Where plain HTTP stays, on loopback, when ARI is reached by TLS."""

CODECS = {
    "slin16": "g722,slin16,ulaw,alaw",
    "slin": "ulaw,alaw",
    "ulaw": "ulaw,alaw",
    "alaw": "alaw,ulaw",
}
"""What telephones should offer, by the format of the agent's audio: wideband first where the agent hears it."""


class PbxSystem(StrEnum):
    """Who writes the PBX's files: an administrator, or FreePBX, which leaves `*_custom.conf` to them."""

    ASTERISK = "asterisk"
    FREEPBX = "freepbx"


@dataclass(frozen=True, slots=True)
class AsteriskConfigInput:
    """What the files are filled in with.

    Attributes:
        media_url: where Asterisk brings a call's audio: `ws(s)://host:port/path`.
        extensions: the addresses that lead to the application, as the dialplan writes them (`8000`, `_8XXX`).
        http_bind: the address Asterisk's HTTP server listens on.
        http_is_tls: ARI is reached by https.
        endpoints: PJSIP sections whose codecs are set.
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
    http_is_tls: bool = False
    media_format: str = "slin16"
    endpoints: Sequence[str] = ()


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


def render_files(given: AsteriskConfigInput, system: PbxSystem = PbxSystem.ASTERISK) -> list[ConfigFile]:
    """The files in the order an administrator goes through them.

    Without a WebSocket client name the product dials Asterisk, and websocket_client.conf is not needed.
    """
    files = [_ari(given, system), _http(given, system)]
    if given.ws_client_name:
        files.append(_websocket_client(given))
    return [*files, _extensions(given, system), _pjsip(given, system)]


def _ari(given: AsteriskConfigInput, system: PbxSystem) -> ConfigFile:
    # Only now: loading it would delay every start, and with it the calls that wait for one.
    from passlib.hash import sha256_crypt

    hasher: Any = sha256_crypt  # its stubs are incomplete
    hashed = hasher.using(rounds=CRYPT_ROUNDS).hash(given.app_password)
    content = f"""\
{_general(system)}
enabled = yes

[{given.ari_username}]
type = user
read_only = no
password_format = crypt
password = {hashed}
"""
    return ConfigFile(
        _path(system, "ari.conf", "ari_additional_custom.conf"),
        "The user this server signs in as. The password is the App Password, as a hash.",
        content,
        'asterisk -rx "module reload res_ari.so"',
    )


def _http(given: AsteriskConfigInput, system: PbxSystem) -> ConfigFile:
    if given.http_is_tls:
        listening = f"""\
bindaddr = 127.0.0.1
bindport = {PLAIN_HTTP_PORT}
tlsenable = yes
tlsbindaddr = {given.http_bind}:{given.http_port}
tlscertfile = /etc/asterisk/keys/fullchain.pem
tlsprivatekey = /etc/asterisk/keys/privkey.pem"""
    else:
        listening = f"bindaddr = {given.http_bind}\nbindport = {given.http_port}"
    content = f"""\
{_general(system)}
enabled = yes
{listening}
sessionlimit = {SESSION_LIMIT}
"""
    purpose = "Asterisk's HTTP server, which carries ARI. Let only this server's address reach its port."
    if given.http_is_tls:
        purpose += " Put a certificate for the host name of the ARI Endpoint URL where the file says."
    return ConfigFile(
        _path(system, "http.conf", "http_custom.conf"), purpose, content, 'asterisk -rx "module reload http"'
    )


def _websocket_client(given: AsteriskConfigInput) -> ConfigFile:
    is_secure = given.media_url.startswith("wss:")
    tls = f"tls_enabled = yes\nca_list_file = {AUTHORITIES}" if is_secure else "tls_enabled = no"
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
{tls}
"""
    return ConfigFile(
        "/etc/asterisk/websocket_client.conf",
        "Where Asterisk brings the audio of a call: this server's media address.",
        content,
        'asterisk -rx "module reload res_websocket_client.so"',
    )


def _extensions(given: AsteriskConfigInput, system: PbxSystem) -> ConfigFile:
    lines = [f"[{INBOUND_CONTEXT}]"]
    for extension in given.extensions or ("_8XXX",):
        lines += [
            f"exten => {_dialplan(extension)},1,Stasis({given.app_name})",
            ' same => n,GotoIf($["${STASISSTATUS}" = "FAILED"]?away)',
            " same => n,Hangup()  ; reached when the agent can't take the call: put your fallback here",
            " same => n(away),Congestion(5)  ; Asisso is away: and here, such as Dial(PJSIP/6001,20)",
        ]
    purpose = (
        f"Leads calls to the agent. Add it, and put  include => {INBOUND_CONTEXT}  into the context of your "
        "telephones or trunk."
    )
    if system is PbxSystem.FREEPBX:
        lines += ["", "[from-internal-custom]", f"include => {INBOUND_CONTEXT}"]
        purpose = (
            "Leads calls of your extensions to the agent. For a trunk, make a Custom Destination "
            f"{INBOUND_CONTEXT},{_dialplan((given.extensions or ('8000',))[0])},1  and an Inbound Route to it."
        )
    return ConfigFile(
        _path(system, "extensions.conf", "extensions_custom.conf"),
        purpose,
        "\n".join(lines) + "\n",
        'asterisk -rx "dialplan reload"',
    )


def _pjsip(given: AsteriskConfigInput, system: PbxSystem) -> ConfigFile:
    """Lines that are added to sections that exist already; a comment to begin with when no endpoint is known."""
    codecs = CODECS[given.media_format]
    lines = ["; The codecs in which telephones and the agent understand each other best."]
    for endpoint in given.endpoints:
        lines += [f"[{_dialplan(endpoint)}](+)", "disallow = all", f"allow = {codecs}"]
    if not given.endpoints:
        lines += ["; For each telephone, with its section's name:", ";[6001](+)", ";disallow = all"]
        lines += [f";allow = {codecs}"]
    name = "pjsip_asisso.conf"
    return ConfigFile(
        _path(system, name, "pjsip.endpoint_custom_post.conf"),
        "Wideband audio where the telephones have it."
        + ("" if system is PbxSystem.FREEPBX else f" Put  #include {name}  at the end of pjsip.conf."),
        "\n".join(lines) + "\n",
        'asterisk -rx "module reload res_pjsip.so"',
    )


def _general(system: PbxSystem) -> str:
    """FreePBX includes its custom files behind a section of its own, which they add to."""
    return "[general](+)" if system is PbxSystem.FREEPBX else "[general]"


def _path(system: PbxSystem, plain: str, custom: str) -> str:
    return f"/etc/asterisk/{custom if system is PbxSystem.FREEPBX else plain}"


def _dialplan(address: str) -> str:
    """An address as an extension: a SIP address by its user part, nothing that could end the line."""
    user = re.sub(r"^sips?:", "", address).partition("@")[0]
    return re.sub(r"[^\w+*#.!\[\]-]", "", user)
