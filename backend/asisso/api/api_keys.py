"""Keys with which programs use the API."""

from __future__ import annotations

from fastapi import APIRouter

from asisso.api.deps import Admin, Paging, ReadSession, State, WriteSession
from asisso.api.errors import errors
from asisso.api.schemas.auth import ApiKeyOut, CreatedApiKey, NewApiKey
from asisso.api.schemas.base import PageOut
from asisso.errors import InvalidInput
from asisso.services import api_keys

router = APIRouter(prefix="/api-keys", tags=["api-keys"])


@router.post("", status_code=201, responses=errors(401, 403, 422))
async def create_api_key(
    body: NewApiKey, state: State, session: WriteSession, principal: Admin
) -> CreatedApiKey:
    """Make a key for a program. The key itself is in this answer only."""
    if body.expires_at is not None and body.expires_at <= state.clock.now():
        raise InvalidInput("Choose a time to come.", location=("body", "expires_at"))
    row, key = await api_keys.create_api_key(
        session, principal, name=body.name, role=body.role, expires_at=body.expires_at
    )
    return CreatedApiKey(**ApiKeyOut.model_validate(row).model_dump(), key=key)


@router.get("", responses=errors(401, 403, 422))
async def list_api_keys(session: ReadSession, principal: Admin, paging: Paging) -> PageOut[ApiKeyOut]:
    """The organization's keys."""
    return PageOut[ApiKeyOut].model_validate(await api_keys.list_api_keys(session, principal, paging))


@router.delete("/{api_key_id}", status_code=204, responses=errors(401, 403, 404, 422))
async def delete_api_key(api_key_id: str, session: WriteSession, principal: Admin) -> None:
    """Take a key back."""
    await api_keys.delete_api_key(session, principal, api_key_id)
