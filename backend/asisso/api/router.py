"""All routes under `/api/v1`."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from asisso.api import (
    api_keys,
    audit_log,
    auth,
    calls,
    organization,
    phone_numbers,
    runs,
    sessions,
    telephony_configurations,
    telephony_diagnostics,
    users,
    workflows,
)
from asisso.api.access import declare_access
from asisso.api.deps import refuse_cross_site

API_PREFIX = "/api/v1"

router = APIRouter(prefix=API_PREFIX, dependencies=[Depends(refuse_cross_site)])
for part in (
    auth.router,
    api_keys.router,
    users.router,
    sessions.router,
    audit_log.router,
    organization.router,
    telephony_configurations.providers_router,
    telephony_configurations.router,
    telephony_diagnostics.router,
    phone_numbers.router,
    workflows.router,
    runs.router,
    calls.router,
):
    declare_access(part)
    router.include_router(part)
