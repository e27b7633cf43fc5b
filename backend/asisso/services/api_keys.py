"""API keys: made once, shown once."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.db.models import ApiKey, Role
from asisso.errors import NotFound
from asisso.security import KEY_PREFIX_LENGTH, hash_token, new_api_key
from asisso.services.paging import Page, PageRequest, fetch_page
from asisso.services.principal import Principal


async def create_api_key(
    session: AsyncSession, principal: Principal, *, name: str, role: Role, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """Make a key. Returns its row and the key itself, which cannot be had again."""
    key = new_api_key()
    row = ApiKey(
        organization_id=principal.organization_id,
        name=name,
        role=role,
        key_hash=hash_token(key),
        key_prefix=key[:KEY_PREFIX_LENGTH],
        expires_at=expires_at,
    )
    session.add(row)
    await session.flush()
    return row, key


async def list_api_keys(session: AsyncSession, principal: Principal, page: PageRequest) -> Page[ApiKey]:
    """The organization's keys, oldest first."""
    statement = select(ApiKey).where(ApiKey.organization_id == principal.organization_id)
    return await fetch_page(session, statement, ApiKey, page)


async def delete_api_key(session: AsyncSession, principal: Principal, api_key_id: str) -> None:
    """Take a key back; it stops working at once.

    Raises:
        NotFound: the organization has no such key.
    """
    row = await session.get(ApiKey, api_key_id)
    if row is None or row.organization_id != principal.organization_id:
        raise NotFound("api key")
    await session.delete(row)
