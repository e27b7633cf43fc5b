"""The kinds of PBX that can be connected, and the fields of their forms. The web app draws its form from this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from asisso.vocabulary import MediaFormatName, OnFailure, Provider

FieldType = Literal["url", "text", "password", "list", "choice", "number", "boolean"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a `choice` field, and how a person reads it."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field of a provider's form; `name` is the field of the telephony configuration it fills.

    Attributes:
        advanced: most people never need it, so the form keeps it out of sight.
        default: what the form of a new configuration begins with.
        minimum, maximum: the bounds of a `number`.
    """

    name: str
    label: str
    type: FieldType
    help: str
    example: str = ""
    required: bool = False
    secret: bool = False
    advanced: bool = False
    default: str | int | bool | None = None
    choices: tuple[Choice, ...] = ()
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class TelephonyProvider:
    """A kind of PBX."""

    provider: Provider
    name: str
    description: str
    fields: tuple[FormField, ...]


ARI = TelephonyProvider(
    provider=Provider.ARI,
    name="Asterisk ARI",
    description="An Asterisk PBX of your own, through its REST interface and chan_websocket.",
    fields=(
        FormField(
            name="ari_endpoint",
            label="ARI Endpoint URL",
            type="url",
            required=True,
            help="Where Asterisk's HTTP server answers, as seen from this server. Without /ari at the end.",
            example="http://asterisk.example.com:8088",
        ),
        FormField(
            name="app_name",
            label="Stasis App Name",
            type="text",
            required=True,
            help="The name of the user's section in ari.conf; the dialplan hands calls to Stasis() under it.",
            example="asisso",
        ),
        FormField(
            name="app_password",
            label="App Password",
            type="password",
            required=True,
            secret=True,
            help="The password of that section in ari.conf. It is stored encrypted and never shown again.",
            example="your_secure_password",
        ),
        FormField(
            name="ws_client_name",
            label="WebSocket Client Name",
            type="text",
            help="The section in websocket_client.conf by which Asterisk sends audio here. "
            "Leave it empty where Asterisk cannot reach this server: then this server dials Asterisk.",
            example="asisso",
        ),
        FormField(
            name="from_extensions",
            label="From Extensions",
            type="list",
            help="Extensions or trunk numbers that outbound calls may come from.",
            example="PJSIP/6001",
        ),
        FormField(
            name="is_default_outbound",
            label="Default for outbound calls",
            type="boolean",
            advanced=True,
            default=False,
            help="Calls that name no configuration go out through this one.",
        ),
        FormField(
            name="dial_template",
            label="Dial template",
            type="text",
            required=True,
            advanced=True,
            default="PJSIP/{number}",
            help="What Asterisk dials for a number; {number} stands for it. "
            "A trunk is written behind an @, a context of the dialplan as Local/{number}@context.",
            example="PJSIP/{number}@trunk",
        ),
        FormField(
            name="ring_timeout_s",
            label="Ring time-out",
            type="number",
            required=True,
            advanced=True,
            default=30,
            minimum=1,
            maximum=600,
            help="Seconds an outbound call rings before it counts as not answered.",
            example="30",
        ),
        FormField(
            name="on_failure",
            label="When no agent can take a call",
            type="choice",
            required=True,
            advanced=True,
            default=OnFailure.REFUSE.value,
            choices=(
                Choice(OnFailure.REFUSE.value, "Refuse it"),
                Choice(OnFailure.DIALPLAN.value, "Let the dialplan go on"),
            ),
            help="For an inbound call that is turned away, or whose agent fails: refuse it with a proper cause, "
            "or go on behind Stasis() in your dialplan.",
        ),
        FormField(
            name="channel_variables",
            label="Channel variables",
            type="list",
            advanced=True,
            help="Variables or functions of the caller's channel that the workflow gets to know.",
            example="CUSTOMER_ID, CALLERID(rdnis)",
        ),
        FormField(
            name="sip_headers",
            label="SIP headers",
            type="list",
            advanced=True,
            help="Headers of the caller's INVITE that the workflow gets to know.",
            example="X-Customer, P-Asserted-Identity",
        ),
        FormField(
            name="media_format",
            label="Media format",
            type="choice",
            required=True,
            advanced=True,
            default=MediaFormatName.SLIN16.value,
            choices=(
                Choice(MediaFormatName.SLIN16.value, "slin16 (16 kHz, the clearest)"),
                Choice(MediaFormatName.SLIN.value, "slin (8 kHz)"),
                Choice(MediaFormatName.ULAW.value, "ulaw (8 kHz, little traffic)"),
                Choice(MediaFormatName.ALAW.value, "alaw (8 kHz, little traffic)"),
            ),
            help="The sound between Asterisk and this server.",
        ),
        FormField(
            name="require_media_credentials",
            label="Require media credentials",
            type="boolean",
            advanced=True,
            default=False,
            help="Refuse Asterisk's media connection unless it shows the user name and password "
            "of the generated websocket_client.conf.",
        ),
    ),
)

PROVIDERS = (ARI,)
