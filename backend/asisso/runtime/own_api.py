"""The server's own HTTP API, asked by a command beside it with a key made for that one purpose.

Only the running server has the connections to the PBXs; what it must do or take up goes through its API.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from asisso.db.engine import Database
from asisso.services.api_keys import create_api_key, delete_api_key
from asisso.services.principal import Principal


@asynccontextmanager
async def passing_key(database: Database, principal: Principal, name: str) -> AsyncIterator[str]:
    """An API key with the principal's role that is gone when the block is left.

    Args:
        name: what it is called in the list of keys while it exists.
    """
    async with database.session() as session:
        row, key = await create_api_key(session, principal, name=name, role=principal.role)
    try:
        yield key
    finally:
        async with database.session() as session:
            await delete_api_key(session, principal, row.id)


def detail_of(answer: httpx.Response) -> str:
    """The sentence of an error answer; of several wrong fields the first."""
    try:
        detail = answer.json()["detail"]
        if isinstance(detail, list):
            first = detail[0]
            return f"{'.'.join(str(part) for part in first['loc'][1:])}: {first['msg']}"
        return str(detail)
    except (ValueError, LookupError, TypeError):
        return f"status {answer.status_code}"
