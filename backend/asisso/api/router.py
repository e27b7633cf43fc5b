"""All routes under `/api/v1`."""

from __future__ import annotations

import inspect

from fastapi import FastAPI
from fastapi.routing import APIRoute

from asisso.api import (
    api_keys,
    audit_log,
    auth,
    calls,
    events,
    organization,
    phone_numbers,
    runs,
    sessions,
    telephony_configurations,
    telephony_diagnostics,
    users,
    webhooks,
    workflow_tests,
    workflows,
)
from asisso.api.access import declare_access

API_PREFIX = "/api/v1"

PARTS = (
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
    workflows.samples_router,
    workflow_tests.router,
    runs.router,
    calls.router,
    events.router,
    webhooks.router,
)
_SETTINGS = tuple(inspect.signature(APIRoute).parameters)


def add_routes(app: FastAPI) -> None:
    """Give the app every route of the API.

    They lie side by side: FastAPI looks an included router through once for each level, in all three times.

    Raises:
        RuntimeError: an operation does not say who may use it.
    """
    for part in PARTS:
        declare_access(part)
        app.router.routes += [_of(app, route) for route in part.routes if isinstance(route, APIRoute)]


def _of(app: FastAPI, route: APIRoute) -> APIRoute:
    """The same route under the API's prefix."""
    settings = {name: getattr(route, name) for name in _SETTINGS}
    named_by = app.router.generate_unique_id_function
    return APIRoute(**settings | {"path": API_PREFIX + route.path, "generate_unique_id_function": named_by})
