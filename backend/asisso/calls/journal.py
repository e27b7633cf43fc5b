"""Writes what all calls of the process have to say, together: one transaction every so often instead of many.

With a transaction a call and second the database's lock, and the event loop, would be busy with logs alone.
"""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from asisso.db.engine import Database

from .runs import Pending, RunWriter, write_pending

log = structlog.get_logger(__name__)

WRITE_EVERY_S = 2.0
GATHER_S = 0.1
"""How long a change of state waits for others to be written with it."""


class Journal:
    """The writers of the live calls."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writers: set[RunWriter] = set()
        self._hurry = asyncio.Event()
        self._writing = asyncio.Lock()

    def add(self, writer: RunWriter) -> None:
        """Write for this call from now on."""
        self._writers.add(writer)

    async def remove(self, writer: RunWriter) -> None:
        """The call ends and writes the rest itself; nothing of it is under way any more when this returns."""
        async with self._writing:
            self._writers.discard(writer)

    def hurry(self) -> None:
        """Somebody looks at what has changed: write soon."""
        self._hurry.set()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            try:
                async with asyncio.timeout(WRITE_EVERY_S):
                    await self._hurry.wait()
            except TimeoutError:
                pass
            else:
                await asyncio.sleep(GATHER_S)
            self._hurry.clear()
            await self.write()

    async def write(self) -> None:
        """Write what is there; what fails stays for the next time."""
        async with self._writing:
            taken = {w: pending for w in self._writers if (pending := w.take()) is not None}
            if taken:
                await self._write(taken)

    async def _write(self, taken: dict[RunWriter, Pending]) -> None:
        try:
            async with self._database.session() as session:
                await write_pending(session, list(taken.values()))
        except (SQLAlchemyError, OSError, asyncio.CancelledError) as error:
            for writer, pending in taken.items():
                writer.give_back(pending)
            if isinstance(error, asyncio.CancelledError):
                raise
            log.warning("the calls' logs could not be written", calls=len(taken), error=type(error).__name__)
            if isinstance(error, SQLAlchemyError) and len(taken) > 1:
                # One call's log that can't be stored must not keep the others' back.
                for writer in taken:
                    await writer.write()
