"""Telephony configurations: their rules, their secrets, and telling the running telephony of changes."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict
from urllib.parse import urlsplit

from sqlalchemy import func
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.asterisk.config import AsteriskConfigInput, ConfigFile, PbxSystem, render_files
from asisso.db.engine import after_commit
from asisso.db.models import (
    AddressType,
    MediaFormatName,
    OnFailure,
    PhoneNumber,
    TelephonyConfiguration,
    WorkflowRun,
)
from asisso.errors import Conflict, NotFound
from asisso.security import SecretBox
from asisso.services.ari_endpoint import same_pbx_key
from asisso.services.dialling import endpoint_names
from asisso.services.paging import Page, PageRequest, fetch_page
from asisso.services.principal import Principal
from asisso.services.telephony import Telephony
from asisso.vocabulary import LIVE_STATES

TABLE = "telephony_configuration"
MEDIA_USERNAME_PREFIX = "asisso-"
MEDIA_PASSWORD_LENGTH = 32
DEFAULT_ASTERISK_HTTP_PORTS = {"http": 8088, "https": 8089}

_CONF_SAFE = string.ascii_letters + string.digits
"""Characters that mean nothing special in any of Asterisk's configuration files."""


class ConfigurationFields(TypedDict, total=False):
    """What a person sets; in a change an absent key leaves the field as it is."""

    name: str
    ari_endpoint: str
    app_name: str
    ari_username: str | None
    app_password: str
    ws_client_name: str
    from_extensions: list[str]
    is_default_outbound: bool
    is_enabled: bool
    media_format: MediaFormatName
    dial_template: str
    ring_timeout_s: int
    require_media_credentials: bool
    on_failure: OnFailure
    channel_variables: list[str]
    sip_headers: list[str]


async def create_configuration(
    session: AsyncSession,
    principal: Principal,
    fields: ConfigurationFields,
    *,
    secret_box: SecretBox,
    telephony: Telephony,
) -> TelephonyConfiguration:
    """Make a configuration, with media credentials of its own.

    Raises:
        Conflict: the name, or the application on this PBX, is taken.
    """
    row = TelephonyConfiguration(
        organization_id=principal.organization_id,
        app_password_encrypted="",
        media_username=MEDIA_USERNAME_PREFIX + secrets.token_hex(6),
        media_password_encrypted="",
        **_columns(fields),
    )
    media_password = "".join(secrets.choice(_CONF_SAFE) for _ in range(MEDIA_PASSWORD_LENGTH))
    _let_username_follow(row)
    row.app_password_encrypted = _seal(secret_box, row.id, "app_password_encrypted", fields["app_password"])
    row.media_password_encrypted = _seal(secret_box, row.id, "media_password_encrypted", media_password)
    await _refuse_conflicts(session, row)
    session.add(row)
    await _keep_one_default(session, row)
    await session.flush()
    after_commit(session, lambda: telephony.configuration_changed(row.id))
    return row


async def list_configurations(
    session: AsyncSession, principal: Principal, page: PageRequest
) -> Page[TelephonyConfiguration]:
    """The organization's configurations, oldest first."""
    statement = select(TelephonyConfiguration).where(
        TelephonyConfiguration.organization_id == principal.organization_id
    )
    return await fetch_page(session, statement, TelephonyConfiguration, page)


async def get_configuration(
    session: AsyncSession, principal: Principal, configuration_id: str
) -> TelephonyConfiguration:
    """One of the organization's configurations.

    Raises:
        NotFound: it has no such configuration.
    """
    row = await session.get(TelephonyConfiguration, configuration_id)
    if row is None or row.organization_id != principal.organization_id:
        raise NotFound("telephony configuration")
    return row


async def change_configuration(
    session: AsyncSession,
    principal: Principal,
    configuration_id: str,
    changes: ConfigurationFields,
    *,
    secret_box: SecretBox,
    telephony: Telephony,
) -> TelephonyConfiguration:
    """Change a configuration; its connection follows at once. Without `app_password` the old one stays.

    Raises:
        NotFound: the organization has no such configuration.
        Conflict: the name, or the application on this PBX, is taken.
    """
    row = await get_configuration(session, principal, configuration_id)
    with session.no_autoflush:
        row.sqlmodel_update(_columns(changes))
        _let_username_follow(row)
        if "app_password" in changes:
            row.app_password_encrypted = _seal(
                secret_box, row.id, "app_password_encrypted", changes["app_password"]
            )
        await _refuse_conflicts(session, row)
    session.add(row)
    await _keep_one_default(session, row)
    await session.flush()
    after_commit(session, lambda: telephony.configuration_changed(row.id))
    return row


