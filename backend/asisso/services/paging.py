"""Lists in pages, by keyset: a page begins after the last row of the one before it.

Rows that are added or removed meanwhile make no row appear twice or be skipped, and the last page of a million
rows costs as little as the first.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import literal, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select, SelectOfScalar

from asisso.db.models.base import Record
from asisso.errors import InvalidInput

R = TypeVar("R", bound=Record)
T = TypeVar("T")
S = TypeVar("S", Select[Any, Any], SelectOfScalar[Any])

DEFAULT_LIMIT = 50
MAX_LIMIT = 200

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


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
    index_only: bool = False,
) -> Page[R]:
    """One page of `statement`'s rows in the order of their making.

    Args:
        index_only: find the rows' ids first, by what stands in an index, and read no row that is not in the page.

    Raises:
        InvalidInput: the cursor is not one of ours.
    """
    order = _order(model, newest_first=newest_first)
    statement = _bounded(statement, model, request, newest_first=newest_first)
    if index_only:
        ids = statement.with_only_columns(col(model.id))
        statement = select(model).where(col(model.id).in_(ids)).order_by(*order)
    rows = (await session.exec(statement)).all()
    return _cut(rows, rows, request)


async def fetch_rows(
    session: AsyncSession, statement: Select[R, T], model: type[R], request: PageRequest
) -> Page[tuple[R, T]]:
    """One page of rows with something beside each, in the order of their making.

    Raises:
        InvalidInput: the cursor is not one of ours.
    """
    rows = (await session.exec(_bounded(statement, model, request))).all()
    return _cut(rows, [row for row, _ in rows], request)


def _order(model: type[Record], *, newest_first: bool) -> tuple[Any, Any]:
    order: tuple[Any, Any] = (col(model.created_at), col(model.id))
    return (order[0].desc(), order[1].desc()) if newest_first else order


def _bounded(statement: S, model: type[Record], request: PageRequest, *, newest_first: bool = False) -> S:
    """The statement from the cursor on, with one row more than asked for: it tells whether there is another page."""
    if request.cursor is not None:
        order = _order(model, newest_first=False)
        place = tuple_(
            *(
                literal(value, column.type)
                for value, column in zip(decode_cursor(request.cursor), order, strict=True)
            )
        )
        # Compared as pairs, which both databases read off an index; the same said with OR they do not.
        statement = statement.where(tuple_(*order) < place if newest_first else tuple_(*order) > place)
    return statement.order_by(*_order(model, newest_first=newest_first)).limit(request.limit + 1)


def _cut(rows: Sequence[T], records: Sequence[Record], request: PageRequest) -> Page[T]:
    """What was asked for of the rows that were read; `records` are what the rows are put in order by."""
    if len(rows) <= request.limit:
        return Page(rows, None)
    last = records[request.limit - 1]
    return Page(rows[: request.limit], encode_cursor(last.created_at, last.id))


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
        if created_at.tzinfo is None or not _ID.fullmatch(row_id):
            raise _not_ours()
        return created_at.astimezone(UTC), row_id
    except (ValueError, OverflowError, binascii.Error) as error:
        raise _not_ours() from error


def _not_ours() -> InvalidInput:
    return InvalidInput(
        "The cursor is not one this server gave; begin without one.", location=("query", "cursor")
    )
