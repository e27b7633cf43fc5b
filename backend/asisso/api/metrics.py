"""`/metrics` for Prometheus: what was counted, and how things stand at this moment."""

from __future__ import annotations

import hmac
import ipaddress
from collections import Counter
from collections.abc import Iterable

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from asisso.api.deps import Probe
from asisso.api.errors import errors
from asisso.api.state import AppState, state_of
from asisso.errors import Forbidden, NotAuthenticated
from asisso.metrics import REGISTRY
from asisso.services.telephony import ConnectionState

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

router = APIRouter(tags=["health"])


@router.get(
    "/metrics",
    dependencies=[Probe],
    response_class=PlainTextResponse,
    responses=errors(401, 403),
)
async def get_metrics(request: Request) -> PlainTextResponse:
    """Figures in Prometheus' text format; for this machine only, or for whoever has `ASISSO_METRICS_TOKEN`."""
    state = state_of(request)
    _require_access(request, state)
    now = CollectorRegistry()
    now.register(_Now(state))
    return PlainTextResponse(generate_latest(REGISTRY) + generate_latest(now), media_type=CONTENT_TYPE)


def _require_access(request: Request, state: AppState) -> None:
    token = state.settings.metrics_token
    if token is None:
        if not _is_local(request.client.host if request.client else ""):
            raise Forbidden(
                "Metrics are for this machine only. Set ASISSO_METRICS_TOKEN and send it as a Bearer token.",
                code="metrics_are_local",
            )
        return
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token.get_secret_value()}".encode()):
        raise NotAuthenticated("Send ASISSO_METRICS_TOKEN as a Bearer token.")


def _is_local(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


class _Now(Collector):
    """Live calls and connections, read when they are asked for."""

    def __init__(self, state: AppState) -> None:
        self._state = state

    def collect(self) -> Iterable[Metric]:
        calls = GaugeMetricFamily("asisso_calls", "Live calls of this process.", labels=["state"])
        for name, count in Counter(call.live_state for call in self._state.directory.sessions()).items():
            calls.add_metric([name], count)
        yield calls
        states = GaugeMetricFamily(
            "asisso_telephony_configuration_state",
            "1 for the state a connection is in.",
            labels=["configuration_id", "state"],
        )
        trips = GaugeMetricFamily(
            "asisso_ari_round_trip_seconds",
            "Of the last ping on the event stream, there and back.",
            labels=["configuration_id"],
        )
        active = GaugeMetricFamily(
            "asisso_telephony_configuration_calls", "Live calls through it.", labels=["configuration_id"]
        )
        for configuration_id, status in self._state.telephony.all_statuses().items():
            for state in ConnectionState:
                states.add_metric([configuration_id, state], float(state is status.state))
            active.add_metric([configuration_id], status.active_calls)
            if status.round_trip_ms is not None:
                trips.add_metric([configuration_id], status.round_trip_ms / 1000)
        yield from (states, trips, active)
