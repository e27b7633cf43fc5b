"""Telephony configurations, their status and the files for Asterisk."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictBool

from asisso.api.schemas.base import Input, Name, Output, Secret, omitted
from asisso.api.schemas.text import ONE_LINE
from asisso.calls.dialing import is_dial_template
from asisso.db.models import MediaFormatName, OnFailure, Provider, TelephonyConfiguration
from asisso.services.ari_endpoint import normalize_ari_endpoint
from asisso.services.telephony import ConnectionState, ConnectionStatus
from asisso.whole_number import WHOLE


def _holds_number(template: str) -> str:
    if not is_dial_template(template):
        raise ValueError("must be one endpoint with {number} in it once, like PJSIP/{number}@trunk")
    return template


def _distinct(extensions: list[str]) -> list[str]:
    stripped = [extension.strip() for extension in extensions]
    if not all(stripped):
        raise ValueError("an extension must not be empty")
    return list(dict.fromkeys(stripped))


AriEndpoint = Annotated[
    str,
    Field(
        max_length=500,
        examples=["http://asterisk.example.com:8088"],
        json_schema_extra={"pattern": r"^\s*[Hh][Tt][Tt][Pp][Ss]?://[^?#\x00]+$"},
    ),
    AfterValidator(normalize_ari_endpoint),
]
SectionName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]+$", max_length=64, examples=["asisso"])]
ClientName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]*$", max_length=64, examples=["asisso"])]
DialTemplate = Annotated[
    str,
    Field(
        max_length=200,
        examples=["PJSIP/{number}"],
        json_schema_extra={
            "pattern": r"^[A-Za-z][A-Za-z0-9]*/[0-9A-Za-z_.+*#@:;=/\-\[\]]*\{number\}[0-9A-Za-z_.+*#@:;=/\-\[\]]*$"
        },
    ),
    AfterValidator(_holds_number),
]
Extensions = Annotated[
    list[Annotated[str, Field(max_length=200, examples=["PJSIP/6001"]), ONE_LINE]],
    Field(max_length=100),
    AfterValidator(_distinct),
]
RingTimeout = Annotated[int, Field(strict=True, ge=1, le=600), WHOLE]
ChannelVariables = Annotated[
    list[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\([A-Za-z0-9_,\-]*\))?$", max_length=100)]],
    Field(max_length=20),
    AfterValidator(_distinct),
]
SipHeaders = Annotated[
    list[Annotated[str, Field(pattern=r"^[A-Za-z0-9!%*_+`'~.\-]+$", max_length=100)]],
    Field(max_length=20),
    AfterValidator(_distinct),
]


class NewTelephonyConfiguration(Input):
    """A connection to a PBX. `ari_username` is only needed where it differs from `app_name`."""

    name: Annotated[Name, Field(examples=["Office"])]
    provider: Literal[Provider.ARI]
    ari_endpoint: AriEndpoint
    app_name: SectionName
    ari_username: SectionName | None = None
    app_password: Annotated[Secret, Field(examples=["your_secure_password"])]
    ws_client_name: ClientName = ""
    from_extensions: Extensions = Field(default=[])
    is_default_outbound: StrictBool = False
    is_enabled: StrictBool = True
    media_format: MediaFormatName = MediaFormatName.SLIN16
    dial_template: DialTemplate = "PJSIP/{number}"
    ring_timeout_s: RingTimeout = 30
    require_media_credentials: StrictBool = False
    on_failure: OnFailure = Field(
        OnFailure.REFUSE, description="What becomes of a caller whom no agent can serve."
    )
    channel_variables: ChannelVariables = Field(
        default=[], description="Channel variables or functions that go into a call's context."
    )
    sip_headers: SipHeaders = Field(default=[], description="SIP headers that go into a call's context.")


class TelephonyConfigurationPatch(Input):
    """Fields left out stay as they are, `app_password` too."""

    name: Name = omitted()
    provider: Literal[Provider.ARI] = omitted()
    ari_endpoint: AriEndpoint = omitted()
    app_name: SectionName = omitted()
    ari_username: SectionName | None = omitted()
    app_password: Secret = omitted()
    ws_client_name: ClientName = omitted()
    from_extensions: Extensions = omitted()
    is_default_outbound: StrictBool = omitted()
    is_enabled: StrictBool = omitted()
    media_format: MediaFormatName = omitted()
    dial_template: DialTemplate = omitted()
    ring_timeout_s: RingTimeout = omitted()
    require_media_credentials: StrictBool = omitted()
    on_failure: OnFailure = omitted()
    channel_variables: ChannelVariables = omitted()
    sip_headers: SipHeaders = omitted()


class ConnectionStatusOut(Output):
    """The connection as it is now. `reason` says what happened, `hint` what to do about it."""

    state: ConnectionState
    since: datetime
    reason: str | None = Field(examples=[None])
    hint: str | None = Field(examples=[None])
    asterisk_version: str | None = Field(examples=["22.11.0"])
    last_event_at: datetime | None
    round_trip_ms: int | None = Field(examples=[3])
    active_calls: int
    node: str = Field(description="Which server holds the connection.", examples=["office-server"])
    next_attempt_at: datetime | None = Field(examples=[None])


class TelephonyConfigurationOut(Output):
    """A configuration without its password; `ari_username` is the one in use."""

    id: str
    name: str = Field(examples=["Office"])
    provider: Provider
    ari_endpoint: str = Field(examples=["http://asterisk.example.com:8088"])
    app_name: str = Field(examples=["asisso"])
    ari_username: str = Field(examples=["asisso"])
    app_password_set: bool
    ws_client_name: str = Field(examples=["asisso"])
    from_extensions: list[str] = Field(examples=[["PJSIP/6001"]])
    is_default_outbound: bool
    is_enabled: bool
    media_format: MediaFormatName
    dial_template: str = Field(examples=["PJSIP/{number}"])
    ring_timeout_s: int = Field(examples=[30])
    require_media_credentials: bool
    on_failure: OnFailure
    channel_variables: list[str] = Field(examples=[["CUSTOMER_ID"]])
    sip_headers: list[str] = Field(examples=[["X-Customer"]])
    phone_number_count: int
    status: ConnectionStatusOut
    created_at: datetime
    updated_at: datetime

    @classmethod
    def from_row(
        cls, row: TelephonyConfiguration, status: ConnectionStatus, phone_number_count: int
    ) -> TelephonyConfigurationOut:
        """The answer for a row, with what is not in it."""
        return cls(
            **row.model_dump(include=set(cls.model_fields) - {"ari_username"}),
            ari_username=row.effective_ari_username,
            app_password_set=bool(row.app_password_encrypted),
            phone_number_count=phone_number_count,
            status=ConnectionStatusOut.model_validate(status),
        )


class ConfigFileOut(Output):
    """One file for Asterisk: where it goes, what it is for, and how to make Asterisk read it."""

    path: str = Field(examples=["/etc/asterisk/http.conf"])
    purpose: str = Field(examples=["Switches Asterisk's HTTP server on."])
    content: str = Field(examples=["[general]\nenabled = yes\n"])
    apply: str = Field(examples=["asterisk -rx 'module reload http'"])


class AsteriskConfigOut(Output):
    """The files of one configuration, filled in."""

    files: list[ConfigFileOut]
