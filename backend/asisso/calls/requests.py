"""A call's requests to its PBX, each with its duration in the call's timeline."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import TypeVar

from asisso.asterisk.ari.errors import AriError, AriNotFound

from .log import CallLog

T = TypeVar("T")


class NotPossible(Exception):
    """Asterisk can't do what was asked of it; the message is a sentence for a person."""


class Requests:
    """Does what it is given and writes down how it went."""

    def __init__(self, call_log: CallLog) -> None:
        self._log = call_log

    async def timed(self, what: str, doing: Awaitable[T]) -> T:
        """Do it.

        Raises:
            AriError: what the request raised.
        """
        started, result = time.perf_counter(), "ok"
        try:
            return await doing
        except AriError as error:
            result = str(error)
            raise
        finally:
            duration_ms = round((time.perf_counter() - started) * 1000, 1)
            self._log.note("request", what=what, result=result, duration_ms=duration_ms)

    async def quietly(self, doing: Awaitable[None]) -> None:
        """Do what may already be done: a missing object is fine, the rest is left to the housekeeper."""
        try:
            await doing
        except AriNotFound:
            return
        except AriError as error:
            self._log.note("request_failed", reason=str(error))
