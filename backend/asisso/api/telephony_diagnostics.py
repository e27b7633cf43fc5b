"""The connection doctor: checks of stored and of typed-in connections."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from asisso.api.deps import Admin, Operator, ReadSession, State, Viewer
from asisso.api.errors import errors
from asisso.api.schemas.telephony_diagnostics import ConnectionTrial, DiagnosticsOut, DiagnosticsRequest
from asisso.db.models import DiagnosisTrigger
from asisso.errors import InvalidInput, NotFound
from asisso.services.ari_endpoint import require_allowed_address
from asisso.services.diagnostics import kept_diagnosis
from asisso.services.doctor import ConnectionValues
from asisso.services.telephony_configurations import app_password_of, get_configuration

router = APIRouter(prefix="/telephony-configurations", tags=["telephony-configurations"])


@router.post("/diagnostics", responses=errors(401, 403, 404, 422, 429))
async def try_telephony_configuration(
    body: ConnectionTrial, state: State, principal: Admin
) -> DiagnosticsOut:
    """Check values before they are saved. Nothing is kept."""
    await require_allowed_address(body.ari_endpoint, state.settings.address_policy)
    stored = None
    if body.configuration_id is not None:
        async with state.database.read_session() as session:
            stored = await get_configuration(session, principal, body.configuration_id)
    password = body.app_password
    if not password and stored is not None:
        if body.ari_endpoint != stored.ari_endpoint:
            raise InvalidInput(
                "Enter the App Password again: the stored one is not sent to another address.",
                location=("body", "app_password"),
            )
        password = app_password_of(stored, state.secrets)
    if not password:
        raise InvalidInput("Enter the App Password.", location=("body", "app_password"))
    values = ConnectionValues(
        ari_endpoint=body.ari_endpoint,
        app_name=body.app_name,
        ari_username=body.ari_username or body.app_name,
        app_password=password,
        ws_client_name=body.ws_client_name,
        from_extensions=body.from_extensions,
        dial_template=body.dial_template,
        media_format=body.media_format,
    )
    return DiagnosticsOut.model_validate(await state.doctor.examine_values(values, stored))


@router.post("/{configuration_id}/diagnostics", responses=errors(401, 403, 404, 422, 429))
async def run_telephony_diagnostics(
    configuration_id: str,
    state: State,
    principal: Operator,
    body: Annotated[DiagnosticsRequest | None, Body()] = None,
) -> DiagnosticsOut:
    """Run all checks now; takes up to 15 s when the PBX does not answer. The result is kept."""
    async with state.database.read_session() as session:
        await get_configuration(session, principal, configuration_id)
    contexts = body.contexts if body is not None else []
    diagnosis = await state.doctor.examine(configuration_id, DiagnosisTrigger.PERSON, contexts)
    if diagnosis is None:
        raise NotFound("telephony configuration")
    return DiagnosticsOut.model_validate(diagnosis)


@router.get("/{configuration_id}/diagnostics", responses=errors(401, 404, 422))
async def get_telephony_diagnostics(
    configuration_id: str, session: ReadSession, principal: Viewer
) -> DiagnosticsOut:
    """The last result, whoever or whatever asked for it; no steps when there was none yet."""
    return DiagnosticsOut.model_validate(await kept_diagnosis(session, principal, configuration_id))
