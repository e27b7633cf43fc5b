"""Judges the way to the ARI: address, port, TLS, HTTP, and whether Asterisk lets us in."""

from __future__ import annotations

from urllib.parse import urlsplit

from .facts import Facts
from .reach import Port, Talk
from .steps import Check, Edit, Finding, failed, ok, skipped

HTTP_CONF = "/etc/asterisk/http.conf"
ARI_CONF = "/etc/asterisk/ari.conf"
RELOAD_HTTP = 'asterisk -rx "module reload http"'
RELOAD_ARI = 'asterisk -rx "module reload res_ari.so"'


def address_resolves(facts: Facts) -> Finding:
    host = urlsplit(facts.reach.url).hostname
    if facts.reach.refusal:
        return failed(facts.reach.refusal, "Write an ARI Endpoint URL at which a PBX may be.")
    if facts.reach.resolve_error:
        return failed(
            f"The host {host} of the ARI Endpoint URL can't be found: {facts.reach.resolve_error}.",
            "Correct the ARI Endpoint URL, or write the PBX's IP address instead of its name.",
        )
    return ok(f"{host} is {', '.join(facts.reach.addresses)}.")


def port_reachable(facts: Facts) -> Finding:
    if facts.reach.port is Port.SILENT:
        return failed(
            f"Nothing comes back from {_authority(facts)}: {facts.reach.port_error}. A firewall drops the packets, or "
            "the address belongs to no machine.",
            "Allow TCP from this server to the ARI port in the firewall of the PBX and of every network between.",
            f"iptables -I INPUT -p tcp --dport {_port(facts)} -s THIS-SERVER -j ACCEPT",
        )
    return ok(f"{_authority(facts)} is reached.")


def port_open(facts: Facts) -> Finding:
    if facts.reach.port is not Port.REFUSED:
        return ok(f"Something listens at {_authority(facts)}.")
    if facts.reach.elsewhere:
        return failed(
            f"Nothing listens at {_authority(facts)}, but an Asterisk answers at {facts.reach.elsewhere}.",
            f"Write {facts.reach.elsewhere} as the ARI Endpoint URL.",
        )
    return failed(
        f"Nothing listens at {_authority(facts)}: Asterisk does not run, its HTTP server is off, or it listens at "
        "another address or port.",
        "Start Asterisk; let its HTTP server listen at this port, at an address that this server can reach.",
        "systemctl start asterisk",
        RELOAD_HTTP,
        'asterisk -rx "http show status"',
        edit=Edit(
            HTTP_CONF, ("[general]", "enabled = yes", "bindaddr = 0.0.0.0", f"bindport = {_port(facts)}")
        ),
    )


def tls_expected(facts: Facts) -> Finding:
    url, speaks_tls = facts.reach.url, facts.reach.speaks_tls
    other = (
        url.replace("https://", "http://") if url.startswith("https") else url.replace("http://", "https://")
    )
    if url.startswith("https") and speaks_tls is False:
        return failed(
            f"{_authority(facts)} does not speak TLS, but the ARI Endpoint URL begins with https.",
            f"Write {other}, or the port of tlsbindaddr in http.conf.",
        )
    if url.startswith("http:") and speaks_tls:
        return failed(
            f"{_authority(facts)} speaks TLS, but the ARI Endpoint URL begins with http.",
            f"Write {other}, or the port of bindport in http.conf.",
        )
    return ok("The ARI Endpoint URL and the port agree about TLS.")


def certificate_valid(facts: Facts) -> Finding:
    if not facts.reach.url.startswith("https"):
        return skipped("Not used: the ARI Endpoint URL begins with http.")
    if facts.reach.tls_fault:
        return failed(
            f"The certificate of {_authority(facts)} is not accepted: {facts.reach.tls_fault}.",
            "Give Asterisk a certificate for this host name from a known authority; within your own network, plain "
            "http is the simpler way.",
            'asterisk -rx "module reload http"',
            edit=Edit(
                HTTP_CONF,
                (
                    "[general]",
                    "tlscertfile = /etc/asterisk/keys/fullchain.pem",
                    "tlsprivatekey = /etc/asterisk/keys/privkey.pem",
                ),
            ),
        )
    return ok("The certificate is valid for this host.")


def http_sessions(facts: Facts) -> Finding:
    if facts.reach.talk is Talk.CLOSED:
        return failed(
            f"{_authority(facts)} takes the connection and closes it without an answer: Asterisk's limit of HTTP "
            "sessions is reached. Every request and every WebSocket counts.",
            "Raise the limit; the default of 100 is too little for a busy hour.",
            RELOAD_HTTP,
            edit=Edit(HTTP_CONF, ("[general]", "sessionlimit = 1000")),
        )
    return ok("Asterisk has room for another HTTP session.")


def http_answers(facts: Facts) -> Finding:
    if facts.reach.talk is Talk.SILENT:
        return failed(
            f"{_authority(facts)} takes the connection but does not answer: Asterisk hangs or is overloaded, or "
            "another kind of server listens there.",
            "Look at the load of the PBX and into its log; check that the port is that of Asterisk's HTTP server.",
            'asterisk -rx "http show status"',
            'asterisk -rx "core show uptime"',
        )
    if facts.reach.talk is Talk.OTHER:
        return failed(
            f"{_authority(facts)} does not speak HTTP: this is no port of Asterisk's HTTP server.",
            "Write the port of bindport in http.conf into the ARI Endpoint URL; the usual one is 8088.",
            'asterisk -rx "http show status"',
        )
    return ok("HTTP is answered.")


