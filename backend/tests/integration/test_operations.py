"""What an operator sees of the server: metrics, readiness, ids of requests."""

from __future__ import annotations

import re

import httpx
import pytest
import structlog
from fastapi import FastAPI
from pydantic import SecretStr

from asisso.api.state import AppState
from asisso.services.telephony import ConnectionState
from tests.conftest import BASE_URL, Client
from tests.fakes.telephony import FakeTelephony, connection_status

pytestmark = pytest.mark.integration

TOKEN = "a token of some length"


def value(text: str, sample: str) -> float:
    """The value of one sample in Prometheus' text; 0 when it is not there."""
    found = re.search(rf"^{re.escape(sample)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


class TestMetrics:
    async def test_requests_are_counted_by_the_template_of_their_route(self, admin: Client) -> None:
        sample = 'asisso_http_request_seconds_count{method="GET",route="/api/v1/runs/{run_id}",status="404"}'
        before = value((await admin.get("/metrics")).text, sample)
        await admin.get("/api/v1/runs/somethingunknown")
        text = (await admin.get("/metrics")).text
        assert value(text, sample) == before + 1
        assert "somethingunknown" not in text

    async def test_states_of_connections_are_told(self, admin: Client, telephony: FakeTelephony) -> None:
        telephony.statuses["c1"] = connection_status(ConnectionState.RETRYING)
        text = (await admin.get("/metrics")).text
        name = "asisso_telephony_configuration_state"
        assert value(text, f'{name}{{configuration_id="c1",state="retrying"}}') == 1.0
        assert value(text, f'{name}{{configuration_id="c1",state="connected"}}') == 0.0

    async def test_another_machine_is_refused(self, app: FastAPI) -> None:
        transport = httpx.ASGITransport(app, client=("192.0.2.7", 4711))
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            answer = await client.get("/metrics")
        assert (answer.status_code, answer.json()["code"]) == (403, "metrics_are_local")

    async def test_with_a_token_only_its_holder_is_answered(self, app: FastAPI, state: AppState) -> None:
        state.settings = state.settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
        transport = httpx.ASGITransport(app, client=("192.0.2.7", 4711))
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            assert (await client.get("/metrics")).status_code == 401
            right = await client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert right.status_code == 200
        assert right.headers["content-type"].startswith("text/plain")

    async def test_nothing_in_them_names_a_call_or_a_person(self, admin: Client) -> None:
        text = (await admin.get("/metrics")).text
        labels = set(re.findall(r'(\w+)="', text))
        assert labels <= {
            *("direction", "outcome", "reason", "le", "step", "queue", "method", "route", "status"),
            *("result", "state", "configuration_id", "kind"),
        }


class TestRequestIds:
    async def test_every_answer_has_one(self, client: Client) -> None:
        first, second = await client.get("/healthz"), await client.get("/api/v1/nowhere")
        ids = {answer.headers["x-request-id"] for answer in (first, second)}
        assert len(ids) == 2

    async def test_a_given_one_is_kept(self, client: Client) -> None:
        answer = await client.get("/healthz", headers={"X-Request-ID": "shop-order.4711"})
        assert answer.headers["x-request-id"] == "shop-order.4711"

    @pytest.mark.parametrize("given", ["short", "x" * 65, "with space", "a;b|c$(d)ef", "näh-eigene-id"])
    async def test_one_that_would_not_fit_everywhere_is_replaced(self, client: Client, given: str) -> None:
        answer = await client.get("/healthz", headers={"X-Request-ID": given.encode()})
        assert answer.status_code == 200
        assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])

    async def test_a_bug_is_answered_with_it_and_can_be_logged_with_it(
        self, app: FastAPI, telephony: FakeTelephony
    ) -> None:
        def broken() -> list[str]:
            raise RuntimeError("a bug")

        telephony.readiness = broken  # type: ignore[method-assign]
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            answer = await client.get("/readyz", headers={"X-Request-ID": "it-was-me-1"})
        assert (answer.status_code, answer.headers["x-request-id"]) == (500, "it-was-me-1")
        # The server logs the traceback in this very task, after the application has raised.
        assert structlog.contextvars.get_contextvars()["request_id"] == "it-was-me-1"
