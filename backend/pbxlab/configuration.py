"""The bench's own Asterisk configuration: small, on loopback, with something to call for every purpose.

Pure text. Must not know of processes; what may be replaced and how is `layout`'s business.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from pbxlab.ports import Ports

ENDPOINTS = tuple(str(number) for number in range(6001, 6010))
PROBE_USER = "pbxlab"
CONTEXT = "pbxlab"
BASELINE_PROMPT = "hello-world"
# Files of which a caller's text and the bench's own both count, each in its own file, included one after
# the other: a product's generated file is used byte for byte and the bench still has its extensions.
LAYERED = ("ari.conf", "extensions.conf")

MODULES = """
    res_timing_timerfd pbx_config
    func_callerid func_channel func_config func_dialplan func_strings func_hangupcause func_logic func_global
    func_timeout
    func_pjsip_endpoint func_pjsip_aor func_pjsip_contact func_volume func_talkdetect
    app_dial app_stasis app_playback app_echo app_verbose app_read app_senddtmf app_milliwatt app_playtones
    app_originate app_transfer app_exec app_dumpchan
    res_http_websocket res_websocket_client chan_websocket
    res_stasis res_stasis_answer res_stasis_playback res_stasis_recording res_stasis_snoop
    res_stasis_device_state
    res_ari res_ari_model res_ari_applications res_ari_asterisk res_ari_bridges res_ari_channels
    res_ari_device_states res_ari_endpoints res_ari_events res_ari_playbacks res_ari_recordings res_ari_sounds
    res_sorcery_config res_sorcery_memory res_sorcery_astdb
    res_pjproject res_pjsip res_pjsip_session res_pjsip_sdp_rtp res_pjsip_caller_id res_pjsip_dtmf_info
    res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user res_pjsip_authenticator_digest
    res_pjsip_outbound_authenticator_digest res_pjsip_registrar res_pjsip_nat res_pjsip_refer
    res_pjsip_header_funcs res_pjsip_rfc3326 res_pjsip_logger res_pjsip_diversion res_pjsip_acl
    res_pjsip_pubsub chan_pjsip res_rtp_asterisk chan_bridge_media
    codec_ulaw codec_alaw codec_a_mu codec_g722 codec_resample codec_gsm
    format_pcm format_wav format_sln format_gsm
    bridge_simple bridge_softmix bridge_native_rtp bridge_holding bridge_builtin_features
    res_musiconhold res_crypto res_srtp
""".split()  # noqa: SIM905 - a table of names reads better than a list of strings

# Read at start even when nothing is to be said in them; absent ones are logged as errors.
_EMPTY_FILES = (
    "acl.conf", "ccss.conf", "chan_websocket.conf", "cli.conf", "codecs.conf", "features.conf", "manager.conf",
    "pjproject.conf", "pjsip_notify.conf", "stasis.conf", "udptl.conf",
)  # fmt: skip


@dataclass(frozen=True)
class Softphone:
    """A real telephone's account: SIP user and password."""

    user: str
    password: str


@dataclass(frozen=True)
class Values:
    """What the configuration is filled in with."""

    ports: Ports
    app: str
    ari_user: str
    ari_password: str
    probe_password: str
    ws_client: str
    media_url: str
    bind: str = "127.0.0.1"
    softphone: Softphone | None = None


@dataclass(frozen=True)
class Folders:
    """Where the instance lives, as Asterisk itself sees it."""

    home: PurePosixPath
    modules: PurePosixPath
    data: PurePosixPath


def base_files(name: str, folders: Folders, loadable: set[str]) -> dict[str, str]:
    """Files that make Asterisk run at all; `loadable` are the modules that are installed."""
    home = folders.home
    places = {
        "astetcdir": home / "etc",
        "astmoddir": folders.modules,
        "astvarlibdir": home / "db",
        "astdbdir": home / "db",
        "astkeydir": home / "db",
        "astcachedir": home / "db",
        "astdatadir": folders.data,
        "astagidir": folders.data / "agi-bin",
        "astspooldir": home / "spool",
        "astrundir": home / "run",
        "astlogdir": home / "log",
        "astsbindir": PurePosixPath("/usr/sbin"),
    }
    directories = "".join(f"{key} => {path}\n" for key, path in places.items())
    loads = "".join(f"load = {module}.so\n" for module in MODULES if module in loadable)
    return {
        **dict.fromkeys(_EMPTY_FILES, ""),
        "asterisk.conf": f"[directories]\n{directories}[options]\nverbose = 3\nmaxfiles = 65536\nnocolor = yes\n"
        f"systemname = {name}\nhideconnect = yes\n",
        "modules.conf": f"[modules]\nautoload = no\n{loads}",
        "logger.conf": "[general]\ndateformat = %F %T.%3q\n[logfiles]\nfull.log => notice,warning,error,verbose(3)\n",
        "cdr.conf": "[general]\nenable = no\n",
        "cel.conf": "[general]\nenable = no\n",
        # Spelled letters: audible, and part of every set of prompts.
        "musiconhold.conf": f"[default]\nmode = files\ndirectory = {folders.data}/sounds/en/letters\n",
        "indications.conf": _INDICATIONS,
    }


