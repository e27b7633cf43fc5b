"""Judges whether audio really goes from Asterisk to us and back."""

from __future__ import annotations

from ..config import AUTHORITIES
from .facts import Answer, Facts
from .steps import Check, Edit, Finding, failed, ok, skipped, warning
from .websocket_client import RELOAD, UNUSED, WEBSOCKET_CLIENT_CONF

SLOW_MS = 250
WIDE_ENOUGH_SESSIONS = 32


def media_upgrade(facts: Facts) -> Finding:
    if not facts.subject.ws_client_name:
        return skipped(UNUSED)
    if facts.look_at_client.answer is Answer.SILENT:
        return failed(
            f"{_uri(facts)} takes connections but never answers a WebSocket request ({facts.look_at_client.detail}). "
            "Asterisk before 22.11 waits there for ever and does not let go of the call.",
            "Look at what stands at that address, such as a reverse proxy that does not pass WebSockets on; then check "
            "that this server runs there.",
        )
    return ok("The media address in Asterisk answers.")


def media_server(facts: Facts) -> Finding:
    url, look = facts.subject.media_url, facts.look_at_ours
    if facts.loop.is_sound:
        return ok("This server takes audio.")
    if look.answer in (Answer.NO_CONNECTION, Answer.NOT_HTTP, Answer.NOT_TLS, Answer.SILENT):
        return failed(
            f"Nobody takes WebSocket connections at this server's own media address {url}: {look.detail}.",
            "Start the server, and set ASISSO_HOST and ASISSO_PUBLIC_URL to an address at which Asterisk reaches it.",
        )
    if look.answer is Answer.REFUSED and look.detail != "401":
        return failed(
            f"This server's media address {url} answers with status {look.detail} instead of a WebSocket.",
            "Let the proxy in front of this server pass WebSocket requests on, and set ASISSO_PUBLIC_URL to where it "
            "listens.",
        )
    return ok("This server's media address answers.")


def media_certificate(facts: Facts) -> Finding:
    client, look = facts.websocket_client or {}, facts.look_at_client
    if not _uri(facts).startswith("wss"):
        return skipped("Not used: the audio comes without TLS.")
    knows_authorities = client.get("ca_list_file") or client.get("ca_list_path")
    is_judged = client.get("verify_server_cert") != "no" and look.answer is not Answer.NOT_TLS
    if facts.loop.is_sound or knows_authorities or not is_judged:
        return ok("Nothing speaks against the certificate of the media address.")
    name = facts.subject.ws_client_name
    seen = f" This server sees: {look.detail}." if look.answer is Answer.BAD_CERTIFICATE else ""
    return failed(
        f"Asterisk accepts no certificate at {_uri(facts)}: [{name}] names no authorities, and it knows none by "
        f"itself.{seen}",
        "Name the list of authorities; on Red Hat and its kin it is /etc/pki/tls/certs/ca-bundle.crt. For an authority "
        "of your own, name its certificate.",
        RELOAD,
        edit=Edit(WEBSOCKET_CLIENT_CONF, (f"[{name}]", f"ca_list_file = {AUTHORITIES}")),
    )


def probes(facts: Facts) -> Finding:
    if facts.unanswered:
        return failed(
            f"Asterisk stopped answering while calls were being tried: {facts.unanswered}.",
            "Look at the load of the PBX and into its log, and check again.",
            'asterisk -rx "core show uptime"',
        )
    return ok("Asterisk answered to the end.")


