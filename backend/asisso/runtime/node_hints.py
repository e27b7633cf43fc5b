"""Tells the other processes on the same PostgreSQL what was changed, and hears of it from them. Hints only.

Notices go by NOTIFY on the ordinary connections; LISTEN has a connection of its own, which is made anew when it breaks.
What is missed meanwhile, everybody finds by reading the rows again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from asisso.db.changes import Change
from asisso.db.engine import Database
from asisso.ids import new_id

log = structlog.get_logger(__name__)

CHANNEL = "asisso_changes"
GATHER_S = 0.05
RETRY_S = 2.0
MAX_WAITING = 10_000
MAX_IN_A_NOTICE = 50
"""Some 120 bytes each; PostgreSQL takes 8,000 in a notice."""


class NodeHints:
    """One process's end. For PostgreSQL only: with SQLite there is no other process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._token = new_id()
        self._waiting: dict[tuple[str, str], Change] = {}
        self._wake = asyncio.Event()
        self._is_relaying = False
        self.is_listening = asyncio.Event()

    def hear(self, changes: Iterable[Change]) -> None:
        """Note what this process has changed; what came from another one is not sent back."""
        if self._is_relaying:
            return
        for change in changes:
            if len(self._waiting) < MAX_WAITING:
                self._waiting[(change.table, change.id)] = change
        self._wake.set()

    async def run(self) -> None:
        """Tell and hear until cancelled."""
        forget = self._database.changes.listen(self.hear)
        listening = asyncio.create_task(self._keep_listening())
        try:
            while True:
                await self._wake.wait()
                await asyncio.sleep(GATHER_S)
                self._wake.clear()
                await self._tell()
        finally:
            listening.cancel()
            await asyncio.wait([listening])
            forget()

    async def _tell(self) -> None:
        changes, self._waiting = list(self._waiting.values()), {}
        try:
            async with self._database.session() as session:
                connection = await session.connection()
                for notice in self._notices(changes):
                    given = {"channel": CHANNEL, "notice": notice}
                    await connection.execute(text("SELECT pg_notify(:channel, :notice)"), given)
        except (SQLAlchemyError, OSError) as error:
            log.warning("other servers could not be told of changes", error=type(error).__name__)

    def _notices(self, changes: list[Change]) -> Iterator[str]:
        for at in range(0, len(changes), MAX_IN_A_NOTICE):
            told = [[c.table, c.id, c.organization_id] for c in changes[at : at + MAX_IN_A_NOTICE]]
            yield json.dumps([self._token, told], separators=(",", ":"))

    async def _keep_listening(self) -> None:
        # An extra of the installation, there when PostgreSQL is used.
        import psycopg

        address = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self.is_listening.set()
                    async for notice in connection.notifies():
                        self._relay(notice.payload)
            except (psycopg.Error, OSError) as error:
                log.warning("changes of other servers can't be heard", error=type(error).__name__)
            self.is_listening.clear()
            await asyncio.sleep(RETRY_S)

    def _relay(self, payload: str) -> None:
        changes = self._read(payload)
        if changes:
            self._is_relaying = True
            try:
                self._database.changes.tell(*changes)
            finally:
                self._is_relaying = False

    def _read(self, payload: str) -> list[Change]:
        """The changes of a notice; none where it is our own, or nothing we understand."""
        try:
            told: Any = json.loads(payload)
            token, rows = told
            return [] if token == self._token else [Change(*row) for row in rows]
        except (ValueError, TypeError):
            return []
