"""Webhooks: setting them up, what reaches a real receiver, and what becomes of receivers that fail."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from asisso.api.state import AppState
from asisso.db.models import Direction, RunState, Webhook, WebhookEvent, WorkflowRun
from asisso.db.outbox import announce_runs
from asisso.runtime.state_announcer import StateAnnouncer
from asisso.runtime.webhook_client import WebhookClient
from asisso.runtime.webhooks import KEPT_FOR, WebhookSender
from asisso.services.telephony import ConnectionState
from asisso.services.webhook_rules import JITTER, RETRY_AFTER_S
from tests.conformance import Description
from tests.conftest import Client, ClientWithRole
from tests.fakes.clock import ManualClock
from tests.fakes.receiver import Receiver, receiving
from tests.fakes.telephony import FakeTelephony, connection_status
from tests.integration.examples import create_configuration

pytestmark = pytest.mark.integration

ALL = [
    "run.started",
    "run.answered",
    "run.completed",
    "run.analyzed",
    "telephony_configuration.state_changed",
]
SECRET = "a secret of ours 123"


async def create(client: Client, url: str = "http://127.0.0.1:9/", **fields: Any) -> dict[str, Any]:
    answer = await client.post(
        "/api/v1/webhooks", json={"url": url, "events": ALL, "secret": SECRET} | fields
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def a_run(state: AppState, client: Client, *events: WebhookEvent) -> WorkflowRun:
    """A run of the client's organization to which these events happen, each in a transaction of its own."""
    organization_id = (await client.get("/api/v1/auth/me")).json()["organization_id"]
    run = WorkflowRun(
        organization_id=organization_id,
        direction=Direction.INBOUND,
        state=RunState.RINGING,
        from_number="6001",
    )
    async with state.database.session() as session:
        session.add(run)
    for event in events:
        async with state.database.session() as session:
            await announce_runs(session, {run.id: [event]})
    return run


async def deliveries(client: Client, webhook: dict[str, Any], **query: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/v1/webhooks/{webhook['id']}/deliveries", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def new_sender(state: AppState, *, limit_s: float = 5.0, allow_private: bool = True) -> WebhookSender:
    client = WebhookClient(state.clock, allow_private=allow_private, limit_s=limit_s)
    return WebhookSender(state.database, state.secrets, state.clock, client)


@pytest.fixture
async def sender(state: AppState) -> AsyncIterator[WebhookSender]:
    """Sends when a test says so."""
    made = new_sender(state, limit_s=0.3)
    yield made
    await made.close()


async def send(sender: WebhookSender) -> None:
    await sender.look()
    await sender.idle()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


class TestSettingUp:
    async def test_a_secret_is_shown_once_and_kept_sealed(self, admin: Client, state: AppState) -> None:
        made = await create(admin, secret=None)
        assert made["secret"].startswith("whsec_")
        shown = (await admin.get(f"/api/v1/webhooks/{made['id']}")).json()
        assert "secret" not in shown
        async with state.database.read_session() as session:
            row = await session.get(Webhook, made["id"])
        assert row is not None
        assert made["secret"] not in row.secret_encrypted

    async def test_can_be_changed_and_deleted(self, admin: Client) -> None:
        made = await create(admin)
        path = f"/api/v1/webhooks/{made['id']}"
        changed = await admin.patch(path, json={"events": ["run.completed"], "description": "CRM"})
        assert (changed.json()["events"], changed.json()["description"]) == (["run.completed"], "CRM")
        assert changed.json()["url"] == made["url"]
        assert (await admin.delete(path)).status_code == 204
        assert (await admin.get(path)).status_code == 404
        assert (await admin.get("/api/v1/webhooks")).json()["items"] == []

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"url": "ftp://x/"}, "url"),
            ({"url": "http://user:pw@x/"}, "url"),
            ({"url": "http://x/#part"}, "url"),
            ({"url": "http://x:99999/"}, "url"),
            ({"events": []}, "events"),
            ({"events": ["webhook.test"]}, "events"),
            ({"secret": "short"}, "secret"),
        ],
    )
    async def test_bad_input_is_refused_by_field(
        self, admin: Client, fields: dict[str, Any], field: str
    ) -> None:
        body = {"url": "https://x.test/", "events": ALL} | fields
        answer = await admin.post("/api/v1/webhooks", json=body)
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["loc"][1] == field

    async def test_only_administrators_see_them(
        self, admin: Client, stranger: Client, with_role: ClientWithRole
    ) -> None:
        made = await create(admin)
        assert (await (await with_role("operator")).get("/api/v1/webhooks")).status_code == 403
        path = f"/api/v1/webhooks/{made['id']}"
        answers = [
            await stranger.get(path),
            await stranger.patch(path, json={}),
            await stranger.delete(path),
            await stranger.post(f"{path}/test"),
            await stranger.get(f"{path}/deliveries"),
        ]
        assert {answer.status_code for answer in answers} == {404}


