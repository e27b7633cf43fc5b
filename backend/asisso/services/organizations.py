"""Organizations: making them with their first administrator, their limits and what they use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.calls.admission import MS_PER_MINUTE, active_calls, used_ms_this_month
from asisso.db.models import Organization, Role, User
from asisso.errors import NotFound
from asisso.services.principal import Principal
from asisso.services.users import add_user


class OrganizationChanges(TypedDict, total=False):
    """What may be changed; an absent key leaves a field as it is, None in a limit takes the limit away."""

    name: str
    max_concurrent_calls: int | None
    monthly_minutes: int | None


@dataclass(frozen=True, slots=True)
class Usage:
    """What counts against an organization's limits now. Begun minutes count as whole ones."""

    active_calls: int
    minutes_this_month: int


async def create_organization(
    session: AsyncSession, *, name: str, admin_email: str, admin_password_hash: str
) -> User:
    """Make an organization with its first administrator.

    Raises:
        Conflict: the email address is taken.
    """
    organization = Organization(name=name)
    session.add(organization)
    await session.flush()
    return await add_user(
        session,
        organization_id=organization.id,
        email=admin_email,
        password_hash=admin_password_hash,
        role=Role.ADMIN,
    )


async def get_organization(session: AsyncSession, principal: Principal) -> Organization:
    """The asker's own organization."""
    organization = await session.get(Organization, principal.organization_id)
    if organization is None:
        raise NotFound("organization")
    return organization


async def change_organization(
    session: AsyncSession, principal: Principal, changes: OrganizationChanges
) -> Organization:
    """Rename the asker's organization or set its limits. Calls that are running are never cut off."""
    organization = await get_organization(session, principal)
    organization.sqlmodel_update(dict(changes))
    session.add(organization)
    await session.flush()
    return organization


async def usage_of(session: AsyncSession, principal: Principal) -> Usage:
    """What the asker's organization uses now."""
    used_ms = await used_ms_this_month(session, principal.organization_id)
    return Usage(
        active_calls=await active_calls(session, principal.organization_id),
        minutes_this_month=-(-used_ms // MS_PER_MINUTE),
    )