def default_files(values: Values) -> dict[str, str]:
    """Files a caller may replace; by name as in Asterisk's configuration folder."""
    ports = values.ports
    return {
        "http.conf": f"[general]\nservername = Asterisk\nenabled = yes\nbindaddr = 127.0.0.1\nbindport = {ports.http}\n"
        "sessionlimit = 1000\n",
        "ari.conf": "[general]\nenabled = yes\n\n"
        f"[{values.ari_user}]\ntype = user\nread_only = no\npassword = {values.ari_password}\n",
        "websocket_client.conf": f"[{values.ws_client}]\ntype = websocket_client\nconnection_type = per_call_config\n"
        f"uri = {values.media_url}\nprotocols = media\nconnection_timeout = 1000\nreconnect_interval = 200\n"
        "reconnect_attempts = 2\n",
        "extensions.conf": _AGENT_EXTENSIONS.format(app=values.app),
        "pjsip.conf": _pjsip(values),
        "rtp.conf": f"[general]\nrtpstart = {ports.rtp[0]}\nrtpend = {ports.rtp[1]}\nicesupport = no\n",
    }


def bench_layers(values: Values, extensions: str) -> dict[str, str]:
    """What the bench adds to each layered file; `extensions` is the caller's, whose contexts stay reachable."""
    includes = "".join(f"include => {context}\n" for context in contexts_of(extensions))
    dialplan = _BENCH_EXTENSIONS.format(context=CONTEXT, app=values.app, prompt=BASELINE_PROMPT)
    return {
        "ari.conf": f"[{PROBE_USER}]\ntype = user\nread_only = no\npassword = {values.probe_password}\n",
        "extensions.conf": dialplan + includes,
    }


def contexts_of(extensions: str) -> list[str]:
    """The dialplan contexts a text of extensions.conf defines, in order."""
    names = re.findall(r"^\s*\[([^\]]+)\](?!\s*\(!)", extensions, re.MULTILINE)
    return [name for name in dict.fromkeys(names) if name not in ("general", "globals", CONTEXT)]


def merged(defaults: Mapping[str, str], given: Mapping[str, str] | None) -> dict[str, str]:
    """Defaults with a caller's files in their place or beside them."""
    return {**defaults, **(given or {})}


def _pjsip(values: Values) -> str:
    parts = [_PJSIP.format(bind=values.bind, sip=values.ports.sip, context=CONTEXT)]
    parts += [_PJSIP_ENDPOINT.format(user=user, telephone=values.ports.telephone) for user in ENDPOINTS]
    if values.softphone is not None:
        parts.append(_PJSIP_SOFTPHONE.format(user=values.softphone.user, password=values.softphone.password))
    return "".join(parts)


_AGENT_EXTENSIONS = """\
[general]
static = yes

[default]
exten => _8XXX,1,Stasis({app})
 same => n,GotoIf($["${{STASISSTATUS}}" = "FAILED"]?unreachable)
 same => n,Hangup()
 same => n(unreachable),Congestion(2)
"""

_BENCH_EXTENSIONS = """\
[{context}]
; what is said comes back
exten => 600,1,Answer()
 same => n,Echo()
 same => n,Hangup()
; a tone for ever
exten => 601,1,Answer()
 same => n,Milliwatt()
; answered before the application gets it
exten => 602,1,Answer()
 same => n,Stasis({app})
 same => n,Hangup()
; an application that never is there
exten => 603,1,Stasis(nosuchapp)
 same => n,Answer()
 same => n,Playback({prompt})
 same => n,Hangup()
exten => 604,1,Busy(2)
exten => 605,1,Congestion(2)
; Asterisk's own answer and speech: the baseline of measurements
exten => 606,1,Answer()
 same => n,Playback({prompt})
 same => n,Hangup()
; three keys pressed (of which # would be the end) come back as keys
exten => 607,1,Answer()
 same => n,Read(KEYS,,3)
 same => n,SendDTMF(${{KEYS}})
 same => n,Wait(1)
 same => n,Hangup()
; rings and is never answered
exten => 608,1,Ringing()
 same => n,Wait(60)
; the keys in a variable, pressed
exten => 609,1,Answer()
 same => n,SendDTMF(${{KEYS}})
 same => n,Wait(1)
 same => n,Hangup()
; transfer targets: a tone, and the telephone 6001
exten => 900,1,Answer()
 same => n,Playtones(440)
 same => n,Wait(30)
 same => n,Hangup()
exten => 901,1,Dial(PJSIP/6001,20)
 same => n,Hangup()
"""

_PJSIP = """\
[global]
type = global
user_agent = pbxlab
endpoint_identifier_order = username,ip

[transport-udp]
type = transport
protocol = udp
bind = {bind}:{sip}

[telephone](!)
type = endpoint
transport = transport-udp
context = {context}
disallow = all
allow = ulaw,alaw,g722,slin16
direct_media = no
rtp_symmetric = yes
force_rport = yes
rewrite_contact = no
dtmf_mode = rfc4733
timers = no
100rel = no

[caller](telephone)
trust_id_inbound = yes

[caller]
type = identify
endpoint = caller
match = 127.0.0.1
"""

_PJSIP_ENDPOINT = """
[{user}](telephone)
aors = {user}
callerid = "Lab {user}" <{user}>

[{user}]
type = aor
contact = sip:{user}@127.0.0.1:{telephone}
qualify_frequency = 0
"""

_PJSIP_SOFTPHONE = """
[{user}](telephone)
aors = {user}
auth = {user}
callerid = "Softphone" <{user}>
rewrite_contact = yes

[{user}]
type = auth
auth_type = userpass
username = {user}
password = {password}

[{user}]
type = aor
max_contacts = 5
remove_existing = yes
"""

_INDICATIONS = """\
[general]
country = us

[us]
description = United States
ringcadence = 2000,4000
dial = 350+440
busy = 480+620/500,0/500
ring = 440+480/2000,0/4000
congestion = 480+620/250,0/250
"""
