"""Somebody else holds the database's write lock for three seconds: a backup, an administrator's shell."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing

from bench.stage import Stage

from ..party import Party
from .fault import STRIKES_AFTER, Fault

LOCKED_S = 3.0
LOCK_TIMEOUT_S = 30.0
"""How long the other program waits for its turn among the product's writers."""


class DatabaseLocked(Fault):
    """SQLite's write lock is taken once, from outside."""

    name = "database-locked"

    async def strike(self, on: Stage, party: Party) -> None:
        await party.has_arrived(STRIKES_AFTER)
        path = on.product.data_dir / "asisso.db"
        database = await asyncio.to_thread(
            sqlite3.connect, path, LOCK_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        with closing(database):
            await asyncio.to_thread(database.execute, "BEGIN IMMEDIATE")
            locked_at = time.time()
            await asyncio.sleep(LOCKED_S)
            await asyncio.to_thread(database.execute, "ROLLBACK")
            unlocked_at = time.time()
        self.times += 1
        self.figures["locked_s"] = round(unlocked_at - locked_at, 2)
        self.figures["arrived_meanwhile"] = sum(
            caller.call is not None and locked_at <= caller.call.invited_at <= unlocked_at
            for caller in party.callers
        )