def is_asterisk(facts: Facts) -> Finding:
    reach = facts.reach
    if not reach.server.startswith("Asterisk") and not (
        reach.is_json and reach.status in (200, 401, 403, 503)
    ):
        return failed(
            f"Another web server answers at {_authority(facts)}: {reach.server or 'one without a name'}, with status "
            f"{reach.status}.",
            "Write host and port of Asterisk's own HTTP server into the ARI Endpoint URL, such as http://pbx:8088.",
        )
    return ok(f"The server calls itself {reach.server or 'nothing'} and answers as Asterisk does.")


def booted(facts: Facts) -> Finding:
    if facts.reach.status in (200, 401, 403, 404):
        return ok("Asterisk is up.")
    return failed(
        f"Asterisk answers with status {facts.reach.status} ({facts.reach.message or 'no reason given'}): it is still "
        "starting, or something in front of it answers instead.",
        "Wait until it has started, and check again.",
        'asterisk -rx "core waitfullybooted"',
    )


def ari_enabled(facts: Facts) -> Finding:
    reach = facts.reach
    if reach.status != 404 or reach.is_json:
        return ok("ARI answers.")
    if reach.elsewhere:
        return failed(
            f"There is no ARI below {reach.url}, but there is one below {reach.elsewhere}.",
            f"Write {reach.elsewhere} as the ARI Endpoint URL.",
        )
    return failed(
        "Asterisk's HTTP server answers, but ARI is off: it is disabled in ari.conf, its modules are not loaded, or "
        "http.conf sets a prefix that the ARI Endpoint URL lacks.",
        "Enable ARI and load its modules; res_ari does not start without res_http_websocket and res_websocket_client.",
        RELOAD_ARI,
        *(f'asterisk -rx "module load {name}.so"' for name in ("res_http_websocket", "res_websocket_client")),
        'asterisk -rx "module load res_ari.so"',
        'asterisk -rx "module show like res_ari"',
        edit=Edit(ARI_CONF, ("[general]", "enabled = yes")),
    )


def credential_spaces(facts: Facts) -> Finding:
    address = facts.subject.address
    for label, value in (("Stasis App Name", address.username), ("App Password", address.password)):
        if value != value.strip():
            return failed(
                f"The {label} begins or ends with a space; Asterisk never reads one from ari.conf.",
                f"Enter the {label} again without spaces around it.",
            )
    return ok("There are no spaces around the user name and the password.")


def credentials(facts: Facts) -> Finding:
    username = facts.subject.address.username
    if facts.reach.status == 401:
        return failed(
            f"Asterisk refused the user name or the password (401) of {username}.",
            f"The section [{username}] must be in ari.conf, and its password must be the App Password. Use the "
            "generated ari.conf, or enter the App Password again.",
            RELOAD_ARI,
            edit=Edit(ARI_CONF),
        )
    return ok(f"Asterisk knows the user {username} and takes the password.")


def access_list(facts: Facts) -> Finding:
    if facts.reach.status == 403:
        return failed(
            "Asterisk knows the user but refuses this server's address "
            f"(403: {facts.reach.message or 'forbidden'}).",
            f"Allow this server's address in the access list of [{facts.subject.address.username}] in ari.conf, or use "
            "the generated ari.conf, which has none.",
            RELOAD_ARI,
            edit=Edit(ARI_CONF),
        )
    return ok("No access list keeps this server out.")


def write_right(facts: Facts) -> Finding:
    username = facts.subject.address.username
    if not facts.may_write:
        return failed(
            f"The user {username} may only read (403: Write access denied): no call could be answered.",
            "Let the user write.",
            RELOAD_ARI,
            edit=Edit(ARI_CONF, (f"[{username}]", "read_only = no")),
        )
    return ok(f"{username} may read and write.")


def _authority(facts: Facts) -> str:
    return urlsplit(facts.reach.url).netloc


def _port(facts: Facts) -> int:
    parts = urlsplit(facts.reach.url)
    return parts.port or (443 if parts.scheme == "https" else 80)


CHECKS = (
    Check("address_resolves", "The host name is known", address_resolves),
    Check("port_reachable", "No firewall is in the way", port_reachable, ("address_resolves",)),
    Check("port_open", "Something listens at the port", port_open, ("port_reachable",)),
    Check("tls_expected", "Address and port agree about TLS", tls_expected, ("port_open",)),
    Check("certificate_valid", "The PBX's certificate is valid", certificate_valid, ("tls_expected",)),
    Check("http_sessions", "Asterisk takes another HTTP session", http_sessions, ("certificate_valid",)),
    Check("http_answers", "HTTP is answered", http_answers, ("http_sessions",)),
    Check("is_asterisk", "It is Asterisk", is_asterisk, ("http_answers",)),
    Check("booted", "Asterisk has started", booted, ("is_asterisk",)),
    Check("ari_enabled", "ARI is on", ari_enabled, ("booted",)),
    Check("credential_spaces", "There are no stray spaces in the credentials", credential_spaces),
    Check(
        "credentials", "User name and password are right", credentials, ("ari_enabled", "credential_spaces")
    ),
    Check("access_list", "The access list lets this server in", access_list, ("credentials",)),
)
AFTER_MODULES = (Check("write_right", "The user may write", write_right, ("ari_modules",)),)
