"""All routes under `/api/v1`."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from asisso.api import (
    auth,
    calls,
    events,
    organization,
    phone_numbers,
    runs,
    telephony_configurations,
    telephony_diagnostics,
    webhooks,
    workflows,
)
from asisso.api.deps import refuse_cross_site

API_PREFIX = "/api/v1"

router = APIRouter(prefix=API_PREFIX, dependencies=[Depends(refuse_cross_site)])
router.include_router(auth.router)
router.include_router(auth.api_keys_router)
router.include_router(organization.router)
router.include_router(telephony_configurations.providers_router)
router.include_router(telephony_configurations.router)
router.include_router(telephony_diagnostics.router)
router.include_router(phone_numbers.router)
router.include_router(workflows.router)
router.include_router(runs.router)
router.include_router(calls.router)
router.include_router(events.router)
router.include_router(webhooks.router)
