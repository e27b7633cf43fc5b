"""Sends what the outbox holds: each webhook in its own order, and none of them in another one's way.

A webhook is claimed, in the database, by one process at a time; its deliveries are then sent one after the other, the
oldest first. Whatever is not known to have arrived is sent again, under the same id: at least once, also after a kill.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterable
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy import exists, func, or_
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.clock import Clock
from asisso.db.changes import Change
from asisso.db.engine import Database
from asisso.db.models import DeliveryStatus, Webhook, WebhookDelivery
from asisso.errors import AsissoError
from asisso.ids import new_id
from asisso.metrics import WEBHOOK_ATTEMPTS, WEBHOOK_SECONDS
from asisso.security import SecretBox
from asisso.services.webhook_rules import Attempt, after_failure, body_of
from asisso.services.webhooks import secret_of

from .looking import keep_looking
from .webhook_client import WebhookClient

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 2.0
MAX_PARALLEL = 20
"""Webhooks that are sent to at the same moment."""

CLAIM_S = 60.0
"""Longer than any attempt may take; a process that was killed keeps the others from its webhooks no longer."""

MAX_IN_A_ROW = 20
KEPT_FOR = timedelta(days=30)
CLEAN_EVERY_S = 3_600.0
CLEAN_AT_ONCE = 500
RELEVANT = frozenset({str(Webhook.__tablename__), str(WebhookDelivery.__tablename__)})


class WebhookSender:
    """The outbox's other end.

    Args:
        client: makes the requests.
    """

    def __init__(self, database: Database, secrets: SecretBox, clock: Clock, client: WebhookClient) -> None:
        self._database = database
        self._secrets = secrets
        self._clock = clock
        self._client = client
        self._holder = new_id()
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._cleaned_at = -CLEAN_EVERY_S
        self.waiting = 0

    def hear(self, changes: Iterable[Change]) -> None:
        """Look soon when there is something to send."""
        if any(change.table in RELEVANT for change in changes):
            self._wake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        forget = self._database.changes.listen(self.hear)
        try:
            await keep_looking(self.look, self._wake, every_s=LOOK_EVERY_S, work="webhooks")
        finally:
            forget()
            await self.close()

    async def close(self) -> None:
        """Stop what is under way; it is sent again by whoever comes next."""
        for task in self._busy.values():
            task.cancel()
        if self._busy:
            await asyncio.wait(self._busy.values())
        await self._client.close()

    async def look(self) -> None:
        """Begin to send to every webhook that has something waiting and is left alone by the others."""
        free = MAX_PARALLEL - len(self._busy)
        for webhook_id in await self._due(free) if free > 0 else []:
            task = asyncio.create_task(self._serve(webhook_id), name=f"webhook {webhook_id}")
            self._busy[webhook_id] = task
            task.add_done_callback(partial(self._done, webhook_id))
        if self._clock.monotonic_s() - self._cleaned_at > CLEAN_EVERY_S:
            self._cleaned_at = self._clock.monotonic_s()
            await self.clean()

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        while self._busy:
            await asyncio.wait(list(self._busy.values()))

    def _done(self, webhook_id: str, _task: asyncio.Task[None]) -> None:
        del self._busy[webhook_id]
        self._wake.set()

    async def _due(self, limit: int) -> list[str]:
        now = self._clock.now()
        statement = (
            select(Webhook.id)
            .where(col(Webhook.is_enabled), col(Webhook.paused_at).is_(None))
            .where(or_(col(Webhook.retry_at).is_(None), col(Webhook.retry_at) <= now))
            .where(or_(col(Webhook.claimed_until).is_(None), col(Webhook.claimed_until) <= now))
            .where(
                exists().where(
                    col(WebhookDelivery.webhook_id) == col(Webhook.id),
                    col(WebhookDelivery.status) == DeliveryStatus.PENDING,
                )
            )
            .where(col(Webhook.id).not_in(list(self._busy)))
            .limit(limit)
        )
        async with self._database.read_session() as session:
            due = list((await session.exec(statement)).all())
            pending = WebhookDelivery.status == DeliveryStatus.PENDING
            count = select(func.count()).select_from(WebhookDelivery).where(pending)
            self.waiting = (await session.exec(count)).one() if due or self.waiting else 0
        return due

    async def _serve(self, webhook_id: str) -> None:
        try:
            await self._send_in_order(webhook_id)
        except (SQLAlchemyError, OSError) as error:
            log.warning("a webhook was put off", webhook_id=webhook_id, error=type(error).__name__)
            # The claim stays until it runs out, so that a database in trouble is not asked again at once.
        except Exception:
            log.exception("a webhook was put off by an error of ours", webhook_id=webhook_id)

    async def _send_in_order(self, webhook_id: str) -> None:
        for _ in range(MAX_IN_A_ROW):
            webhook = await self._claim(webhook_id)
            if webhook is None:
                return
            delivery = await self._oldest(webhook_id)
            if delivery is None:
                break
            attempt = await self._attempt(webhook, delivery)
            if not await self._record(webhook, delivery, attempt):
                break
        await self._let_go(webhook_id)

    async def _claim(self, webhook_id: str) -> Webhook | None:
        """Make sure that nobody else sends to this webhook; None when somebody does, or nothing is to be sent."""
        now = self._clock.now()
        async with self._database.session() as session:
            is_free = or_(
                col(Webhook.claimed_until).is_(None),
                col(Webhook.claimed_until) <= now,
                col(Webhook.claimed_by) == self._holder,
            )
            statement = (
                update(Webhook)
                .where(col(Webhook.id) == webhook_id, is_free)
                .where(col(Webhook.is_enabled), col(Webhook.paused_at).is_(None))
                .values(claimed_by=self._holder, claimed_until=now + timedelta(seconds=CLAIM_S))
            )
            claimed = await session.exec(statement)
            if claimed.rowcount != 1:
                return None
            return await session.get(Webhook, webhook_id)

    async def _oldest(self, webhook_id: str) -> WebhookDelivery | None:
        statement = (
            select(WebhookDelivery)
            .where(WebhookDelivery.webhook_id == webhook_id)
            .where(WebhookDelivery.status == DeliveryStatus.PENDING)
            .order_by(col(WebhookDelivery.id))
            .limit(1)
        )
        async with self._database.read_session() as session:
            return (await session.exec(statement)).first()

    async def _attempt(self, webhook: Webhook, delivery: WebhookDelivery) -> Attempt:
        body = body_of(delivery.id, delivery.event, delivery.created_at, delivery.payload)
        try:
            secret = secret_of(webhook, self._secrets)
        except AsissoError as error:
            return Attempt(None, error.detail, 0)
        started = time.perf_counter()
        attempt = await self._client.post(webhook.url, secret, delivery.id, delivery.event, body)
        WEBHOOK_SECONDS.observe(time.perf_counter() - started)
        answered = "refused" if attempt.status is not None else "unreachable"
        WEBHOOK_ATTEMPTS.labels("delivered" if attempt.is_delivered else answered).inc()
        return attempt

    async def _record(self, webhook: Webhook, delivery: WebhookDelivery, attempt: Attempt) -> bool:
        """Write down how it went; tells whether the next delivery may be sent."""
        now = self._clock.now()
        async with self._database.session() as session:
            row = await session.get(WebhookDelivery, delivery.id)
            ours = await session.get(Webhook, webhook.id)
            if row is None or ours is None or ours.claimed_by != self._holder:
                return False  # deleted meanwhile, or taken over while this process was stopped
            row.attempts += 1
            row.last_attempt_at, row.duration_ms = now, attempt.duration_ms
            row.response_status, row.response_excerpt = attempt.status, attempt.excerpt
            session.add_all([row, ours])
            if attempt.is_delivered:
                row.status = DeliveryStatus.DELIVERED
                ours.failing_since, ours.retry_at, ours.failures = None, None, 0
                return True
            return await self._record_failure(session, ours, row, attempt)

    async def _record_failure(
        self, session: AsyncSession, webhook: Webhook, delivery: WebhookDelivery, attempt: Attempt
    ) -> bool:
        now = self._clock.now()
        webhook.failing_since = webhook.failing_since or now
        webhook.failures = delivery.attempts
        pending = WebhookDelivery.status == DeliveryStatus.PENDING
        count = select(func.count()).where(WebhookDelivery.webhook_id == webhook.id, pending)
        following = after_failure(
            attempt,
            delivery.attempts,
            now - webhook.failing_since,
            (await session.exec(count)).one(),
            random.random(),  # noqa: S311 - spreads retries
        )
        if following.retry_in_s is None:
            delivery.status = DeliveryStatus.FAILED
            webhook.retry_at = None
        else:
            webhook.retry_at = now + timedelta(seconds=following.retry_in_s)
        if following.pause_reason is not None:
            webhook.paused_at, webhook.pause_reason = now, following.pause_reason
            log.warning("a webhook was paused", webhook_id=webhook.id, reason=following.pause_reason)
        return following.retry_in_s is None and following.pause_reason is None

    async def _let_go(self, webhook_id: str) -> None:
        async with self._database.session() as session:
            await session.exec(
                update(Webhook)
                .where(col(Webhook.id) == webhook_id, col(Webhook.claimed_by) == self._holder)
                .values(claimed_by=None, claimed_until=None)
            )

    async def clean(self) -> None:
        """Forget deliveries that are over and old, some at a time so that the database's lock is never held long."""
        while True:
            old = (
                select(WebhookDelivery.id)
                .where(WebhookDelivery.status != DeliveryStatus.PENDING)
                .where(col(WebhookDelivery.created_at) < self._clock.now() - KEPT_FOR)
                .limit(CLEAN_AT_ONCE)
            )
            async with self._database.session() as session:
                ids = (await session.exec(old)).all()
                await session.exec(delete(WebhookDelivery).where(col(WebhookDelivery.id).in_(ids)))
            if len(ids) < CLEAN_AT_ONCE:
                return
