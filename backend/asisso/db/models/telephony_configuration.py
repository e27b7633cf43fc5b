"""Telephony configurations: one connection to one Asterisk."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from asisso.db.models.base import Record
from asisso.db.types import JsonDocument, text_enum
from asisso.vocabulary import MediaFormatName, OnFailure, Provider


class TelephonyConfiguration(Record, table=True):
    """How to reach a PBX and what to be there.

    Attributes:
        ari_endpoint: normalised, `http(s)://host[:port][/prefix]` without `/ari` and without a last slash.
        ari_username: None when it equals `app_name`.
        app_password_encrypted: sealed by `security.SecretBox`, bound to this row.
        ws_client_name: section of websocket_client.conf; empty when the product dials Asterisk for media.
        on_failure: what becomes of a caller whom we can't serve.
        channel_variables, sip_headers: names of what goes from the caller's channel into the run's context.
        media_username: what Asterisk signs in with at the media route; tells the configuration.
    """

    __table_args__ = (
        UniqueConstraint("organization_id", "name"),
        # Asterisk gives an application's events to its newest subscriber only: two of these would fight.
        UniqueConstraint(
            "organization_id", "ari_endpoint", "app_name", name="uq_telephony_configuration_ari_application"
        ),
        Index(None, "organization_id", "created_at", "id"),
    )

    organization_id: str = Field(foreign_key="organization.id", ondelete="CASCADE")
    name: str = Field(max_length=100)
    provider: Provider = Field(default=Provider.ARI, sa_type=text_enum(Provider))
    ari_endpoint: str = Field(max_length=500)
    app_name: str = Field(max_length=64)
    ari_username: str | None = Field(default=None, max_length=64)
    app_password_encrypted: str
    ws_client_name: str = Field(default="", max_length=64)
    from_extensions: list[str] = Field(default_factory=list, sa_type=JsonDocument)
    is_default_outbound: bool = False
    is_enabled: bool = True
    media_format: MediaFormatName = Field(default=MediaFormatName.SLIN16, sa_type=text_enum(MediaFormatName))
    dial_template: str = Field(default="PJSIP/{number}", max_length=200)
    ring_timeout_s: int = 30
    require_media_credentials: bool = False
    on_failure: OnFailure = Field(default=OnFailure.REFUSE, sa_type=text_enum(OnFailure))
    channel_variables: list[str] = Field(default_factory=list, sa_type=JsonDocument)
    sip_headers: list[str] = Field(default_factory=list, sa_type=JsonDocument)
    media_username: str = Field(max_length=64, unique=True)
    media_password_encrypted: str

    @property
    def effective_ari_username(self) -> str:
        """The name that is sent to ARI."""
        return self.ari_username or self.app_name