class TestDelivering:
    async def test_an_event_arrives_signed(
        self, admin: Client, state: AppState, sender: WebhookSender, receiver: Receiver
    ) -> None:
        made = await create(admin, receiver.url)
        run = await a_run(state, admin, WebhookEvent.RUN_COMPLETED)
        await send(sender)
        got = receiver.received[0]
        assert got.data["type"] == "run.completed"
        assert (got.data["data"]["run"]["id"], got.data["data"]["run"]["from"]) == (run.id, "6001")
        stamp, code = (part.split("=", 1)[1] for part in got.headers["x-asisso-signature"].split(","))
        signed = hmac.new(SECRET.encode(), f"{stamp}.".encode() + got.body, hashlib.sha256)
        assert code == signed.hexdigest()
        told = (await deliveries(admin, made))[0]
        assert got.data["id"] == got.headers["x-asisso-delivery"] == told["id"]
        assert (told["status"], told["response_status"], told["response_excerpt"]) == (
            "delivered",
            200,
            "thanks",
        )

    async def test_what_is_rolled_back_is_not_told(
        self, admin: Client, state: AppState, sender: WebhookSender, receiver: Receiver
    ) -> None:
        made = await create(admin, receiver.url)
        run = await a_run(state, admin)
        with pytest.raises(RuntimeError):
            await announce_and_fail(state, run.id)
        await send(sender)
        assert await deliveries(admin, made) == []

    async def test_only_what_was_asked_for_is_told(
        self, admin: Client, stranger: Client, state: AppState, sender: WebhookSender, receiver: Receiver
    ) -> None:
        await create(admin, receiver.url, events=["run.completed"])
        await create(stranger, receiver.url)
        run = await a_run(state, admin, WebhookEvent.RUN_STARTED, WebhookEvent.RUN_COMPLETED)
        await send(sender)
        assert [(got.data["type"], got.data["data"]["run"]["id"]) for got in receiver.received] == [
            ("run.completed", run.id)
        ]

    async def test_events_arrive_in_order_also_over_a_failure(
        self, admin: Client, state: AppState, sender: WebhookSender, receiver: Receiver, clock: ManualClock
    ) -> None:
        await create(admin, receiver.url)
        receiver.status = 503
        await a_run(
            state, admin, WebhookEvent.RUN_STARTED, WebhookEvent.RUN_ANSWERED, WebhookEvent.RUN_COMPLETED
        )
        await send(sender)
        await send(sender)
        assert [got.data["type"] for got in receiver.received] == ["run.started"]
        receiver.status = 200
        clock.advance(timedelta(seconds=60))
        await send(sender)
        kinds = [got.data["type"] for got in receiver.received]
        assert kinds == ["run.started", "run.started", "run.answered", "run.completed"]
        assert receiver.received[0].data["id"] == receiver.received[1].data["id"]

    async def test_a_hanging_receiver_keeps_no_other_one_waiting(
        self, admin: Client, state: AppState, receiver: Receiver
    ) -> None:
        sender = new_sender(state, limit_s=60.0)
        async with receiving(is_hanging=True) as hanging:
            await create(admin, hanging.url)
            await create(admin, receiver.url)
            await a_run(state, admin, WebhookEvent.RUN_STARTED, WebhookEvent.RUN_COMPLETED)
            await sender.look()
            assert len(await receiver.wait(2)) == 2
            assert len(await hanging.wait(1)) == 1
            await sender.close()

    async def test_what_arrives_is_what_the_description_promises(
        self,
        admin: Client,
        state: AppState,
        telephony: FakeTelephony,
        sender: WebhookSender,
        receiver: Receiver,
        description: Description,
    ) -> None:
        await create(admin, receiver.url)
        made = await create_configuration(admin)
        telephony.statuses[made["id"]] = connection_status(ConnectionState.CONNECTED)
        await StateAnnouncer(state.database, telephony).look()
        run = await a_run(state, admin, WebhookEvent.RUN_STARTED)
        async with state.database.session() as session:
            run.node_id, run.gathered, run.usage = "tell", {"order_number": "4711"}, {"stt_seconds": 2.5}
            run.summary, run.recording_path = "The caller asked for 4711.", "x.wav"
            session.add(run)
            await session.flush()
            others = [WebhookEvent.RUN_ANSWERED, WebhookEvent.RUN_COMPLETED, WebhookEvent.RUN_ANALYZED]
            await announce_runs(session, {run.id: others})
        for _ in range(2):
            await send(sender)

        promised = description.document["webhooks"]
        assert sorted(got.data["type"] for got in receiver.received) == sorted(promised) == sorted(ALL)
        for got in receiver.received:
            body = promised[got.data["type"]]["post"]["requestBody"]["content"]["application/json"]
            assert description.faults(body["schema"], got.data) == []
            assert description.faults(body["schema"], body["example"]) == []
        told = receiver.received[-1].data["data"]["run"]
        assert (told["node_id"], told["gathered"]) == ("tell", {"order_number": "4711"})
        assert (told["usage"]["stt_seconds"], told["usage"]["llm_input_tokens"]) == (2.5, 0)
        assert told["recording_url"] == f"/api/v1/runs/{run.id}/recording"
        assert "transcript" not in told

    async def test_a_state_that_lasts_is_told(
        self,
        admin: Client,
        state: AppState,
        telephony: FakeTelephony,
        sender: WebhookSender,
        receiver: Receiver,
    ) -> None:
        await create(admin, receiver.url)
        made = await create_configuration(admin)
        announcer = StateAnnouncer(state.database, telephony)
        for connection in (
            ConnectionState.CONNECTED,
            ConnectionState.CONNECTING,
            ConnectionState.NEEDS_ATTENTION,
        ):
            telephony.statuses[made["id"]] = connection_status(connection, reason="Why.")
            await announcer.look()
        await send(sender)
        told = [got.data["data"]["telephony_configuration"] for got in receiver.received]
        assert [(one["previous_state"], one["state"]) for one in told] == [
            (None, "connected"),
            ("connected", "needs_attention"),
        ]


