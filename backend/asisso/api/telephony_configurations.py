"""Providers, telephony configurations, their connection and their files for Asterisk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, cast

from fastapi import APIRouter, Query
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.api.deps import Admin, Operator, Paging, ReadSession, State, Viewer, WriteSession
from asisso.api.errors import errors
from asisso.api.schemas.base import PageOut
from asisso.api.schemas.telephony_configurations import (
    AsteriskConfigOut,
    ConfigFileOut,
    ConnectionStatusOut,
    NewTelephonyConfiguration,
    TelephonyConfigurationOut,
    TelephonyConfigurationPatch,
)
from asisso.api.schemas.telephony_providers import TelephonyProviderOut
from asisso.api.state import AppState
from asisso.asterisk.config import PbxSystem
from asisso.db.models import AuditAction, TelephonyConfiguration
from asisso.services import audit
from asisso.services import telephony_configurations as configurations
from asisso.services.ari_endpoint import require_allowed_address
from asisso.services.providers import PROVIDERS
from asisso.services.telephony_configurations import ConfigurationFields

providers_router = APIRouter(prefix="/telephony-providers", tags=["telephony-providers"])
router = APIRouter(prefix="/telephony-configurations", tags=["telephony-configurations"])


@providers_router.get("", responses=errors(401))
async def list_telephony_providers(_principal: Viewer) -> PageOut[TelephonyProviderOut]:
    """The kinds of PBX that can be connected, with the fields of their forms."""
    items = [TelephonyProviderOut.model_validate(provider) for provider in PROVIDERS]
    return PageOut(items=items, next_cursor=None)


@router.get("", responses=errors(401, 422))
async def list_telephony_configurations(
    state: State, session: ReadSession, principal: Viewer, paging: Paging
) -> PageOut[TelephonyConfigurationOut]:
    """The organization's configurations with their status."""
    page = await configurations.list_configurations(session, principal, paging)
    return PageOut(items=await _answers(state, session, page.items), next_cursor=page.next_cursor)


@router.post("", status_code=201, responses=errors(401, 403, 409, 422))
async def create_telephony_configuration(
    body: NewTelephonyConfiguration, state: State, session: WriteSession, principal: Admin
) -> TelephonyConfigurationOut:
    """Connect a PBX."""
    await require_allowed_address(body.ari_endpoint, state.settings.address_policy)
    fields = cast("ConfigurationFields", body.model_dump())
    row = await configurations.create_configuration(
        session, principal, fields, secret_box=state.secrets, telephony=state.telephony
    )
    return (await _answers(state, session, [row]))[0]


@router.get("/{configuration_id}", responses=errors(401, 404, 422))
async def get_telephony_configuration(
    configuration_id: str, state: State, session: ReadSession, principal: Viewer
) -> TelephonyConfigurationOut:
    """One configuration with its status."""
    row = await configurations.get_configuration(session, principal, configuration_id)
    return (await _answers(state, session, [row]))[0]


@router.patch("/{configuration_id}", responses=errors(401, 403, 404, 409, 422))
async def update_telephony_configuration(
    configuration_id: str,
    body: TelephonyConfigurationPatch,
    state: State,
    session: WriteSession,
    principal: Admin,
) -> TelephonyConfigurationOut:
    """Change a configuration; the connection follows at once."""
    changes = cast("ConfigurationFields", body.model_dump(exclude_unset=True))
    if "ari_endpoint" in changes:
        await require_allowed_address(changes["ari_endpoint"], state.settings.address_policy)
    row = await configurations.change_configuration(
        session, principal, configuration_id, changes, secret_box=state.secrets, telephony=state.telephony
    )
    return (await _answers(state, session, [row]))[0]


@router.delete("/{configuration_id}", status_code=204, responses=errors(401, 403, 404, 409, 422))
async def delete_telephony_configuration(
    configuration_id: str, state: State, session: WriteSession, principal: Admin
) -> None:
    """Delete a configuration with its phone numbers; refused while calls go through it."""
    await configurations.delete_configuration(session, principal, configuration_id, telephony=state.telephony)


@router.get("/{configuration_id}/status", responses=errors(401, 404, 422))
async def get_telephony_configuration_status(
    configuration_id: str, state: State, session: ReadSession, principal: Viewer
) -> ConnectionStatusOut:
    """The connection as it is now."""
    row = await configurations.get_configuration(session, principal, configuration_id)
    return ConnectionStatusOut.model_validate(state.telephony.status(row.id))


@router.post("/{configuration_id}/reconnect", status_code=202, responses=errors(401, 403, 404, 422))
async def reconnect_telephony_configuration(
    configuration_id: str, state: State, session: ReadSession, principal: Operator
) -> ConnectionStatusOut:
    """Try to connect anew, now; the answer is the status just before or after that."""
    row = await configurations.get_configuration(session, principal, configuration_id)
    state.telephony.reconnect(row.id)
    return ConnectionStatusOut.model_validate(state.telephony.status(row.id))


@router.get("/{configuration_id}/asterisk-config", responses=errors(401, 403, 404, 422))
async def get_asterisk_config(
    configuration_id: str,
    state: State,
    session: WriteSession,
    principal: Admin,
    system: Annotated[PbxSystem, Query(description="Whose files they are.")] = PbxSystem.ASTERISK,
    pattern: Annotated[
        str | None,
        Query(pattern=r"^_?[0-9A-Za-z*#+\[\]\-.!]{1,80}$", description="Lead this instead of the numbers."),
    ] = None,
) -> AsteriskConfigOut:
    """The files Asterisk needs, filled in, passwords too."""
    files = await configurations.asterisk_files(
        session,
        principal,
        configuration_id,
        secret_box=state.secrets,
        media_url=state.settings.media_url,
        system=system,
        pattern=pattern,
    )
    audit.note(
        session,
        AuditAction.SECRETS_READ,
        principal,
        kind="telephony_configuration",
        object_id=configuration_id,
        name=(await configurations.get_configuration(session, principal, configuration_id)).name,
    )
    return AsteriskConfigOut(files=[ConfigFileOut.model_validate(file) for file in files])


async def _answers(
    state: AppState, session: AsyncSession, rows: Sequence[TelephonyConfiguration]
) -> list[TelephonyConfigurationOut]:
    counts = await configurations.count_phone_numbers(session, [row.id for row in rows])
    return [
        TelephonyConfigurationOut.from_row(row, state.telephony.status(row.id), counts.get(row.id, 0))
        for row in rows
    ]
