"""The kinds of PBX that can be connected, and the fields of their forms. The web app draws its form from this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from asisso.db.models import Provider


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a provider's form; `name` is the field of the telephony configuration it fills."""

    name: str
    label: str
    type: Literal["url", "text", "password", "list"]
    required: bool
    secret: bool
    help: str
    example: str


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
            secret=False,
            help="Where Asterisk's HTTP server answers, as seen from this server. Without /ari at the end.",
            example="http://asterisk.example.com:8088",
        ),
        FormField(
            name="app_name",
            label="Stasis App Name",
            type="text",
            required=True,
            secret=False,
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
            required=False,
            secret=False,
            help="The section in websocket_client.conf by which Asterisk sends audio here. "
            "Leave it empty where Asterisk cannot reach this server: then this server dials Asterisk.",
            example="asisso",
        ),
        FormField(
            name="from_extensions",
            label="From Extensions",
            type="list",
            required=False,
            secret=False,
            help="Extensions or trunk numbers that outbound calls may come from.",
            example="PJSIP/6001",
        ),
    ),
)

PROVIDERS = (ARI,)