async def announce_and_fail(state: AppState, run_id: str) -> None:
    async with state.database.session() as session:
        await announce_runs(session, {run_id: [WebhookEvent.RUN_COMPLETED]})
        raise RuntimeError


class TestFailing:
    @pytest.mark.parametrize(
        ("behaviour", "status", "excerpt"),
        [
            ({"status": 500, "answer": b"\0broken" + b"x" * 5_000}, 500, "broken"),
            ({"status": 302, "location": "http://127.0.0.1:1/elsewhere"}, 302, "thanks"),
            ({"is_hanging": True}, None, "no answer within"),
        ],
    )
    async def test_is_written_down_and_tried_again_later(
        self,
        admin: Client,
        state: AppState,
        sender: WebhookSender,
        behaviour: dict[str, Any],
        status: int | None,
        excerpt: str,
    ) -> None:
        async with receiving(**behaviour) as bad:
            made = await create(admin, bad.url)
            await a_run(state, admin, WebhookEvent.RUN_COMPLETED)
            await send(sender)
            assert len(bad.received) == 1
        told = (await deliveries(admin, made, status="pending"))[0]
        assert (told["attempts"], told["response_status"]) == (1, status)
        assert excerpt in told["response_excerpt"]
        assert len(told["response_excerpt"]) <= 500
        shown = (await admin.get(f"/api/v1/webhooks/{made['id']}")).json()
        assert shown["failing_since"] is not None
        assert shown["retry_at"] > shown["failing_since"]

    async def test_for_too_long_pauses_it_and_enabling_it_goes_on(
        self, admin: Client, state: AppState, sender: WebhookSender, receiver: Receiver, clock: ManualClock
    ) -> None:
        receiver.status = 500
        made = await create(admin, receiver.url)
        await a_run(state, admin, WebhookEvent.RUN_STARTED, WebhookEvent.RUN_COMPLETED)
        path = f"/api/v1/webhooks/{made['id']}"
        for _ in range(40):
            await send(sender)
            clock.advance(timedelta(seconds=6 * 3600))
            if (await admin.get(path)).json()["paused_at"]:
                break
        shown = (await admin.get(path)).json()
        assert "24 hours" in shown["pause_reason"]
        assert (await admin.post(f"{path}/test")).json()["code"] == "webhook_disabled"
        await a_run(state, admin, WebhookEvent.RUN_COMPLETED)
        waiting = len(await deliveries(admin, made, status="pending"))
        receiver.status, receiver.received[:] = 200, []
        assert (await admin.patch(path, json={"is_enabled": True})).json()["paused_at"] is None
        await send(sender)
        assert len(receiver.received) == waiting == 2

    async def test_of_one_delivery_ends_and_lets_the_next_one_through(
        self, admin: Client, state: AppState, sender: WebhookSender, receiver: Receiver, clock: ManualClock
    ) -> None:
        receiver.status = 500
        made = await create(admin, receiver.url)
        await a_run(state, admin, WebhookEvent.RUN_STARTED)
        for delay_s in (*RETRY_AFTER_S, 0):
            assert (await deliveries(admin, made))[0]["status"] == "pending"
            await send(sender)
            clock.advance(timedelta(seconds=delay_s * (1 + JITTER)))
        failed = (await deliveries(admin, made))[0]
        assert failed["status"] == "failed"
        receiver.status = 200
        again = await admin.post(f"/api/v1/webhooks/{made['id']}/deliveries/{failed['id']}/redeliver")
        assert again.status_code == 202
        await send(sender)
        assert receiver.received[-1].data["id"] == failed["id"]
        assert (await deliveries(admin, made))[0]["status"] == "delivered"

    async def test_an_address_inside_is_refused_where_private_ones_are(
        self, admin: Client, state: AppState, receiver: Receiver
    ) -> None:
        sender = new_sender(state, allow_private=False)
        made = await create(admin, receiver.url)
        await a_run(state, admin, WebhookEvent.RUN_COMPLETED)
        await send(sender)
        await sender.close()
        assert receiver.received == []
        assert "does not connect to" in (await deliveries(admin, made))[0]["response_excerpt"]