def media_reached(facts: Facts) -> Finding:
    loop = facts.loop
    if loop.has_connected:
        return ok("Asterisk reaches this server's media address.")
    if not loop.is_tried:
        return skipped("Not tried: it would take a running server, and a user who may write.")
    if loop.refusal:
        return failed(
            f"Asterisk would not make a media channel: {loop.refusal}.",
            "Look into Asterisk's log for the reason.",
            'asterisk -rx "module show like chan_websocket"',
        )
    if loop.came_elsewhere:
        return failed(
            f"Asterisk connected its audio to {_uri(facts)}, but it never came to this server.",
            "Point the uri at this server; see the generated websocket_client.conf.",
        )
    if not facts.subject.ws_client_name:
        return failed(
            "This server could not connect to Asterisk's media address on the ARI port.",
            "Let a proxy between the two pass WebSocket requests below /media on.",
        )
    return failed(
        f"Asterisk can't connect to {_uri(facts)}, although that address answers this server: a firewall between "
        "Asterisk and this server, a name that only one of them can resolve, or a certificate that Asterisk does not "
        "trust.",
        "On the PBX, try the address; then allow the connection.",
        f"curl -sv -o /dev/null {_uri(facts).replace('ws', 'http', 1)}",
    )


def media_audio(facts: Facts) -> Finding:
    loop = facts.loop
    if not loop.has_connected:
        return skipped("Not tried: no media connection came about.")
    if loop.is_sound:
        return ok(f"{loop.frames_back} of {loop.frames_sent} frames came back.")
    where = "came back from the bridge" if loop.frames_there else "arrived at the other side"
    return failed(
        f"The media connection is up, but no audio {where}.",
        "Look into Asterisk's log, and check that the modules bridge_simple and res_timing_timerfd are loaded.",
        'asterisk -rx "module show like bridge_simple"',
        'asterisk -rx "module show like timing"',
    )


def media_delay(facts: Facts) -> Finding:
    if not facts.loop.is_sound:
        return skipped("Not measured: no audio came back.")
    seen = f"Audio through Asterisk and back takes {facts.loop.round_trip_ms:.0f} ms"
    if facts.loop.round_trip_ms > SLOW_MS:
        return warning(
            f"{seen}: callers will notice the delay.",
            "Put this server close to the PBX, and look at the load of both.",
        )
    return ok(f"{seen}.")


def session_limit(facts: Facts) -> Finding:
    limit = facts.loop.session_limit
    if limit is None:
        return skipped(
            "Asterisk does not tell its limit (http.conf sets none, or func_config is not loaded)."
        )
    if limit < WIDE_ENOUGH_SESSIONS:
        return warning(
            f"Asterisk allows {limit} HTTP sessions at once; every request and every WebSocket counts.",
            "Set sessionlimit = 1000 below [general] of http.conf.",
            'asterisk -rx "module reload http"',
        )
    return ok(f"Asterisk allows {limit} HTTP sessions at once.")


def _uri(facts: Facts) -> str:
    """The media address as Asterisk has it, without a query: that may hold a secret."""
    return (facts.websocket_client or {}).get("uri", "").partition("?")[0] or "the media address"


ADDRESS_CHECKS = (
    Check("media_upgrade", "The media address answers", media_upgrade, ("client_exists",)),
    Check(
        "media_certificate",
        "The certificate of the media address is accepted",
        media_certificate,
        ("client_exists",),
    ),
)
"""What was seen at the address itself: closer to the cause than that it is not ours."""

CHECKS: tuple[Check[Facts], ...] = (
    Check(
        "media_server",
        "This server takes audio at its public address",
        lambda facts: media_server(facts) if facts.subject.ws_client_name else skipped(UNUSED),
        ("client_exists", "server", "client_credentials"),
    ),
    Check("probes", "Asterisk answers while calls are tried", probes, ("ari_modules",)),
    Check(
        "media_reached",
        "Asterisk reaches this server",
        media_reached,
        (
            "probes",
            "write_right", "module_chan_websocket", "client_exists", "media_upgrade", "client_scheme", "client_tls",
            "client_host", "client_port", "client_path", "client_credentials", "media_server", "media_certificate",
        ),
    ),
    Check("media_audio", "Audio goes there and back", media_audio, ("media_reached",)),
    Check("media_delay", "Audio is not delayed", media_delay, ("media_audio",)),
    Check("session_limit", "There is room for many HTTP sessions", session_limit, ("media_reached",)),
)  # fmt: skip
