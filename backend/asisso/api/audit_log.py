"""Who did what in the asker's organization."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from asisso.api.deps import Admin, Paging, ReadSession
from asisso.api.errors import errors
from asisso.api.schemas.audit_log import AuditEntryOut
from asisso.api.schemas.base import Moment, PageOut
from asisso.db.models import AuditAction
from asisso.services import audit
from asisso.services.audit import AuditFilter

router = APIRouter(prefix="/audit-log", tags=["audit-log"])


async def _audit_filter(
    action: AuditAction | None = None,
    actor_id: Annotated[str | None, Query(description="Of a user or an API key.")] = None,
    object_kind: Annotated[str | None, Query(description="Such as `phone_number`.")] = None,
    object_id: str | None = None,
    after: Moment | None = None,
    before: Moment | None = None,
) -> AuditFilter:
    return AuditFilter(action, actor_id, object_kind, object_id, after, before)


@router.get("", responses=errors(401, 403, 422))
async def list_audit_entries(
    session: ReadSession,
    principal: Admin,
    wanted: Annotated[AuditFilter, Depends(_audit_filter)],
    paging: Paging,
) -> PageOut[AuditEntryOut]:
    """What was changed, and who signed in, newest first."""
    page = await audit.list_entries(session, principal, wanted, paging)
    return PageOut[AuditEntryOut].model_validate(page)
