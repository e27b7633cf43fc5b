"""Giving every stored secret a new key, in small transactions: a kill in the middle leaves each secret readable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, select, update
from sqlmodel import SQLModel

from asisso.db.engine import Database
from asisso.errors import ConfigurationError
from asisso.security import SecretBox

BATCH = 100
SEALED_SUFFIX = "_encrypted"
"""Every column whose name ends so holds what `SecretBox` sealed for its table, column and row."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One sealed value and its place."""

    table: Table
    column: Column[Any]
    row_id: str
    value: str

    @property
    def place(self) -> dict[str, str]:
        return {"table": self.table.name, "column": self.column.name, "row_id": self.row_id}


def sealed_columns() -> Iterator[tuple[Table, Column[Any]]]:
    """Every column of sealed values."""
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            if column.name.endswith(SEALED_SUFFIX):
                yield table, column


async def require_readable(database: Database, box: SecretBox) -> None:
    """Make sure that no secret will be lost.

    Raises:
        ConfigurationError: some can't be read with the keys that are set; says how many, and one of them.
    """
    unreadable = []
    for table, column in sealed_columns():
        after = ""
        while batch := await _batch(database, table, column, after):
            after = batch[-1].row_id
            unreadable += [one for one in batch if not _opens(box, one)]
    if unreadable:
        first = unreadable[0]
        raise ConfigurationError(
            f"{len(unreadable)} stored secrets cannot be read with this key, such as {first.column.name} of "
            f"{first.table.name} {first.row_id}. Set the key they were made with, or enter them again.",
            code="secret_key_changed",
        )


async def reseal(database: Database, box: SecretBox) -> int:
    """Seal with the newest key whatever is sealed with another one. Returns how many secrets that were.

    Raises:
        ConfigurationError: one of them can't be read.
    """
    count = 0
    for table, column in sealed_columns():
        after = ""
        while batch := await _batch(database, table, column, after):
            after = batch[-1].row_id
            stale = [one for one in batch if not box.is_current(one.value)]
            count += await _reseal_batch(database, box, stale)
    return count


async def _batch(database: Database, table: Table, column: Column[Any], after: str) -> list[Sealed]:
    statement = select(table.c.id, column).where(table.c.id > after, column != "")
    async with database.read_session() as session:
        connection = await session.connection()
        rows = (await connection.execute(statement.order_by(table.c.id).limit(BATCH))).all()
    return [Sealed(table, column, *row) for row in rows]


async def _reseal_batch(database: Database, box: SecretBox, stale: list[Sealed]) -> int:
    if not stale:
        return 0
    changed = 0
    async with database.session() as session:
        connection = await session.connection()
        for one in stale:
            sealed = box.seal(box.open(one.value, **one.place), **one.place)
            # Only what is still as it was read: somebody may have entered a new secret meanwhile.
            same = (one.table.c.id == one.row_id) & (one.column == one.value)
            result = await connection.execute(update(one.table).where(same).values({one.column.name: sealed}))
            changed += result.rowcount
    return changed


def _opens(box: SecretBox, one: Sealed) -> bool:
    try:
        box.open(one.value, **one.place)
    except ConfigurationError:
        return False
    return True
