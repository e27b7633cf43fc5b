"""The asker's organization."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.api.deps import Admin, ReadSession, Viewer, WriteSession
from asisso.api.errors import errors
from asisso.api.schemas.organization import OrganizationOut, OrganizationPatch, UsageOut
from asisso.db.models import Organization
from asisso.services import organizations
from asisso.services.organizations import OrganizationChanges
from asisso.services.principal import Principal

router = APIRouter(prefix="/organization", tags=["organization"])


@router.get("", responses=errors(401))
async def get_organization(session: ReadSession, principal: Viewer) -> OrganizationOut:
    """The organization with its limits and what it uses now."""
    return await _answer(session, principal, await organizations.get_organization(session, principal))


@router.patch("", responses=errors(401, 403, 422))
async def update_organization(
    body: OrganizationPatch, session: WriteSession, principal: Admin
) -> OrganizationOut:
    """Rename it, or set its limits; null takes a limit away."""
    changes = cast("OrganizationChanges", body.model_dump(exclude_unset=True))
    organization = await organizations.change_organization(session, principal, changes)
    return await _answer(session, principal, organization)


async def _answer(session: AsyncSession, principal: Principal, row: Organization) -> OrganizationOut:
    usage = await organizations.usage_of(session, principal)
    return OrganizationOut(**row.model_dump(exclude={"updated_at"}), usage=UsageOut.model_validate(usage))
