"""The loop of work that lies in the database: looked for when something says so, and now and then in any case."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog
from sqlalchemy.exc import SQLAlchemyError

log = structlog.get_logger(__name__)


async def keep_looking(
    look: Callable[[], Awaitable[None]], wake: asyncio.Event, *, every_s: float, work: str
) -> NoReturn:
    """Look until cancelled: a hint may be lost, a database away, and a bug must not end all of the work.

    Args:
        look: one look; begins what it finds in tasks of its own.
        wake: set when there is something to look for; cleared before each look.
        every_s: the longest time between two looks.
        work: what is looked for, for the log.
    """
    while True:
        wake.clear()
        try:
            await look()
        except (SQLAlchemyError, OSError) as error:
            log.warning("work could not be looked at", work=work, error=type(error).__name__)
        except Exception:
            # The supervisor of this work.
            log.exception("work could not be looked at", work=work)
        try:
            async with asyncio.timeout(every_s):
                await wake.wait()
        except TimeoutError:
            continue