async def delete_configuration(
    session: AsyncSession, principal: Principal, configuration_id: str, *, telephony: Telephony
) -> None:
    """Delete a configuration with its phone numbers. Its runs stay.

    Raises:
        NotFound: the organization has no such configuration.
        Conflict: calls are going through it.
    """
    row = await get_configuration(session, principal, configuration_id)
    live = (
        await session.exec(
            select(func.count())
            .select_from(WorkflowRun)
            .where(WorkflowRun.telephony_configuration_id == row.id)
            .where(col(WorkflowRun.state).in_(LIVE_STATES))
        )
    ).one()
    if live:
        calls = "1 call is" if live == 1 else f"{live} calls are"
        raise Conflict(
            f"{calls} going through {row.name}. Disable it and wait, or hang up first.",
            code="telephony_configuration_in_use",
        )
    await session.delete(row)
    after_commit(session, lambda: telephony.configuration_changed(configuration_id))


async def asterisk_files(
    session: AsyncSession,
    principal: Principal,
    configuration_id: str,
    *,
    secret_box: SecretBox,
    media_url: str,
    system: PbxSystem = PbxSystem.ASTERISK,
    pattern: str | None = None,
) -> Sequence[ConfigFile]:
    """The files Asterisk needs for this configuration, with its passwords in clear: for administrators only.

    Args:
        pattern: led to the application in the place of the configuration's own numbers.

    Raises:
        NotFound: the organization has no such configuration.
    """
    row = await get_configuration(session, principal, configuration_id)
    addresses = await session.exec(
        select(PhoneNumber.address)
        .where(PhoneNumber.telephony_configuration_id == row.id)
        .where(
            col(PhoneNumber.address_type).in_([AddressType.EXTENSION, AddressType.PATTERN, AddressType.E164])
        )
        .order_by(PhoneNumber.address_normalized)
    )
    endpoint = urlsplit(row.ari_endpoint)
    pjsip = [
        name for name in endpoint_names(row.from_extensions, row.dial_template) if name.startswith("PJSIP/")
    ]
    return render_files(
        AsteriskConfigInput(
            app_name=row.app_name,
            ari_username=row.effective_ari_username,
            app_password=app_password_of(row, secret_box),
            ws_client_name=row.ws_client_name,
            media_url=media_url,
            media_username=row.media_username,
            media_password=media_password_of(row, secret_box),
            extensions=[pattern] if pattern else list(addresses.all()),
            http_port=endpoint.port or DEFAULT_ASTERISK_HTTP_PORTS[endpoint.scheme],
            http_is_tls=endpoint.scheme == "https",
            media_format=row.media_format,
            endpoints=[name.partition("/")[2] for name in pjsip],
        ),
        system,
    )


async def count_phone_numbers(session: AsyncSession, configuration_ids: Sequence[str]) -> Mapping[str, int]:
    """How many phone numbers stand under each of these configurations."""
    configuration_id = col(PhoneNumber.telephony_configuration_id)
    statement = select(configuration_id, func.count()).where(configuration_id.in_(configuration_ids))
    return dict((await session.exec(statement.group_by(configuration_id))).all())


def app_password_of(row: TelephonyConfiguration, secret_box: SecretBox) -> str:
    """The password for ARI, in clear.

    Raises:
        ConfigurationError: it was sealed with another key.
    """
    return secret_box.open(
        row.app_password_encrypted, table=TABLE, column="app_password_encrypted", row_id=row.id
    )


def media_password_of(row: TelephonyConfiguration, secret_box: SecretBox) -> str:
    """The password Asterisk signs in with at the media route, in clear.

    Raises:
        ConfigurationError: it was sealed with another key.
    """
    return secret_box.open(
        row.media_password_encrypted, table=TABLE, column="media_password_encrypted", row_id=row.id
    )


def _seal(secret_box: SecretBox, row_id: str, column: str, plaintext: str) -> str:
    return secret_box.seal(plaintext, table=TABLE, column=column, row_id=row_id)


def _columns(fields: ConfigurationFields) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "app_password"}


def _let_username_follow(row: TelephonyConfiguration) -> None:
    """A username that equals the application's name is not kept, so that renaming takes it along."""
    if row.ari_username == row.app_name:
        row.ari_username = None


async def _refuse_conflicts(session: AsyncSession, row: TelephonyConfiguration) -> None:
    others = (
        select(TelephonyConfiguration)
        .where(TelephonyConfiguration.organization_id == row.organization_id)
        .where(TelephonyConfiguration.id != row.id)
    )
    if (await session.exec(others.where(TelephonyConfiguration.name == row.name))).first():
        raise Conflict(f"There is a telephony configuration named {row.name} already.", code="name_taken")
    here = same_pbx_key(row.ari_endpoint)
    for other in await session.exec(others.where(TelephonyConfiguration.app_name == row.app_name)):
        if same_pbx_key(other.ari_endpoint) != here:
            continue
        raise Conflict(
            f"{other.name} already uses the application {row.app_name} on {row.ari_endpoint}. Asterisk gives an "
            "application's calls to its newest subscriber only; use another Stasis app name.",
            code="application_taken",
        )


async def _keep_one_default(session: AsyncSession, row: TelephonyConfiguration) -> None:
    if row.is_default_outbound:
        await session.exec(
            update(TelephonyConfiguration)
            .where(col(TelephonyConfiguration.organization_id) == row.organization_id)
            .where(col(TelephonyConfiguration.id) != row.id)
            .values(is_default_outbound=False)
        )
