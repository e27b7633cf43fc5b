"""Lists in pages, by keyset: a page begins after the last row of the one before it.

Rows that are added or removed meanwhile make no row appear twice or be skipped, and the last page of a million
rows costs as little as the first.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import and_, or_
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from asisso.db.models.base import Record
from asisso.errors import InvalidInput

R = TypeVar("R", bound=Record)
T = TypeVar("T")

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page: how many rows at most, after which cursor (None: the first)."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and where to go on (None: these were the last)."""

    items: Sequence[T]
    next_cursor: str | None


async def fetch_page(
    session: AsyncSession,
    statement: SelectOfScalar[R],
    model: type[R],
    request: PageRequest,
    *,
    newest_first: bool = False,
) -> Page[R]:
    """One page of `statement`'s rows in the order of their making.

    Raises:
        InvalidInput: the cursor is not one of ours.
    """
    created_at, row_id = col(model.created_at), col(model.id)
    if request.cursor is not None:
        at, last_id = decode_cursor(request.cursor)
        if newest_first:
            after = or_(created_at < at, and_(created_at == at, row_id < last_id))
        else:
            after = or_(created_at > at, and_(created_at == at, row_id > last_id))
        statement = statement.where(after)
    order: list[Any] = [created_at, row_id]
    if newest_first:
        order = [created_at.desc(), row_id.desc()]
    # One row more than asked for tells whether there is another page.
    rows = (await session.exec(statement.order_by(*order).limit(request.limit + 1))).all()
    items = rows[: request.limit]
    more = len(rows) > request.limit
    return Page(items, encode_cursor(items[-1].created_at, items[-1].id) if more else None)


def encode_cursor(created_at: datetime, row_id: str) -> str:
    """An opaque, URL-safe word for a place in a list."""
    return base64.urlsafe_b64encode(f"{created_at.isoformat()} {row_id}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[datetime, str]:
    """The place a cursor stands for.

    Raises:
        InvalidInput: it stands for none.
    """
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, _, row_id = text.partition(" ")
        created_at = datetime.fromisoformat(at)
        # Of a time near the ends of the calendar the same moment in UTC may not exist.
        in_utc = created_at.astimezone(UTC)
    except (ValueError, OverflowError, binascii.Error) as error:
        raise _not_ours() from error
    if created_at.tzinfo is None or not row_id or not row_id.isprintable():
        raise _not_ours()
    return in_utc, row_id


def _not_ours() -> InvalidInput:
    return InvalidInput(
        "The cursor is not one this server gave; begin without one.", location=("query", "cursor")
    )