class TestProcesses:
    async def test_two_never_send_the_same(self, admin: Client, state: AppState, receiver: Receiver) -> None:
        await create(admin, receiver.url)
        for _ in range(5):
            await a_run(state, admin, WebhookEvent.RUN_STARTED, WebhookEvent.RUN_COMPLETED)
        senders = [new_sender(state), new_sender(state)]
        for _ in range(3):
            await asyncio.gather(*(send(one) for one in senders))
        await asyncio.gather(*(one.close() for one in senders))
        ids = [got.data["id"] for got in receiver.received]
        assert len(ids) == 10
        assert len(set(ids)) == 10

    async def test_what_a_killed_one_had_begun_is_sent_again_under_its_id(
        self, admin: Client, state: AppState, receiver: Receiver, clock: ManualClock
    ) -> None:
        made = await create(admin, receiver.url)
        await a_run(state, admin, WebhookEvent.RUN_COMPLETED)
        receiver.is_hanging = True
        killed = new_sender(state, limit_s=60.0)
        await killed.look()
        await receiver.wait(1)
        await killed.close()
        receiver.is_hanging = False
        heir = new_sender(state)
        await send(heir)
        assert len(receiver.received) == 1, "the claim of the killed process still holds"
        clock.advance(timedelta(seconds=61))
        await send(heir)
        await heir.close()
        assert receiver.received[0].data["id"] == receiver.received[1].data["id"]
        assert (await deliveries(admin, made))[0]["status"] == "delivered"

    async def test_old_deliveries_are_forgotten_and_waiting_ones_are_not(
        self,
        with_role: ClientWithRole,
        state: AppState,
        sender: WebhookSender,
        receiver: Receiver,
        clock: ManualClock,
    ) -> None:
        admin = await with_role("admin")  # a browser would be signed out by then
        made = await create(admin, receiver.url)
        await a_run(state, admin, WebhookEvent.RUN_STARTED)
        await send(sender)
        receiver.status = 500
        await a_run(state, admin, WebhookEvent.RUN_COMPLETED)
        clock.advance(KEPT_FOR + timedelta(minutes=1))
        await sender.clean()
        assert [told["event"] for told in await deliveries(admin, made)] == ["run.completed"]
